"""The timelines as read from PostgreSQL: what is shown and the lines that say so are one transaction (decision 11)."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from contact_events.citizen_ref import WEAK_KINDS, CitizenRef
from contact_events.codec import read_event
from contact_events.envelope import Event
from contact_events.erasure import erasure_of
from contact_events.facts import ReferencesLinked, ReferencesUnlinked
from contact_events.seen import InformationSeen
from service_runtime.database import Pool
from service_runtime.logging import get_logger
from timeline.domain.entries import Amendment, Entry
from timeline.domain.links import Link, Reference, applied, as_of, person, would_join_two_bsns
from timeline.domain.looking import SOURCE, UNTOLD_KIND, Looking
from timeline.domain.timeline import View, cut, page_of, visible_entries
from timeline.edges.database import statements
from timeline.edges.database.finding import candidates, known_reference
from timeline.edges.database.joining import link_of, links_around, reference_of
from timeline.edges.database.saying import keep_and_say, log_and_say, say_again
from timeline.edges.database.tables import LANDING_LOCK
from timeline.ports import (
    AlreadyOne,
    AlreadyUndone,
    Candidate,
    Erased,
    Mark,
    NoSuchLink,
    TimelineRead,
    TwoBsns,
    Unavailable,
)

HEARD_FOR_SECONDS = 2.0
# Landings overlap: one that started earlier may become visible later.
OVERLAP = timedelta(seconds=10)
_EVERYTHING = {"every_matter": True, "matters": [], "confidential": True}
_NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
_WEAK = {"weak": [kind.value for kind in WEAK_KINDS]}

log = get_logger()

Connection = psycopg.AsyncConnection[Any]


class PostgresTimelines:
    """See the port. `said` is called after a commit with something to say."""

    def __init__(self, pool: Pool, *, said: Callable[[], None]) -> None:
        self._pool = pool
        self._said = said
        self._heard: tuple[float, Mapping[str, datetime]] | None = None

    async def page(self, refs: Sequence[CitizenRef], view: View, looking: Looking) -> TimelineRead:
        async with self._transaction() as connection:
            if view.as_of is None:
                read = await _page_now(connection, refs, view)
            else:
                read = await _page_as_of(connection, refs, view, view.as_of)
            await log_and_say(connection, looking.lines(read.person))
        self._said()
        return read

    async def find(self, refs: Sequence[CitizenRef], *, weak: bool, looking: Looking) -> tuple[Candidate, ...]:
        async with self._transaction() as connection:
            wanted = _wanted(View(looking.purpose))
            rows = await _rows(connection, statements.FIND, _asked(refs) | wanted | {"weak": weak})
            found = candidates(rows, certain=not weak)
            shown = (reference.ref for candidate in found for reference in candidate.references)
            await log_and_say(connection, looking.lines((*refs, *shown)))
        self._said()
        return found

    async def behind_receipt(self, first: UUID, last: UUID, view: View, looking: Looking) -> tuple[Entry, ...]:
        async with self._transaction() as connection:
            rows = await _rows(connection, statements.BEHIND_RECEIPT, {"first": first, "last": last})
            found = visible_entries((_entry(*row) for row in rows), view)
            await log_and_say(connection, looking.lines(entry.citizen for entry in found))
        self._said()
        return found

    async def access_log(
        self, refs: Sequence[CitizenRef], *, before: tuple[datetime, UUID] | None, limit: int, looking: Looking
    ) -> tuple[tuple[UUID, Event[InformationSeen]], ...]:
        before_at, before_key = before or _NEWEST
        parameters = _asked(refs) | {"before_at": before_at, "before_key": before_key, "limit": limit + 1}
        async with self._transaction() as connection:
            rows = await _rows(connection, statements.ACCESS_LOG, parameters)
            await log_and_say(connection, looking.lines(refs))
        self._said()
        return tuple((row[0], read_event(row[1])) for row in rows)

    async def links(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Link, ...]:
        async with self._transaction() as connection:
            found = await links_around(connection, (ref.uuid for ref in refs))
            await log_and_say(connection, looking.lines(refs))
        self._said()
        return found

    async def references(self, refs: Sequence[CitizenRef]) -> Mapping[CitizenRef, Reference]:
        async with self._transaction() as connection:
            nothing = {"weak": False, "every_matter": False, "matters": [], "confidential": False}
            rows = await _rows(connection, statements.FIND, _asked(refs) | nothing)
        return {ref: each for ref in refs if (each := known_reference(rows, ref)) is not None}

    async def link(self, event: Event[ReferencesLinked], looking: Looking) -> None:
        one, other = reference_of(event.data.citizen), reference_of(event.data.other)
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
            around = await links_around(connection, (one.ref.uuid, other.ref.uuid))
            if other.ref in person({one.ref}, applied(around)):
                raise AlreadyOne
            if would_join_two_bsns(around, one, other):
                raise TwoBsns
            await keep_and_say(connection, event)
            await log_and_say(connection, looking.lines((one.ref, other.ref)))
        self._said()

    async def link_by_id(self, link_id: str) -> Link:
        async with self._transaction() as connection:
            rows = await _rows(connection, statements.LINK_BY_ID, {"link_id": link_id})
        if not rows:
            raise NoSuchLink
        return link_of(*rows[0])

    async def undo(self, event: Event[ReferencesUnlinked], looking: Looking) -> None:
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
            rows = await _rows(connection, statements.LINK_BY_ID, {"link_id": event.data.link_id})
            if not rows:
                raise NoSuchLink
            link = link_of(*rows[0])
            if link.undone is not None:
                raise AlreadyUndone
            await keep_and_say(connection, event)
            await log_and_say(connection, looking.lines((link.one.ref, link.other.ref)))
        self._said()

    async def erase(
        self, refs: Sequence[CitizenRef], ground: str, looking: Looking, *, erased_at: datetime | None = None
    ) -> Erased:
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
            erased = tuple(refs) if erased_at is not None else await _person(connection, refs)
            perhaps = await _rows(connection, statements.PERHAPS_ALSO, _asked(erased) | _EVERYTHING | _WEAK)
            said = erasure_of(erased, kind=UNTOLD_KIND, erased_at=erased_at or looking.at, ground=ground, source=SOURCE)
            await say_again(connection, said)
            await keep_and_say(connection, said)
            await log_and_say(connection, looking.lines(erased))
        self._said()
        return Erased(said, looking.at, _also(perhaps))

    async def heard(self) -> Mapping[str, datetime]:
        now = time.monotonic()
        if self._heard is None or now - self._heard[0] > HEARD_FOR_SECONDS:
            async with self._transaction() as connection:
                rows = await _rows(connection, statements.HEARD)
            self._heard = (now, {row[0]: row[1] for row in rows})
        return self._heard[1]

    async def begin_live(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Mark, tuple[CitizenRef, ...]]:
        async with self._transaction() as connection:
            followed = await _person(connection, refs)
            now = (await _rows(connection, "SELECT now()"))[0][0]
            await log_and_say(connection, looking.lines(followed))
        self._said()
        return Mark(now), followed

    async def changed_since(self, refs: Sequence[CitizenRef], mark: Mark, view: View) -> tuple[tuple[Entry, ...], Mark]:
        parameters = _asked(refs) | _wanted(view) | {"since": mark.changed_at - OVERLAP}
        async with self._transaction() as connection:
            rows = await _rows(connection, statements.CHANGED, parameters)
        entries = visible_entries((_entry(*row) for row in rows), view)
        return entries, Mark(max((entry.changed_at for entry in entries), default=mark.changed_at))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """Whatever keeps the database from committing means that nothing may be shown."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout, PoolClosed, OSError) as fault:
            log.warning("database_did_not_answer", reason=type(fault).__name__, sqlstate=_sqlstate(fault))
            raise Unavailable from None


async def _rows(connection: Connection, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    return await (await connection.execute(statement, parameters, binary=True)).fetchall()


def _sqlstate(fault: BaseException) -> str | None:
    return fault.sqlstate if isinstance(fault, psycopg.Error) else None


async def _page_now(connection: Connection, refs: Sequence[CitizenRef], view: View) -> TimelineRead:
    before_at, before_key = view.before or _NEWEST
    position = {"before_at": before_at, "before_key": before_key, "limit": view.limit + 1}
    asked = _asked(refs) | _wanted(view)
    tells_more = view.before is None and not view.purpose.own
    async with connection.pipeline():
        page = await connection.execute(statements.PAGE, asked | position, binary=True)
        more = await connection.execute(statements.PERHAPS_ALSO, asked | _WEAK, binary=True) if tells_more else None
        rows = await page.fetchall()
        perhaps = await more.fetchall() if more else ()
    found = (CitizenRef.from_uuid(*pair) for pair in zip(rows[0][0], rows[0][1], strict=True))
    entries = visible_entries((_entry(*row[2:]) for row in rows if row[2] is not None), view)
    return TimelineRead(cut(entries, view.limit), tuple(sorted(found)), _also(perhaps))


async def _page_as_of(connection: Connection, refs: Sequence[CitizenRef], view: View, moment: datetime) -> TimelineRead:
    links = await links_around(connection, (ref.uuid for ref in refs))
    found = sorted(person(refs, applied(as_of(links, moment))))
    parameters = {"refs": [ref.uuid for ref in found], "as_of": moment}
    rows = await _rows(connection, statements.WHOLE, parameters)
    return TimelineRead(page_of((_entry(*row, as_of=moment) for row in rows), view), tuple(found))


async def _person(connection: Connection, refs: Sequence[CitizenRef]) -> tuple[CitizenRef, ...]:
    rows = await _rows(connection, statements.PERSON, _asked(refs))
    return tuple(sorted({CitizenRef.from_uuid(row[0], row[1]) for row in rows}))


def _also(rows: Iterable[tuple[UUID, int, str]]) -> tuple[Reference, ...]:
    return tuple(Reference(CitizenRef.from_uuid(ref, version), kind) for ref, version, kind in rows)


def _asked(refs: Sequence[CitizenRef]) -> dict[str, Any]:
    return {"refs": [ref.uuid for ref in refs], "versions": [ref.key_version for ref in refs]}


def _wanted(view: View) -> dict[str, Any]:
    """Returns the filters of a view as parameters; the same rules as `visible_entries`, which has the last word."""
    purpose = view.purpose
    matters = (view.matters if purpose.every_matter else purpose.matters & view.matters) if view.matters else purpose.matters
    return {
        "every_matter": purpose.every_matter and not view.matters,
        "matters": sorted(matters),
        "confidential": purpose.confidential,
        "every_channel": not view.channels,
        "channels": sorted(view.channels),
    }


def _entry(
    raw: bytes,
    landed_at: datetime,
    raws: Sequence[bytes] | None,
    landed_ats: Sequence[datetime] | None,
    *,
    as_of: datetime | None = None,
) -> Entry:
    amendments = [
        Amendment(read_event(amended), at)
        for amended, at in zip(raws or (), landed_ats or (), strict=True)
        if as_of is None or at <= as_of
    ]
    return Entry.assembled(read_event(raw), landed_at, amendments)
