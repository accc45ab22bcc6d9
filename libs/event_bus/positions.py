"""Moving a reader on purpose: for a replay, or past something that was lost and looked into."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from event_bus.records import TopicPartition


async def move_positions(
    connection: psycopg.AsyncConnection, schema: str, reader: str, log_id: str, positions: Mapping[TopicPartition, int]
) -> None:
    """Makes a reader stand where it is told, in the caller's transaction.

    A worker that is running is refused its next batch, reads the position again and goes on from there.
    """
    statement = sql.SQL(
        "INSERT INTO {}.stream_position (reader, topic, partition, log_id, next_offset) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (reader, topic, partition) DO UPDATE SET log_id = excluded.log_id,"
        " next_offset = excluded.next_offset, parked_in_a_row = 0, moved_at = now()"
    ).format(sql.Identifier(schema))
    async with connection.cursor() as cursor:
        await cursor.executemany(statement, [(reader, *each, log_id, position) for each, position in sorted(positions.items())])
