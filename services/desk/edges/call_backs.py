"""Promises to phone in PostgreSQL: what was said of each, and what each is now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from desk.domain.call_backs import CallBack, Kind, Said, Whose, call_back_of
from service_runtime.database import Pool

_SAY: LiteralString = """
INSERT INTO desk.call_back_said
    (event_key, entry, kind, citizen, key_version, said_at, logged_at, matter, before, owner, confidential, kept_at)
SELECT * FROM unnest(
    %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
    %s::text[], %s::timestamptz[], %s::text[], %s::boolean[], %s::timestamptz[]
)
ON CONFLICT (event_key) DO NOTHING
"""
_SAID: LiteralString = """
SELECT event_key, entry, kind, citizen, key_version, said_at, logged_at, matter, before, owner, confidential, kept_at
FROM desk.call_back_said WHERE entry = ANY(%s)
"""
_CLEAR: LiteralString = "DELETE FROM desk.call_back WHERE entry = ANY(%s)"
_SET: LiteralString = """
INSERT INTO desk.call_back (entry, citizen, matter, before, owner, confidential, kept_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::boolean[], %s::timestamptz[])
"""
_FORGET_SAID: LiteralString = "DELETE FROM desk.call_back_said WHERE citizen = ANY(%s) AND logged_at <= %s RETURNING entry"
_FORGET_CONTACTS: LiteralString = "DELETE FROM desk.contact_in_hand WHERE citizen = ANY(%s) AND opened_at <= %s"
_OPEN: LiteralString = """
SELECT entry, citizen, matter, before, owner, confidential, kept_at FROM desk.call_back
WHERE kept_at IS NULL AND CASE %(whose)s
    WHEN 'mijn' THEN lower(owner) = lower(%(name)s)
    WHEN 'team' THEN owner IS NULL OR lower(owner) = ANY(%(teams)s)
    ELSE before < %(now)s END
ORDER BY before, entry LIMIT %(most)s
"""
_ONE: LiteralString = "SELECT entry, citizen, matter, before, owner, confidential, kept_at FROM desk.call_back WHERE entry = %s"
_COUNTS: LiteralString = """
SELECT count(*) FILTER (WHERE lower(owner) = lower(%(name)s)),
       count(*) FILTER (WHERE owner IS NULL OR lower(owner) = ANY(%(teams)s)),
       count(*) FILTER (WHERE before < %(now)s)
FROM desk.call_back WHERE kept_at IS NULL
"""


async def insert_said(connection: psycopg.AsyncConnection[Any], said: Sequence[Said]) -> int:
    """Keeps what events say of promises, once each, and derives the promises anew. Returns how many were new."""
    columns = [[getattr(one, name) for one in said] for name in Said.__dataclass_fields__]
    columns[2] = [one.kind.value for one in said]
    new = (await connection.execute(_SAY, columns)).rowcount
    await _derive(connection, {one.entry for one in said})
    return new


async def delete_said(connection: psycopg.AsyncConnection[Any], citizens: Sequence[UUID], until: datetime) -> dict[str, int]:
    """Forgets citizens until then: what was said, what was promised, and contacts in hand."""
    rows = await (await connection.execute(_FORGET_SAID, (list(citizens), until))).fetchall()
    await _derive(connection, {entry for (entry,) in rows})
    contacts = (await connection.execute(_FORGET_CONTACTS, (list(citizens), until))).rowcount
    return {"call_backs": len(rows), "contacts_in_hand": contacts}


async def _derive(connection: psycopg.AsyncConnection[Any], entries: set[UUID]) -> None:
    """Hands that bring words about one entry take turns at it, so that the last one sees them all."""
    if not entries:
        return
    for entry in sorted(entries):
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (f"call-back {entry}",))
    rows = await (await connection.execute(_SAID, (list(entries),))).fetchall()
    by_entry: dict[UUID, list[Said]] = defaultdict(list)
    for event_key, entry, kind, *rest in rows:
        by_entry[entry].append(Said(event_key, entry, Kind(kind), *rest))
    found = [call_back for said in by_entry.values() if (call_back := call_back_of(said)) is not None]
    await connection.execute(_CLEAR, (list(entries),))
    if found:
        await connection.execute(_SET, [[getattr(one, name) for one in found] for name in CallBack.__dataclass_fields__])


class PostgresCallBacks:
    """See the port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open_ones(self, whose: Whose, *, name: str, teams: frozenset[str], now: datetime, most: int) -> Sequence[CallBack]:
        asked = {"whose": whose.value, "name": name, "teams": [team.lower() for team in teams], "now": now, "most": most}
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_OPEN, asked)).fetchall()
        return [CallBack(*row) for row in rows]

    async def of(self, entry: UUID) -> CallBack | None:
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_ONE, (entry,))).fetchone()
        return None if row is None else CallBack(*row)

    async def counts(self, *, name: str, teams: frozenset[str], now: datetime) -> Mapping[Whose, int]:
        asked = {"name": name, "teams": [team.lower() for team in teams], "now": now}
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_COUNTS, asked)).fetchone()
        return dict(zip((Whose.MINE, Whose.TEAM, Whose.LATE), row or (0, 0, 0), strict=True))
