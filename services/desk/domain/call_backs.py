"""Promises to phone: whose they are, which are late, and in which order somebody takes them up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID


class Whose(StrEnum):
    """Which promises somebody asks for."""

    MINE = "mijn"
    TEAM = "team"
    LATE = "te-laat"


@dataclass(frozen=True, slots=True)
class CallBack:
    """A promise to phone, as the topics tell it: no name, no number and no word of what it is about but its matter."""

    entry: UUID
    citizen: str
    matter: str
    before: datetime
    owner: str | None
    confidential: bool
    kept_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        return self.kept_at is None and self.before < now


class Kind(StrEnum):
    """What an event says of a promise."""

    MADE = "made"
    CHANGED = "changed"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Said:
    """What one event says of the promise of one entry. `before` is absent where it says nothing of the term."""

    event_key: UUID
    entry: UUID
    kind: Kind
    citizen: UUID
    key_version: int
    said_at: datetime
    logged_at: datetime
    matter: str | None = None
    before: datetime | None = None
    owner: str | None = None
    confidential: bool | None = None
    kept_at: datetime | None = None


def call_back_of(said: Iterable[Said]) -> CallBack | None:
    """Returns what a promise is now, from all that was said of one entry in any order; None where there is none (any more).

    The newest words count. It is kept when somebody said so, or phoned to keep it; a withdrawn entry promises nothing.
    """
    ordered = sorted(said, key=lambda one: (one.said_at, one.event_key))
    terms = [one for one in ordered if one.before is not None]
    if not terms or any(one.kind is Kind.WITHDRAWN for one in ordered):
        return None
    newest, whom = terms[-1], next((one for one in ordered if one.kind is Kind.MADE), terms[-1])
    kept = [one.kept_at for one in ordered if one.kept_at is not None]
    return CallBack(
        entry=newest.entry,
        citizen=f"c{whom.key_version}-{whom.citizen.hex}",
        matter=_newest([one.matter for one in ordered]) or "algemeen",
        before=newest.before or newest.said_at,
        owner=newest.owner,
        confidential=bool(_newest([one.confidential for one in ordered])),
        kept_at=min(kept, default=None),
    )


T = TypeVar("T")


def _newest(values: Sequence[T | None]) -> T | None:
    return next((value for value in reversed(values) if value is not None), None)


def listed(call_backs: Iterable[CallBack], whose: Whose, *, name: str, teams: frozenset[str], now: datetime) -> list[CallBack]:
    """Returns the promises that are still to be kept, the most urgent first. Nobody's is everybody's: it is the team's too."""
    open_ones = [call_back for call_back in call_backs if call_back.kept_at is None]
    match whose:
        case Whose.MINE:
            found = [call_back for call_back in open_ones if _same(call_back.owner, name)]
        case Whose.TEAM:
            found = [
                call_back
                for call_back in open_ones
                if call_back.owner is None or any(_same(call_back.owner, team) for team in teams)
            ]
        case Whose.LATE:
            found = [call_back for call_back in open_ones if call_back.is_late(now)]
    return sorted(found, key=lambda call_back: (call_back.before, call_back.entry))


def _same(owner: str | None, name: str) -> bool:
    return owner is not None and owner.casefold().strip() == name.casefold().strip()
