"""What the timeline needs from outside, and what each must keep to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.seen import InformationSeen
from timeline.domain.entries import Entry
from timeline.domain.links import Link, Reference
from timeline.domain.looking import Looking
from timeline.domain.timeline import Page, View


class Unavailable(Exception):
    """The database does not answer, so no line can be logged and nothing may be shown. The message holds no data."""


class TwoBsns(Exception):
    """The link would bring two different BSNs together."""


class AlreadyOne(Exception):
    """The references are one person already."""


class NoSuchLink(Exception):
    """No link has this id."""


class AlreadyUndone(Exception):
    """The link was undone before."""


@dataclass(frozen=True, slots=True)
class TimelineRead:
    """One page, the references it was joined from, and weak references that may be the same person: never joined by itself."""

    page: Page
    person: tuple[CitizenRef, ...]
    perhaps_also: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person a search may mean. `certain` is false when only a shared phone number or e-mail address points there.

    `last_contact_at` is of what the purpose shows; None when it shows nothing of this person.
    """

    references: tuple[Reference, ...]
    certain: bool
    last_contact_at: datetime | None


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure as it was said, when, and weak references with entries of their own that may be the same person."""

    event: Event[CitizenErased]
    said_at: datetime
    perhaps_also: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a live reader has come: everything kept up to this moment was sent."""

    changed_at: datetime


class Timelines(Protocol):
    """The timelines. Whatever shows something of a citizen takes a `looking`, and its lines are durable before it returns.

    Every method may be called again after it failed. Each raises Unavailable when the database does not answer.
    """

    async def page(self, refs: Sequence[CitizenRef], view: View, looking: Looking) -> TimelineRead:
        """Returns a page of the person behind the references; `perhaps_also` only on a first page."""
        ...

    async def find(self, refs: Sequence[CitizenRef], *, weak: bool, looking: Looking) -> tuple[Candidate, ...]:
        """Returns the people behind references that stand for one identifier; a weak one finds everybody seen with it."""
        ...

    async def behind_receipt(self, first: UUID, last: UUID, view: View, looking: Looking) -> tuple[Entry, ...]:
        """Returns the visible entries whose keys lie in a range; empty when there is none or the purpose shows none."""
        ...

    async def access_log(
        self, refs: Sequence[CitizenRef], *, before: tuple[datetime, UUID] | None, limit: int, looking: Looking
    ) -> tuple[tuple[UUID, Event[InformationSeen]], ...]:
        """Returns who looked at this person, newest first, one line per time of looking, at most `limit` + 1."""
        ...

    async def links(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Link, ...]:
        """Returns every link around these references, those undone included, in order of when they were made."""
        ...

    async def references(self, refs: Sequence[CitizenRef]) -> Mapping[CitizenRef, Reference]:
        """Returns those of these references that are known here, with what each was made from; shows nothing of a citizen."""
        ...

    async def link(self, event: Event[ReferencesLinked], looking: Looking) -> None:
        """Keeps a link and says it. Raises TwoBsns or AlreadyOne."""
        ...

    async def link_by_id(self, link_id: str) -> Link:
        """Returns one link. Raises NoSuchLink."""
        ...

    async def undo(self, event: Event[ReferencesUnlinked], looking: Looking) -> None:
        """Undoes a link and says so. Raises NoSuchLink or AlreadyUndone."""
        ...

    async def erase(
        self, refs: Sequence[CitizenRef], ground: str, looking: Looking, *, erased_at: datetime | None = None
    ) -> Erased:
        """Forgets what was logged up to the moment of looking under these references and all linked with them, and says so.

        Also of somebody who is not known here: contacts may be on their way. `erased_at` is of an earlier erasure of exactly
        these references, which is said again.
        """
        ...

    async def heard(self) -> Mapping[str, datetime]:
        """Returns per source when it last logged something that arrived; may be a few seconds old."""
        ...

    async def begin_live(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Mark, tuple[CitizenRef, ...]]:
        """Logs a subscription, once, and returns where it starts and whom it follows."""
        ...

    async def changed_since(self, refs: Sequence[CitizenRef], mark: Mark, view: View) -> tuple[tuple[Entry, ...], Mark]:
        """Returns the visible entries that were kept or amended after a mark, oldest change first.

        Some may come twice: landings overlap, and the reader drops what it has sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Changed:
    """Something was kept. `citizens` None means that it may be anybody's."""

    citizens: frozenset[CitizenRef] | None

    def concerns(self, refs: frozenset[CitizenRef]) -> bool:
        return self.citizens is None or not self.citizens.isdisjoint(refs)


class Changes(Protocol):
    """Tells live readers that something was kept."""

    def follow(self, *, heartbeat_s: float) -> AsyncIterator[Changed | None]:
        """Yields each change, and None as a heartbeat when there was none; ends when the service stops.

        The first says "anybody": what was kept just before following began counts as changed.
        """
        ...
