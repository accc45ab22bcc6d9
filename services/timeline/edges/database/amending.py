"""Corrections and withdrawals: kept beside the entry, also before it comes; what pages are ordered and filtered by follows."""

from collections.abc import Collection, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

from contact_events.codec import read_event
from timeline.domain.entries import Amendment, Entry
from timeline.domain.landing import Arrived

_KEEP: LiteralString = """
INSERT INTO timeline.amendment (target, event_id, citizen, logged_at, raw)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::bytea[]) ON CONFLICT DO NOTHING
"""
_FIND: LiteralString = """
SELECT e.citizen, e.occurred_at, e.event_id, e.landed_at, e.raw, a.raws, a.landed_ats
FROM timeline.known_event k
JOIN {entry} e ON e.citizen = k.citizen AND e.event_id = k.event_id
CROSS JOIN LATERAL (
    SELECT array_agg(a.raw) AS raws, array_agg(a.landed_at) AS landed_ats FROM timeline.amendment a WHERE a.target = k.event_id
) a
WHERE k.event_id = ANY(%s)
"""
_MOVE: LiteralString = """
UPDATE {entry} e
SET occurred_at = m.now_at, matter = m.matter, confidential = m.confidential, changed_at = m.changed_at
FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::timestamptz[], %s::text[], %s::boolean[], %s::timestamptz[])
    AS m (citizen, was_at, event_id, now_at, matter, confidential, changed_at)
WHERE e.citizen = m.citizen AND e.occurred_at = m.was_at AND e.event_id = m.event_id
"""


async def amend(
    connection: psycopg.AsyncConnection[Any], amendments: Sequence[Arrived], amended_before: Collection[UUID]
) -> None:
    """Keeps these amendments and puts their entries, and those that found an amendment waiting, where they belong now."""
    targets = set(amended_before)
    if amendments:
        found = [Amendment(arrived.event, arrived.event.logged_at).target for arrived in amendments]
        targets.update(found)
        await connection.execute(
            _KEEP,
            (
                found,
                [arrived.key for arrived in amendments],
                [arrived.citizen.uuid for arrived in amendments],
                [arrived.event.logged_at for arrived in amendments],
                [arrived.raw for arrived in amendments],
            ),
        )
    await put_in_place(connection, sorted(targets))


async def put_in_place(connection: psycopg.AsyncConnection[Any], targets: Sequence[UUID], *, table: str = "entry") -> None:
    """Puts these entries where their words of now belong, those without an amendment (any more) too."""
    if not targets:
        return
    entry = sql.Identifier("timeline", table)
    moves = []
    for citizen, was_at, event_id, landed_at, raw, raws, landed_ats in await (
        await connection.execute(sql.SQL(_FIND).format(entry=entry), (list(targets),))
    ).fetchall():
        amendments = [Amendment(read_event(amended), at) for amended, at in zip(raws or (), landed_ats or (), strict=True)]
        now = Entry.assembled(read_event(raw), landed_at, amendments)
        moves.append((citizen, was_at, event_id, now.words.occurred_at, now.words.matter, now.words.confidential, now.changed_at))
    if moves:
        await connection.execute(sql.SQL(_MOVE).format(entry=entry), [list(column) for column in zip(*moves, strict=True)])
