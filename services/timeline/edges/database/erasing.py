"""Forgetting a citizen: rows go, references stay marked so that no replay brings them back (decision 4)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from contact_events.citizen_ref import CitizenRef
from contact_events.codec import read_event
from timeline.domain.landing import points_of
from timeline.edges.database.amending import put_in_place
from timeline.edges.database.joining import join_again
from timeline.edges.database.pointing import keep_points

_MARK: LiteralString = """
INSERT INTO timeline.erased_ref (ref, erased_at) SELECT * FROM unnest(%s::uuid[], %s::timestamptz[])
ON CONFLICT (ref) DO UPDATE SET erased_at = greatest(erased_ref.erased_at, excluded.erased_at)
"""
_ERASED: LiteralString = "WITH erased AS (SELECT ref, erased_at FROM timeline.erased_ref WHERE ref = ANY(%s)) "
# What an erased reference amended may lie under another one, and then has the words it had before.
_AMENDED: LiteralString = """
SELECT DISTINCT a.target FROM timeline.amendment a JOIN erased ON a.citizen = erased.ref WHERE a.logged_at <= erased.erased_at
"""
# What is forgotten leaves no digest behind: the mark of its reference keeps it from coming back.
_FORGET: tuple[LiteralString, ...] = (
    """
    , gone AS (
        DELETE FROM timeline.entry e USING erased WHERE e.citizen = erased.ref AND e.logged_at <= erased.erased_at
        RETURNING e.event_id
    ), amended AS (DELETE FROM timeline.amendment a USING gone WHERE a.target = gone.event_id RETURNING a.event_id)
    DELETE FROM timeline.known_event k WHERE k.event_id IN (SELECT event_id FROM gone UNION ALL SELECT event_id FROM amended)
    """,
    """
    , gone AS (
        DELETE FROM timeline.amendment a USING erased WHERE a.citizen = erased.ref AND a.logged_at <= erased.erased_at
        RETURNING a.event_id
    )
    DELETE FROM timeline.known_event k USING gone WHERE k.event_id = gone.event_id
    """,
    """
    , gone AS (
        DELETE FROM timeline.link l USING erased WHERE erased.ref IN (l.one, l.other) AND l.logged_at <= erased.erased_at
        RETURNING l.event_id, l.link_id
    ), undone AS (DELETE FROM timeline.link_undone u USING gone WHERE u.link_id = gone.link_id RETURNING u.event_id)
    DELETE FROM timeline.known_event k WHERE k.event_id IN (SELECT event_id FROM gone UNION ALL SELECT event_id FROM undone)
    """,
    """
    , gone AS (
        DELETE FROM timeline.link_undone u USING erased
        WHERE erased.ref IN (u.citizen, u.other) AND u.logged_at <= erased.erased_at
        RETURNING u.event_id
    )
    DELETE FROM timeline.known_event k USING gone WHERE k.event_id = gone.event_id
    """,
    "DELETE FROM timeline.contact_point_seen p USING erased WHERE p.citizen = erased.ref",
)


async def forget(connection: psycopg.AsyncConnection[Any], moments: Mapping[CitizenRef, datetime]) -> int:
    """Forgets what was logged under these references up to their moments; returns how many references. Alone in the lock."""
    refs = [ref.uuid for ref in moments]
    others = await (
        await connection.execute("SELECT DISTINCT other FROM timeline.joined WHERE ref = ANY(%s)", (refs,))
    ).fetchall()
    await connection.execute(_MARK, (refs, list(moments.values())))
    amended = await (await connection.execute(_ERASED + _AMENDED, (refs,))).fetchall()
    for statement in _FORGET:
        await connection.execute(_ERASED + statement, (refs,))
    await put_in_place(connection, [target for (target,) in amended])
    await _keep_points_of_what_stays(connection, refs)
    await join_again(connection, {*refs, *(other for (other,) in others)})
    return len(refs)


async def _keep_points_of_what_stays(connection: psycopg.AsyncConnection[Any], refs: list[UUID]) -> None:
    """What was logged after the erasure is a new contact, and its contact points belong to it."""
    rows = await (await connection.execute("SELECT raw FROM timeline.entry WHERE citizen = ANY(%s)", (refs,))).fetchall()
    await keep_points(connection, list(dict.fromkeys(pair for (raw,) in rows for pair in points_of(read_event(raw)))))


async def erased_among(connection: psycopg.AsyncConnection[Any], refs: Iterable[CitizenRef]) -> dict[CitizenRef, datetime]:
    """Returns which of these were erased, and up to which moment."""
    by_uuid = {ref.uuid: ref for ref in refs}
    rows = await (
        await connection.execute("SELECT ref, erased_at FROM timeline.erased_ref WHERE ref = ANY(%s)", (list(by_uuid),))
    ).fetchall()
    return {by_uuid[ref]: erased_at for ref, erased_at in rows}
