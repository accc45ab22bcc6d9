"""The seeded generator of events: new ones, repeats, out of order, a year late, and from clocks that are wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from stdnum.nl import bsn as bsn_number

CITIZENS = 120
KEPT_FOR_REPEATS = 2_000
TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Planned:
    """One form submission. The same plan sent again is the same event."""

    id: str
    bsn: str
    occurred_at: datetime
    logged_at: datetime

    @property
    def body(self) -> Mapping[str, Any]:
        """Returns what the door's own body says."""
        return {
            "signedIn": {"bsn": self.bsn, "level": "substantial"},
            "matter": "aow",
            "summary": "Wanneer kan ik mijn AOW aanvragen?",
            "occurredAt": self.occurred_at.isoformat(),
        }


class Generator:
    """Equal seeds give equal events. `now` is the moment that late and early are counted from."""

    def __init__(self, seed: int, now: datetime, name: str = "hunt") -> None:
        self._dice = Random(seed)
        self._name = f"{name}-{seed}"
        self._now = now
        self._count = 0
        self._citizens = made_up_bsns(self._dice)
        self._sent: list[Planned] = []

    def batch(self, count: int) -> list[Planned]:
        """Returns events in no order; about one in eight is an earlier one again."""
        planned = [self._again() if self._sent and self._dice.random() < 0.12 else self._new() for _ in range(count)]
        self._sent = (self._sent + planned)[-KEPT_FOR_REPEATS:]
        self._dice.shuffle(planned)
        return planned

    def _again(self) -> Planned:
        return self._dice.choice(self._sent)

    def _new(self) -> Planned:
        self._count += 1
        occurred_at, logged_at = self._moments()
        # A few citizens have most of the contacts, and moments in whole seconds meet: then the key decides the order.
        bsn = self._citizens[min(int(self._dice.expovariate(1 / 20)), CITIZENS - 1)]
        return Planned(f"{self._name}-{self._count}", bsn, occurred_at, logged_at)

    def _moments(self) -> tuple[datetime, datetime]:
        just_now = self._now - timedelta(seconds=self._dice.randrange(600))
        match self._dice.random():
            case late if late < 0.05:
                return just_now - timedelta(days=365), just_now
            case earlier if earlier < 0.25:
                return just_now - timedelta(seconds=self._dice.randrange(7 * 86_400)), just_now
            case fast if fast < 0.30:
                return self._now + TEN_MINUTES, self._now + TEN_MINUTES
            case slow if slow < 0.35:
                return just_now - TEN_MINUTES, just_now - TEN_MINUTES
            case _:
                return just_now, just_now


def made_up_bsns(dice: Random) -> list[str]:
    """Returns valid numbers of nobody: those that begin with 999 are for tests."""
    found: dict[str, None] = {}
    while len(found) < CITIZENS:
        number = f"999{dice.randrange(1_000_000):06d}"
        if bsn_number.is_valid(number):
            found[number] = None
    return list(found)
