"""A batch of a topic becomes rows, and what it amends, links or erases is done."""

from typing import Any, LiteralString
from uuid import UUID

import psycopg

from event_bus.forgetting.tables import erased_among
from event_bus.records import Arrivals, Handled, ToPark
from timeline.domain.entries import AMENDMENT_CLASSES
from timeline.domain.landing import LINK_CLASSES, Arrived, Landing, Reason, landing_of, points_in
from timeline.domain.looking import looking_of
from timeline.edges.database import amending, erasing, joining
from timeline.edges.database.knowing import MANY, keep_few, keep_many
from timeline.edges.database.pointing import keep_points
from timeline.edges.database.tables import LANDING_LOCK, SCHEMA
from timeline.edges.database.telling import tell_change

Connection = psycopg.AsyncConnection[Any]

_LOCK_SHARED: LiteralString = "SELECT pg_advisory_xact_lock_shared(%s)"
_LOCK_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(%s)"
# A statement of its own, so that it also sees what another batch kept while this one waited for it. It looks each key up by
# itself: joined, the planner reads the whole of known_event for a handful of repeats.
_JUDGE: LiteralString = """
SELECT s.place, (SELECT k.content_digest = s.content_digest FROM timeline.known_event k WHERE k.event_id = s.event_id)
FROM unnest(%s::int[], %b::uuid[], %b::bytea[]) AS s (place, event_id, content_digest)
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
    arrivals = landing.known.values()
    exceptions: dict[int, bool] = {}
    async with connection.pipeline():
        await connection.execute(_LOCK_ALONE if landing.is_disruptive else _LOCK_SHARED, (LANDING_LOCK,))
        if 0 < len(arrivals) < MANY:
            exceptions = await keep_few(connection, arrivals)
    if len(arrivals) >= MANY:
        exceptions = await keep_many(connection, arrivals)
    fresh = await _judged_and_amended(connection, landing, exceptions)
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


async def _judged_and_amended(connection: Connection, landing: Landing, exceptions: dict[int, bool]) -> list[Arrived]:
    """Returns what is new; counts the rest in the landing, and does what the new needs besides its rows."""
    stale = [arrived for arrived in landing.known.values() if not exceptions.get(arrived.place, True)]
    if stale:
        await _judge(connection, landing, stale)
    fresh = [arrived for arrived in landing.known.values() if exceptions.get(arrived.place, True)]
    amended_before = {arrived.key for arrived in fresh if arrived.place in exceptions}
    if landing.is_disruptive or amended_before:
        fresh = await _amend_and_join(connection, landing, fresh, amended_before)
    return fresh


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


async def _judge(connection: Connection, landing: Landing, stale: list[Arrived]) -> None:
    looked_at = ([each.place for each in stale], [each.key for each in stale], [each.digest for each in stale])
    judged = await (await connection.execute(_JUDGE, looked_at)).fetchall()
    if erased := {place for place, is_same in judged if is_same is None}:
        await erasing.mark_entries(connection, [arrived for arrived in stale if arrived.place in erased])
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
