"""From a batch of a topic to the rows of a view."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import psycopg

from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead, Unreadable
from contact_events.envelope import Event
from contact_events.erasure import erased_keys, erased_refs, is_covered
from contact_events.facts import CitizenErased
from event_bus.forgetting import Forgetting
from event_bus.forgetting.tables import (
    erased_among,
    forget_carried,
    hold_alone,
    hold_together,
    mark_erased,
    note_forgotten,
)
from event_bus.ingest import Reader
from event_bus.records import Arrivals, Handled, Record, ToPark

Row = TypeVar("Row")
Picked = TypeVar("Picked", contravariant=True)
Connection = psycopg.AsyncConnection[Any]


class Shelf(Protocol[Picked]):
    """Where a view is kept, inside one transaction."""

    async def keep(self, picked: Sequence[tuple[Event[Any], Picked]]) -> int:
        """Keeps what was picked of events, once. Returns how much of it was new."""
        ...

    async def forget(self, erasure: UUID, said: CitizenErased) -> None:
        """Forgets a citizen: everything from before the erasure, also what comes later."""
        ...


@dataclass(frozen=True, slots=True)
class View(Generic[Row]):
    """The view of a service, in a schema that bears its name. `pick` says what is kept of an event, which may be nothing: then
    it is ignored under the name `otherwise`. `insert` keeps rows, once each, and returns how many were new. `delete` removes
    rows of citizens up to a moment, and returns how many of each kind.
    """

    name: str
    topics: tuple[str, ...]
    pick: Callable[[Event[Any]], Sequence[Row]]
    insert: Callable[[Connection, Sequence[Row]], Awaitable[int]]
    delete: Callable[[Connection, Sequence[UUID], datetime], Awaitable[Mapping[str, int]]]
    otherwise: str

    def reader(self) -> Reader:
        """Returns how the view reads: each batch inside its transaction."""

        async def handle(connection: Connection, batch: Arrivals) -> Handled:
            return await self.keep_batch(batch, _PostgresShelf(self, connection))

        return Reader(self.name, self.name, self.topics, handle)

    async def keep_batch(self, batch: Arrivals, shelf: Shelf[Row]) -> Handled:
        """Keeps what a batch says. Records that are no event of ours are parked beside those that are."""
        parked: list[ToPark] = []
        picked: list[tuple[Event[Any], Row]] = []
        erasures: list[tuple[UUID, CitizenErased]] = []
        others = 0
        for record in batch.records:
            try:
                event = _event(record)
            except CannotRead as fault:
                parked.append(ToPark(record, fault.reason, fault.detail))
                continue
            if isinstance(event.data, CitizenErased):
                erasures.append((event.key, event.data))
                continue
            rows = self.pick(event)
            picked.extend((event, row) for row in rows)
            others += not rows
        for key, said in erasures:
            await shelf.forget(key, said)
        new = await shelf.keep(picked) if picked else 0
        return Handled(
            kept=new + len(erasures),
            repeated=len(picked) - new,
            ignored={self.otherwise: others} if others else {},
            parked=tuple(parked),
        )


class _PostgresShelf(Generic[Row]):
    """See Shelf: in the tables of the view's schema."""

    def __init__(self, view: View[Row], connection: Connection) -> None:
        self._view = view
        self._connection = connection

    async def keep(self, picked: Sequence[tuple[Event[Any], Row]]) -> int:
        await hold_together(self._connection, self._view.name)
        erased = await erased_among(self._connection, self._view.name, {event.citizen.uuid for event, _ in picked})
        standing = [row for event, row in picked if not _is_forgotten(event, erased)]
        return await self._view.insert(self._connection, standing) if standing else 0

    async def forget(self, erasure: UUID, said: CitizenErased) -> None:
        await hold_alone(self._connection, self._view.name)
        forgetting = Forgetting(erasure, erased_keys(said), said.erased_at)
        await mark_erased(self._connection, self._view.name, forgetting)
        deleted = await self._view.delete(self._connection, [ref.uuid for ref in erased_refs(said)], said.erased_at)
        carried = await forget_carried(self._connection, self._view.name, forgetting, is_covered)
        await note_forgotten(self._connection, self._view.name, erasure, {**deleted, **carried})


def _is_forgotten(event: Event[Any], erased: Mapping[UUID, datetime]) -> bool:
    until = erased.get(event.citizen.uuid)
    return until is not None and event.logged_at <= until


def _event(record: Record) -> Event[Any]:
    if record.value is None:
        raise CannotRead(Unreadable.NOT_JSON, "the record has no value")
    return read_in_bulk(record.value)
