# ruff: noqa: S608 - only constants of this module are put together
"""What is new goes in: in one statement when it is little, by COPY when it is much; repeats are decided for ever."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, LiteralString

import psycopg

from timeline.domain.entries import Words
from timeline.domain.landing import Arrived
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

Connection = psycopg.AsyncConnection[Any]

# From here on copying costs less, in spite of its round trips.
MANY = 250

_NOT_ERASED: LiteralString = """
NOT EXISTS (SELECT FROM timeline.erased_ref e WHERE e.ref = s.citizen AND e.erased_at >= s.logged_at)
"""
# What is not new, or is erased, or was amended before it came, comes back by its place.
_EXCEPTIONS: LiteralString = """
SELECT s.place, known.event_id IS NOT NULL
FROM landing s LEFT JOIN known USING (event_id)
WHERE known.event_id IS NULL OR EXISTS (SELECT FROM timeline.amendment a WHERE a.target = s.event_id)
"""
_KEEP_KNOWN: LiteralString = f"""
known AS (
    INSERT INTO timeline.known_event (event_id, content_digest, citizen)
    SELECT event_id, content_digest, citizen FROM landing s WHERE {_NOT_ERASED}
    ON CONFLICT DO NOTHING RETURNING event_id
)
"""
_KEEP_FEW: LiteralString = f"""
WITH landing (place, event_id, content_digest, citizen, logged_at) AS (
    SELECT * FROM unnest(%s::int[], %b::uuid[], %b::bytea[], %b::uuid[], %b::timestamptz[])
), {_KEEP_KNOWN}, entered AS (
    INSERT INTO timeline.entry (citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw)
    SELECT s.citizen, e.occurred_at, s.event_id, s.logged_at, e.key_version, e.confidential, e.channel, e.matter, e.raw
    FROM unnest(%s::int[], %b::timestamptz[], %s::smallint[], %b::bool[], %s::text[], %s::text[], %b::bytea[])
        AS e (place, occurred_at, key_version, confidential, channel, matter, raw)
    JOIN landing s USING (place) JOIN known USING (event_id)
)
{_EXCEPTIONS}
"""
_KEEP_STAGED: LiteralString = f"WITH landing AS (SELECT * FROM pg_temp.landing), {_KEEP_KNOWN} {_EXCEPTIONS}"
# Looked up each by itself (see landing._JUDGE), and what is new is copied: cheaper than what decides row by row.
LOOK_UP: LiteralString = f"""
SELECT place, is_new FROM (
    SELECT s.place,
        (SELECT false FROM timeline.known_event k WHERE k.event_id = s.event_id) IS NULL AND {_NOT_ERASED} AS is_new,
        EXISTS (SELECT FROM timeline.amendment a WHERE a.target = s.event_id) AS is_amended
    FROM pg_temp.landing s
) AS looked_up WHERE NOT is_new OR is_amended
"""


async def keep_few(connection: Connection, arrivals: Collection[Arrived]) -> dict[int, bool]:
    """Keeps keys and entries of what is new, in one round trip; see `keep_many`. May be part of a pipeline."""
    found = await connection.execute(_KEEP_FEW, _few(arrivals))
    return dict(await found.fetchall())


async def keep_many(connection: Connection, arrivals: Collection[Arrived]) -> dict[int, bool]:
    """Keeps keys and entries of what is new. Returns by its place what is not, as False, and what was amended before, as True.

    Of two batches that bring the same event at the same moment the later one waits, and then decides row by row.
    """
    async with connection.pipeline():
        await connection.execute(CREATE_STAGING)
        await connection.execute(EMPTY_STAGING)
    await _copy(connection, COPY_STAGING, staged(arrivals))
    exceptions = await _know_many(connection, arrivals)
    made = [each for each in arrivals if each.is_entry and exceptions.get(each.place, True)]
    if made:
        await _copy(connection, COPY_ENTRIES, entries(made))
    return exceptions


async def _know_many(connection: Connection, arrivals: Collection[Arrived]) -> dict[int, bool]:
    looked_up = await connection.execute(LOOK_UP, prepare=False)  # planned anew: batches differ a thousandfold in size
    exceptions: dict[int, bool] = dict(await looked_up.fetchall())
    with suppress(psycopg.errors.UniqueViolation):
        async with connection.transaction():
            await _copy(connection, COPY_KNOWN, known(each for each in arrivals if exceptions.get(each.place, True)))
        return exceptions
    decided = await connection.execute(_KEEP_STAGED, prepare=False)  # likewise
    return dict(await decided.fetchall())


async def _copy(connection: Connection, statement: LiteralString, rows: bytes) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(rows)


def _few(arrivals: Collection[Arrived]) -> tuple[list[Any], ...]:
    made = [each for each in arrivals if each.is_entry]
    words = [Words.of(each.event.data) for each in made]
    return (
        [each.place for each in arrivals],
        [each.key for each in arrivals],
        [each.digest for each in arrivals],
        [each.citizen.uuid for each in arrivals],
        [each.event.logged_at for each in arrivals],
        [each.place for each in made],
        [each.occurred_at for each in words],
        [each.citizen.key_version for each in made],
        [each.confidential for each in words],
        [each.event.data.channel for each in made],
        [each.matter for each in words],
        [each.raw for each in made],
    )
