"""What the handlers ask of the outside world."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from address_book.domain.changes import Change
from address_book.domain.points import AddressFact, HeardPoint
from contact_events.citizen_ref import CitizenRef


class Claimed(msgspec.Struct, frozen=True):
    """What is kept under an event's key: the digest that came first, and whether that was just now."""

    digest: bytes
    is_new: bool


class ContactPoints(Protocol):
    """Everything kept about contact points, inside one transaction of the caller; nothing here commits."""

    async def take_turn(self, *, erasing: bool) -> None:
        """Comes before anything else of a batch: a batch that erases works alone, other batches together. May wait."""
        ...

    async def erased_at(self, citizens: Collection[CitizenRef]) -> Mapping[CitizenRef, datetime]:
        """Returns up to which moment each of these references is erased; who is not is absent."""
        ...

    async def claim(self, digests: Mapping[UUID, bytes]) -> Mapping[UUID, Claimed]:
        """Ties each event key to its content for ever, and returns what it is tied to. May be called twice."""
        ...

    async def kept_texts(self, pairs: Collection[tuple[CitizenRef, CitizenRef]]) -> set[tuple[CitizenRef, CitizenRef]]:
        """Returns which of these (citizen, point) pairs are kept with their text, so that they need not be opened again."""
        ...

    async def keep(self, changes: Sequence[Change]) -> None:
        """Keeps changes in any order and any number of times; what an erasure forgot stays forgotten."""
        ...

    async def linked_to(self, citizen: CitizenRef) -> tuple[CitizenRef, ...]:
        """Returns every reference of the same person, this one first."""
        ...

    async def of_citizens(self, citizens: Collection[CitizenRef]) -> list[HeardPoint]:
        """Returns the points of these references whose hearings still count; at most 500."""
        ...

    async def facts_about(self, points: Collection[CitizenRef]) -> list[AddressFact]:
        """Returns what was verified and what bounced, for these points."""
        ...

    async def holders_of(self, points: Collection[CitizenRef]) -> list[HeardPoint]:
        """Returns these points with every citizen they were heard for; at most 500, the last heard first."""
        ...

    async def one(self, contact_point: UUID) -> HeardPoint | None:
        """Returns a contact point by its public id; None means not kept, or not any more."""
        ...


class AccessLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked: one line per reference whose contact points an answer shows; `look_id` is what they have in common."""

    look_id: UUID
    citizen: CitizenRef
    seen_by: str
    role: str | None
    organisation_name: str | None
    purpose: str
    legal_basis: str
    what: str
    seen_at: datetime
    contact_point: UUID | None = None
    trace_id: str | None = None
    span_id: str | None = None


class AccessLog(Protocol):
    """Who looked at what. In the same transaction as the reading; the caller commits before it answers."""

    async def keep(self, lines: Sequence[AccessLine]) -> None:
        """Writes the lines down, and what is to be said about them. Raises when it cannot: then there is no answer."""
        ...
