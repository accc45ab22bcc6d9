"""A batch of a topic becomes rows: repeats are decided for ever, and what is new goes in by COPY."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from event_bus.forgetting.tables import erased_among
from event_bus.records import Arrivals, Handled, ToPark
from timeline.domain.entries import AMENDMENT_CLASSES, ENTRY_CLASSES
from timeline.domain.landing import LINK_CLASSES, Arrived, Landing, Reason, landing_of, points_in
from timeline.domain.looking import looking_of
from timeline.edges.database import amending, erasing, joining
from timeline.edges.database.pointing import keep_points
from timeline.edges.database.staging import (
    COPY_ENTRIES,
    COPY_KNOWN,
    COPY_STAGING,
    CREATE_STAGING,
    EMPTY_STAGING,
    entries,
    known,
    staged,
)
from timeline.edges.database.tables import LANDING_LOCK, SCHEMA
from timeline.edges.database.telling import tell_change

Connection = psycopg.AsyncConnection[Any]

_LOCK_SHARED: LiteralString = "SELECT pg_advisory_xact_lock_shared(%s)"
_LOCK_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(%s)"
# What is not new, or is erased, or was amended before it came, comes back by its place.
_KNOW: LiteralString = """
WITH known AS (
    INSERT INTO timeline.known_event (event_id, content_digest, citizen)
    SELECT event_id, content_digest, citizen FROM pg_temp.landing s
    WHERE NOT EXISTS (SELECT FROM timeline.erased_ref e WHERE e.ref = s.citizen AND e.erased_at >= s.logged_at)
    ON CONFLICT DO NOTHING RETURNING event_id
)
SELECT s.place, known.event_id IS NOT NULL
FROM pg_temp.landing s LEFT JOIN known USING (event_id)
WHERE known.event_id IS NULL OR EXISTS (SELECT FROM timeline.amendment a WHERE a.target = s.event_id)
"""
# Many are looked up first, each by itself (see _JUDGE), and what is new is copied: cheaper than what decides row by row.
LOOK_UP: LiteralString = """
SELECT place, is_new FROM (
    SELECT s.place,
        (SELECT false FROM timeline.known_event k WHERE k.event_id = s.event_id) IS NULL
        AND NOT EXISTS (SELECT FROM timeline.erased_ref e WHERE e.ref = s.citizen AND e.erased_at >= s.logged_at) AS is_new,
        EXISTS (SELECT FROM timeline.amendment a WHERE a.target = s.event_id) AS is_amended
    FROM pg_temp.landing s
) AS looked_up WHERE NOT is_new OR is_amended
"""
MANY = 500
# A statement of its own, so that it also sees what another batch kept while this one waited for it. It looks each key up by
# itself: joined, the planner reads the whole of known_event for a handful of repeats.
_JUDGE: LiteralString = """
SELECT s.place, (SELECT k.content_digest = s.content_digest FROM timeline.known_event k WHERE k.event_id = s.event_id)
FROM pg_temp.landing s WHERE s.place = ANY(%s)
"""
_HEARD: LiteralString = """
INSERT INTO timeline.source_heard (source, lane, heard_at)
SELECT source, %s, heard_at FROM unnest(%s::text[], %s::timestamptz[]) AS heard (source, heard_at) ORDER BY source
ON CONFLICT (source, lane) DO UPDATE SET heard_at = greatest(source_heard.heard_at, excluded.heard_at)
"""
_SEEN: LiteralString = """
INSERT INTO timeline.access_log (citizen, seen_at, looking, raw)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::bytea[]) ON CONFLICT DO NOTHING
"""


async def record_contacts(connection: Connection, batch: Arrivals) -> Handled:
    """Keeps arrivals within the caller's transaction. May be called again with the same ones: repeats change nothing."""
    landing = landing_of(batch.records)
    async with connection.pipeline():
        await connection.execute(_LOCK_ALONE if landing.is_disruptive else _LOCK_SHARED, (LANDING_LOCK,))
        if landing.known:
            await connection.execute(CREATE_STAGING)
            await connection.execute(EMPTY_STAGING)
    fresh = await _keep_known(connection, landing) if landing.known else []
    kept = len(fresh)
    if landing.seen:
        kept += await _keep_seen(connection, landing)
    if landing.points or landing.erased:
        await _mark_erased_points(connection, landing)
    points = dict.fromkeys(points_in((*fresh, *landing.points)))
    heard = landing.heard()
    async with connection.pipeline():
        if points:
            await keep_points(connection, list(points))
        if heard:
            # Two hands never hold the same partition, so they never wait for each other's row.
            lane = f"{batch.topic}:{batch.records[0].partition}"
            await connection.execute(_HEARD, (lane, list(heard), list(heard.values())))
        if fresh:
            await tell_change(connection, fresh, is_wide=landing.is_disruptive)
    for erasure in landing.erased:
        await erasing.forget(connection, erasure.event)
    kept += len(landing.erased)
    return _handled(batch, landing, kept + len(landing.points))


async def _keep_known(connection: Connection, landing: Landing) -> list[Arrived]:
    """Keeps what is new and returns it; counts the rest in the landing."""
    async with connection.cursor() as cursor, cursor.copy(COPY_STAGING) as copy:
        await copy.write(staged(landing.known.values()))
    exceptions = await _know(connection, landing.known.values())
    stale = [place for place, is_new in exceptions.items() if not is_new]
    if stale:
        await _judge(connection, landing, stale)
    fresh = [arrived for arrived in landing.known.values() if exceptions.get(arrived.place, True)]
    made_entries = fresh
    if landing.is_disruptive:
        made_entries = [arrived for arrived in fresh if isinstance(arrived.event.data, ENTRY_CLASSES)]
    if made_entries:
        async with connection.cursor() as cursor, cursor.copy(COPY_ENTRIES) as copy:
            await copy.write(entries(made_entries))
    amended_before = {arrived.key for arrived in fresh if arrived.place in exceptions} if any(exceptions.values()) else set()
    if landing.is_disruptive or amended_before:
        fresh = await _amend_and_join(connection, landing, fresh, amended_before)
    return fresh


async def _know(connection: Connection, arrivals: Collection[Arrived]) -> dict[int, bool]:
    """Keeps the keys of what is new. Returns by its place what is not, as False, and what was amended before, as True.

    Of two batches that bring the same event at the same moment the later one waits, and then decides row by row.
    """
    async with connection.cursor() as cursor:
        if len(arrivals) >= MANY:
            await cursor.execute(LOOK_UP, prepare=False)  # planned anew: batches differ a thousandfold in size
            exceptions: dict[int, bool] = dict(await cursor.fetchall())
            with suppress(psycopg.errors.UniqueViolation):
                async with connection.transaction(), cursor.copy(COPY_KNOWN) as copy:
                    await copy.write(known(arrived for arrived in arrivals if exceptions.get(arrived.place, True)))
                return exceptions
        await cursor.execute(_KNOW, prepare=False)  # likewise
        return dict(await cursor.fetchall())


async def _amend_and_join(
    connection: Connection, landing: Landing, fresh: list[Arrived], amended_before: set[UUID]
) -> list[Arrived]:
    """Does what entries and references need besides their rows; returns what is left of the new ones."""
    amendments = [arrived for arrived in fresh if isinstance(arrived.event.data, AMENDMENT_CLASSES)]
    if amendments and (too_late := await erasing.about_erased(connection, amendments)):
        landing.ignore(Reason.ERASED, len(too_late))
        fresh = [arrived for arrived in fresh if arrived.place not in too_late]
        amendments = [arrived for arrived in amendments if arrived.place not in too_late]
    if amendments or amended_before:
        await amending.amend(connection, amendments, amended_before)
    links = [arrived for arrived in fresh if isinstance(arrived.event.data, LINK_CLASSES)]
    if links:
        await joining.keep(connection, links)
    return fresh


async def _judge(connection: Connection, landing: Landing, stale: list[int]) -> None:
    judged = await (await connection.execute(_JUDGE, (stale,))).fetchall()
    if erased := {place for place, is_same in judged if is_same is None}:
        await erasing.mark_entries(connection, [arrived for arrived in landing.known.values() if arrived.place in erased])
    for place, is_same in judged:
        if is_same is None:
            landing.ignore(Reason.ERASED)
        elif is_same:
            landing.repeated += 1
        else:
            landing.other_content.append(place)


async def _keep_seen(connection: Connection, landing: Landing) -> int:
    """Lets lines of the access log join what is here; our own lines come back by the topic and change nothing."""
    lines = landing.seen
    parameters = (
        [line.citizen.uuid for line in lines],
        [line.event.data.seen_at for line in lines],
        [looking_of(line.event) for line in lines],
        [line.raw for line in lines],
    )
    kept = (await connection.execute(_SEEN, parameters)).rowcount
    landing.repeated += len(lines) - kept
    return kept


async def _mark_erased_points(connection: Connection, landing: Landing) -> None:
    """Drops contact points of references that were erased after the event was logged."""
    if not landing.points:
        return
    erased = await erased_among(connection, SCHEMA, [arrived.citizen.uuid for arrived in landing.points])
    remaining = [
        arrived
        for arrived in landing.points
        if arrived.citizen.uuid not in erased or erased[arrived.citizen.uuid] < arrived.event.logged_at
    ]
    landing.ignore(Reason.ERASED, len(landing.points) - len(remaining))
    landing.points = remaining


def _handled(batch: Arrivals, landing: Landing, kept: int) -> Handled:
    parked = [ToPark(batch.records[place], reason, detail) for place, reason, detail in landing.unreadable]
    parked += [
        ToPark(batch.records[place], Reason.SAME_ID_OTHER_CONTENT, "an event with this source and id was kept with other content")
        for place in landing.other_content
    ]
    parked.sort(key=lambda park: park.record.offset)
    return Handled(kept=kept, repeated=landing.repeated, ignored=landing.ignored, parked=parked)
