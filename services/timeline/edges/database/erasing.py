"""Forgetting a citizen: rows go, references stay marked so that no replay brings them back (decision 4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from contact_events.codec import read_event
from contact_events.envelope import Event
from contact_events.erasure import erased_keys, erased_refs, is_covered
from contact_events.facts import CitizenErased
from event_bus.forgetting import Forgetting
from event_bus.forgetting.tables import forget_carried, hold_alone, mark_erased, note_forgotten
from timeline.domain.entries import ENTRY_CLASSES, Amendment
from timeline.domain.landing import Arrived, points_of
from timeline.edges.database.amending import put_in_place
from timeline.edges.database.joining import join_again
from timeline.edges.database.pointing import keep_points
from timeline.edges.database.tables import SCHEMA

Connection = psycopg.AsyncConnection[Any]

_ERASED: LiteralString = "WITH erased AS (SELECT ref, erased_at FROM timeline.erased_ref WHERE ref = ANY(%s)) "
# What an erased reference amended may lie under another one, and then has the words it had before.
_AMENDED: LiteralString = """
SELECT DISTINCT a.target FROM timeline.amendment a JOIN erased ON a.citizen = erased.ref WHERE a.logged_at <= erased.erased_at
"""
# What is forgotten leaves no digest behind: marks of its reference and of its entries keep it from coming back.
_FORGET: Mapping[str, LiteralString] = {
    "contacts": """
    , gone AS (
        DELETE FROM timeline.entry e USING erased WHERE e.citizen = erased.ref AND e.logged_at <= erased.erased_at
        RETURNING e.event_id
    ), marked AS (INSERT INTO timeline.erased_event SELECT event_id FROM gone ON CONFLICT DO NOTHING
    ), amended AS (DELETE FROM timeline.amendment a USING gone WHERE a.target = gone.event_id RETURNING a.event_id
    ), went AS (SELECT event_id FROM gone UNION ALL SELECT event_id FROM amended
    ), unknown AS (DELETE FROM timeline.known_event k USING went WHERE k.event_id = went.event_id)
    SELECT event_id FROM went
    """,
    "amendments": """
    , gone AS (
        DELETE FROM timeline.amendment a USING erased WHERE a.citizen = erased.ref AND a.logged_at <= erased.erased_at
        RETURNING a.event_id
    ), unknown AS (DELETE FROM timeline.known_event k USING gone WHERE k.event_id = gone.event_id)
    SELECT event_id FROM gone
    """,
    "links": """
    , gone AS (
        DELETE FROM timeline.link l USING erased WHERE erased.ref IN (l.one, l.other) AND l.logged_at <= erased.erased_at
        RETURNING l.event_id, l.link_id
    ), undone AS (DELETE FROM timeline.link_undone u USING gone WHERE u.link_id = gone.link_id RETURNING u.event_id
    ), went AS (SELECT event_id FROM gone UNION ALL SELECT event_id FROM undone
    ), unknown AS (DELETE FROM timeline.known_event k USING went WHERE k.event_id = went.event_id)
    SELECT event_id FROM went
    """,
    "undoings": """
    , gone AS (
        DELETE FROM timeline.link_undone u USING erased
        WHERE erased.ref IN (u.citizen, u.other) AND u.logged_at <= erased.erased_at
        RETURNING u.event_id
    ), unknown AS (DELETE FROM timeline.known_event k USING gone WHERE k.event_id = gone.event_id)
    SELECT event_id FROM gone
    """,
}
_FORGET_POINTS: LiteralString = "DELETE FROM timeline.contact_point_seen p USING erased WHERE p.citizen = erased.ref"
_MARK_ENTRIES: LiteralString = """
WITH marked (event_id) AS (SELECT unnest(%s::uuid[])), kept AS (
    INSERT INTO timeline.erased_event SELECT event_id FROM marked ON CONFLICT DO NOTHING
), gone AS (DELETE FROM timeline.amendment a USING marked WHERE a.target = marked.event_id RETURNING a.event_id)
DELETE FROM timeline.known_event k USING gone WHERE k.event_id = gone.event_id
"""
_ABOUT_ERASED: LiteralString = "SELECT event_id FROM timeline.erased_event WHERE event_id = ANY(%s)"


async def forget(connection: Connection, erasure: Event[CitizenErased]) -> None:
    """Forgets what was logged under the references of an erasure up to its moment, and notes it. Alone in the landing lock."""
    forgetting = Forgetting(erasure.key, erased_keys(erasure.data), erasure.data.erased_at)
    refs = [ref.uuid for ref in erased_refs(erasure.data)]
    others = await (
        await connection.execute("SELECT DISTINCT other FROM timeline.joined WHERE ref = ANY(%s)", (refs,))
    ).fetchall()
    await hold_alone(connection, SCHEMA)
    await mark_erased(connection, SCHEMA, forgetting)
    amended = await (await connection.execute(_ERASED + _AMENDED, (refs,))).fetchall()
    went = {kind: await _gone(connection, refs, statement) for kind, statement in _FORGET.items()}
    await connection.execute(_ERASED + _FORGET_POINTS, (refs,))
    await put_in_place(connection, [target for (target,) in amended])
    await _keep_points_of_what_stays(connection, refs)
    await join_again(connection, {*refs, *(other for (other,) in others)})
    events = [event_id for gone in went.values() for event_id in gone]
    carried = await forget_carried(connection, SCHEMA, forgetting, is_covered, also=events)
    await note_forgotten(connection, SCHEMA, erasure.key, {kind: len(gone) for kind, gone in went.items()} | carried)


async def mark_entries(connection: Connection, erased: Iterable[Arrived]) -> None:
    """Marks those of these events that are entries, and forgets what waited to amend them."""
    entries = [arrived.key for arrived in erased if isinstance(arrived.event.data, ENTRY_CLASSES)]
    if entries:
        await connection.execute(_MARK_ENTRIES, (entries,))


async def about_erased(connection: Connection, amendments: Sequence[Arrived]) -> set[int]:
    """Returns the places of those of these amendments that are about an erased entry, and makes them unknown again."""
    targets = {arrived.key: Amendment(arrived.event, arrived.event.logged_at).target for arrived in amendments}
    rows = await (await connection.execute(_ABOUT_ERASED, (list(targets.values()),))).fetchall()
    erased = {target for (target,) in rows}
    found = [arrived for arrived in amendments if targets[arrived.key] in erased]
    if found:
        keys = [arrived.key for arrived in found]
        await connection.execute("DELETE FROM timeline.known_event WHERE event_id = ANY(%s)", (keys,))
    return {arrived.place for arrived in found}


async def _gone(connection: Connection, refs: list[UUID], statement: LiteralString) -> list[UUID]:
    rows = await (await connection.execute(_ERASED + statement, (refs,))).fetchall()
    return [event_id for (event_id,) in rows]


async def _keep_points_of_what_stays(connection: Connection, refs: list[UUID]) -> None:
    """What was logged after the erasure is a new contact, and its contact points belong to it."""
    rows = await (await connection.execute("SELECT raw FROM timeline.entry WHERE citizen = ANY(%s)", (refs,))).fetchall()
    await keep_points(connection, list(dict.fromkeys(pair for (raw,) in rows for pair in points_of(read_event(raw)))))
