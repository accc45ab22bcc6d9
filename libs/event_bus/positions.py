"""Where a reader stands in a log, and moving it on purpose: for a replay, or past something that was lost and looked into."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from event_bus.records import TopicPartition


class Stood(NamedTuple):
    """A stored position, and the log it counts in."""

    log_id: str
    next_offset: int


class Move(NamedTuple):
    """A partition goes from `stood`, None when it has no place in this log, to `to`; `again` events are read from there."""

    source: TopicPartition
    stood: int | None
    to: int
    again: int


def moves_back(
    stored: Mapping[TopicPartition, Stood],
    log_id: str,
    begins: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    since: Mapping[TopicPartition, int] | None = None,
    *,
    broker_durable: bool = True,
) -> tuple[Move, ...]:
    """Returns how each partition of this log goes back to its begin, or to `since` where its reader stands beyond that.

    Nothing goes forward over what was not read: that would lose it. What has no place in this log, because it counted in
    another one, or because this one begins later or ends earlier, goes to the begin; repeats are harmless (decision 8). A log
    that is not durable cannot end earlier under the same id, and the embedded broker understates its ends.
    """
    moves = []
    for source, begin in sorted(begins.items()):
        end = max(begin, ends[source])
        at = stored.get(source)
        if at is not None and at.log_id == log_id and not broker_durable:
            end = max(end, at.next_offset)
        if at is None or at.log_id != log_id or not begin <= at.next_offset <= end:
            moves.append(Move(source, None, begin, end - begin))
            continue
        to = min(at.next_offset, begin if since is None else since[source])
        moves.append(Move(source, at.next_offset, to, at.next_offset - to))
    return tuple(moves)


async def stored_positions(connection: psycopg.AsyncConnection[Any], schema: str, reader: str) -> dict[TopicPartition, Stood]:
    """Returns every stored position of a reader."""
    statement = sql.SQL("SELECT topic, partition, log_id, next_offset FROM {}.stream_position WHERE reader = %s")
    rows = await (await connection.execute(statement.format(sql.Identifier(schema)), (reader,))).fetchall()
    return {TopicPartition(topic, partition): Stood(log_id, next_offset) for topic, partition, log_id, next_offset in rows}


async def move_positions(
    connection: psycopg.AsyncConnection[Any], schema: str, reader: str, log_id: str, positions: Mapping[TopicPartition, int]
) -> None:
    """Makes a reader stand where it is told, in the caller's transaction, after what a worker has in hand.

    A worker that is running is refused its next batch, or notices when it has none, reads the position again and goes on
    from there.
    """
    statement = sql.SQL(
        "INSERT INTO {}.stream_position (reader, topic, partition, log_id, next_offset) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (reader, topic, partition) DO UPDATE SET log_id = excluded.log_id,"
        " next_offset = excluded.next_offset, parked_in_a_row = 0, moved_at = now()"
    ).format(sql.Identifier(schema))
    async with connection.cursor() as cursor:
        await hold_partitions(cursor, schema, reader, positions)
        await cursor.executemany(statement, [(reader, *each, log_id, position) for each, position in sorted(positions.items())])


async def forget_positions(
    connection: psycopg.AsyncConnection[Any], schema: str, reader: str, sources: Iterable[TopicPartition]
) -> None:
    """Forgets where a reader stood in partitions that its log no longer has, in the caller's transaction."""
    gone = list(sources)
    statement = sql.SQL(
        "DELETE FROM {}.stream_position WHERE reader = %s AND (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
    ).format(sql.Identifier(schema))
    await connection.execute(statement, (reader, [each.topic for each in gone], [each.partition for each in gone]))


async def hold_partitions(cursor: psycopg.AsyncCursor[Any], schema: str, reader: str, sources: Iterable[TopicPartition]) -> None:
    """Holds partitions until the transaction ends; always in one order, so that two that hold several never wait in a ring."""
    keys = sorted(lock_key(schema, reader, source) for source in sources)
    await cursor.execute("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key", (keys,))


def lock_key(schema: str, reader: str, source: TopicPartition) -> int:
    """Returns the number of the advisory lock of one reader's partition."""
    named = f"{schema}\x00{reader}\x00{source.topic}\x00{source.partition}"
    return int.from_bytes(hashlib.blake2b(named.encode(), digest_size=8).digest(), "big", signed=True)
