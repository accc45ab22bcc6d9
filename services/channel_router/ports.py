"""What the handlers need from outside: one place that keeps what was learned and chosen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from channel_router.domain.facts import CitizenFacts
from channel_router.domain.learned import Learned
from contact_events.envelope import Event
from contact_events.seen import InformationSeen


@dataclass(frozen=True, slots=True)
class Windows:
    """How far back facts are read: outreaches for the contact budget, sendings for the health of channels."""

    outreaches: timedelta
    health: timedelta


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of rows: new, known already, or about a citizen who was erased after they were logged."""

    kept: int = 0
    repeated: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True)
class KeptChoice:
    """That a choice was made for a request: enough to know it again and to count it in the contact budget.

    `logged_at` is of the request, which decides whether an erasure takes it along.
    """

    request_key: UUID
    content_digest: bytes
    citizen: UUID
    channel: str
    not_before: datetime
    chosen_at: datetime
    logged_at: datetime
    counts: bool


class Facts(Protocol):
    """Keeps facts and choices. Everything happens in the caller's transaction; nothing is committed here."""

    async def take_turn(self, *, erasing: bool) -> None:
        """Comes before anything else of a batch: a batch that erases works alone, other batches together. May wait."""
        ...

    async def learn(self, rows: Sequence[Learned]) -> Kept:
        """Keeps rows, in any order; a row with a known event key is a repeat. An erasure forgets what was logged before it,
        also what comes in later. May be called twice with the same rows.
        """
        ...

    async def about(self, citizens: Collection[UUID], now: datetime, windows: Windows) -> Mapping[UUID, CitizenFacts]:
        """Returns the facts of each citizen, joined over linked references, which they name; somebody unknown has
        empty facts."""
        ...

    async def erased_at(self, citizens: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Returns when each of these references was last erased; who never was is absent."""
        ...

    async def chosen(self, request_keys: Collection[UUID]) -> Mapping[UUID, bytes]:
        """Returns the content digest of each of these requests that has a choice already."""
        ...

    async def keep_choices(self, choices: Sequence[KeptChoice]) -> None:
        """Keeps choices, each for a request that has none yet."""
        ...


class AccessLog(Protocol):
    """Keeps who asked what about whom. Happens in the caller's transaction; no log, no answer (decision 11)."""

    async def keep(self, lines: Sequence[Event[InformationSeen]]) -> None:
        """Keeps lines to be said on `access-log`. Raises when they cannot be kept; then nothing may be shown."""
        ...
