"""Links between references: history appended, and who is one person now derived from it."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

from contact_events.citizen_ref import CitizenRef
from contact_events.codec import read_event
from contact_events.facts import ReferencesLinked
from timeline.domain.landing import Arrived
from timeline.domain.links import Link, Reference, Undo, applied, person

Connection = psycopg.AsyncConnection[Any]

_KEEP_LINK: LiteralString = """
INSERT INTO timeline.link (event_id, link_id, one, other, logged_at, raw)
SELECT v.* FROM (VALUES (%s::uuid, %s::text, %s::uuid, %s::uuid, %s::timestamptz, %s::bytea)) v (id, link_id, one, other, at, raw)
WHERE NOT EXISTS (SELECT FROM timeline.erased_ref e WHERE e.ref IN (v.one, v.other) AND e.erased_at >= v.at)
ON CONFLICT DO NOTHING
"""
_KEEP_UNDO: LiteralString = """
INSERT INTO timeline.link_undone (event_id, link_id, citizen, other, logged_at, raw)
SELECT v.* FROM (VALUES (%s::uuid, %s::text, %s::uuid, %s::uuid, %s::timestamptz, %s::bytea)) v (id, link_id, one, other, at, raw)
WHERE NOT EXISTS (SELECT FROM timeline.erased_ref e WHERE e.ref IN (v.one, v.other) AND e.erased_at >= v.at)
ON CONFLICT DO NOTHING
"""
# Every link around some references, those undone included: what links meant can only be judged with all of them.
_AROUND: LiteralString = """
WITH RECURSIVE around (ref) AS (
    SELECT unnest(%s::uuid[])
    UNION
    SELECT unnest(ARRAY[l.one, l.other]) FROM around JOIN timeline.link l ON around.ref IN (l.one, l.other)
)
SELECT l.raw, l.landed_at, u.raw, u.landed_at
FROM (SELECT DISTINCT l.event_id FROM around JOIN timeline.link l ON around.ref IN (l.one, l.other)) found
JOIN timeline.link l USING (event_id)
LEFT JOIN LATERAL (
    SELECT u.raw, u.landed_at FROM timeline.link_undone u WHERE u.link_id = l.link_id ORDER BY u.landed_at, u.event_id LIMIT 1
) u ON true
"""
_ENDS: LiteralString = "SELECT one, other FROM timeline.link WHERE link_id = ANY(%s)"
_JOIN: LiteralString = """
INSERT INTO {} (ref, other, other_version, other_kind)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[]) ON CONFLICT DO NOTHING
"""


async def keep(connection: Connection, arrivals: Sequence[Arrived]) -> None:
    """Keeps links and undoings, and joins again whom they touch. The caller holds the landing lock alone."""
    refs: set[UUID] = set()
    link_ids = []
    for arrived in arrivals:
        event = arrived.event
        one, other = event.data.citizen.citizen_ref.uuid, event.data.other.citizen_ref.uuid
        parameters: tuple[Any, ...] = (arrived.key, event.data.link_id, one, other, event.logged_at, arrived.raw)
        if isinstance(event.data, ReferencesLinked):
            refs |= {one, other}
            await connection.execute(_KEEP_LINK, parameters)
        else:
            link_ids.append(event.data.link_id)
            await connection.execute(_KEEP_UNDO, parameters)
    if link_ids:
        for ends in await (await connection.execute(_ENDS, (link_ids,))).fetchall():
            refs.update(ends)
    await join_again(connection, refs)


async def links_around(connection: Connection, refs: Iterable[UUID]) -> tuple[Link, ...]:
    """Returns every link around these references, in order of when they were made."""
    rows = await (await connection.execute(_AROUND, (list(refs),))).fetchall()
    return tuple(sorted((link_of(*row) for row in rows), key=lambda link: (link.linked_at, link.key)))


async def join_again(connection: Connection, refs: set[UUID]) -> None:
    """Derives anew who is one person around these references."""
    links = await links_around(connection, refs)
    touched = refs | {reference.ref.uuid for link in links for reference in (link.one, link.other)}
    await connection.execute("DELETE FROM timeline.joined WHERE ref = ANY(%s)", (list(touched),))
    await keep_joined(connection, links)


async def keep_joined(connection: Connection, links: Iterable[Link], *, table: str = "joined") -> None:
    """Keeps who is one person by these links, given every link around each of them."""
    links = tuple(links)
    references = {reference.ref: reference for link in links for reference in (link.one, link.other)}
    holding = applied(links)
    rows = [
        (ref.uuid, other.uuid, other.key_version, references[other].kind)
        for ref in references
        for other in person({ref}, holding)
        if other != ref
    ]
    if rows:
        joined = sql.SQL(_JOIN).format(sql.Identifier("timeline", table))
        await connection.execute(joined, [list(column) for column in zip(*rows, strict=True)])


def link_of(raw: bytes, landed_at: Any, undone: bytes | None, undone_landed_at: Any) -> Link:
    """Returns a link as kept."""
    event = read_event(raw)
    data = event.data
    undo = None
    if undone is not None:
        undoing = read_event(undone)
        undo = Undo(undoing.key, undoing.data.reason, undoing.data.unlinked_by, undoing.data.unlinked_at, undone_landed_at)
    return Link(
        key=event.key,
        link_id=data.link_id,
        one=reference_of(data.citizen),
        other=reference_of(data.other),
        evidence=data.evidence,
        linked_by=data.linked_by,
        linked_at=data.linked_at,
        landed_at=landed_at,
        undone=undo,
    )


def reference_of(citizen: Any) -> Reference:
    return Reference(CitizenRef.from_text(citizen.ref), citizen.kind)
