"""The mandates of an organisation: which hold, by what was said of them in any order. Whose they are is not kept here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate by its number, for which matters (none: all), and until when."""

    mandate_id: str
    matters: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and self.valid_from <= now < self.valid_until

    def covers(self, matter: str) -> bool:
        return not self.matters or matter in self.matters


def holding(mandates: Iterable[Mandate], now: datetime) -> list[Mandate]:
    """Returns the mandates that hold now, the one that ends first on top."""
    return sorted((each for each in mandates if each.holds(now)), key=lambda each: (each.valid_until, each.mandate_id))
