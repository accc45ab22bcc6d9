"""What a reader does with batches: rows, offsets and what is to be said become durable in one transaction (decision 5)."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import LiteralString, NamedTuple, Protocol
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from event_bus.forgetting import Covers, carried_before
from event_bus.forgetting.tables import erased_among, hold_together
from event_bus.handling import BatchHandler, HandledBy, NotWhole, by_topic, fault_name, handle_or_park, handle_whole
from event_bus.log_identity import LogReplaced
from event_bus.parking import said_of
from event_bus.positions import hold_partitions, lock_key
from event_bus.records import Batch, Handled, Record, ToPark, TopicPartition, ToSay
from event_bus.tables import headers_to_rows, text_to_row

HELD_BY_ANOTHER_WORKER = "held_by_another_worker"


class Reader(NamedTuple):
    """How a service reads: its name among readers, its schema, its topics, and what it makes of what arrives."""

    name: str
    schema: str
    topics: Sequence[str]
    handle: BatchHandler


class Fenced(Exception):
    """A stored position is not where this worker thinks: another worker owns the partition. Nothing was written."""


class KeeperAway(Exception):
    """The database is away or busy and nothing is known to be written. Try the same batches again."""


class TooManyParked(RuntimeError):
    """One after the other cannot be processed: the fault is ours, or the topic holds something else than we think."""

    def __init__(self, reader: str, topic: str, partition: int, most: int) -> None:
        super().__init__(
            f"{reader} could process none of the last {most} events of {topic}/{partition} and stopped before parking more: see "
            f"why with `plein parked list`, then start a version that reads them, or one with a higher limit"
        )


class Ingest(Protocol):
    """Where a stream worker brings its batches."""

    async def positions(self, log_id: str, begins: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """Returns where each partition stands in this log; one never read stands at its begin, and is noted so.

        Raises LogReplaced, or KeeperAway.
        """

    async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns where partitions stand in this log and notes nothing; one without a place in it is left out.

        Raises KeeperAway.
        """

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        """Makes the batches durable, all or none, and moves their positions; returns what became of each topic's records.

        May be called again with the same batches after KeeperAway: what was written after all is then refused as Fenced.
        Raises Fenced, KeeperAway, TooManyParked.
        """


class PostgresIngest:
    """One call is one transaction: the handler's rows, what is parked, what is to be said, and the positions.

    What is parked is also said on the parked neighbour of its topic; the service's relay brings it there. What an erasure
    covers is not parked: it would come back with every replay.

    A worker that was frozen in a transaction would keep its successor waiting, so a partition is held by an advisory
    lock, and who was given the partition ends the session of who holds it longer than `patience_ms`.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool,
        schema: str,
        reader: str,
        handle: BatchHandler,
        *,
        broker_durable: bool,
        max_parked_in_a_row: int = 200,
        on_commit: Callable[[], None] | None = None,
        patience_ms: int = 2000,
        covers: Covers = carried_before,
    ) -> None:
        self._pool = pool
        self._schema = schema
        self._reader = reader
        self._handle = handle
        self._broker_durable = broker_durable
        self._max_parked_in_a_row = max_parked_in_a_row
        self._on_commit = on_commit
        self._patience_ms = patience_ms
        self._covers = covers
        self._statements = _Statements(schema)

    async def positions(self, log_id: str, begins: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """See the port."""
        rows = [(self._reader, *source, log_id, begin) for source, begin in sorted(begins.items())]
        try:
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                await cursor.execute("SELECT set_config('lock_timeout', %s, true)", (f"{self._patience_ms}ms",))
                if self._broker_durable:
                    await cursor.execute(self._statements.other_log, (self._reader, [row[1] for row in rows], log_id))
                    if await cursor.fetchone() is not None:
                        raise LogReplaced(self._reader)
                await cursor.executemany(self._statements.begin_or_begin_again, rows)
                return await self._stored(cursor, log_id, [*begins])
        except psycopg.errors.LockNotAvailable:
            await self._end_who_holds(begins)
            raise KeeperAway(HELD_BY_ANOTHER_WORKER) from None
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as fault:
            raise KeeperAway(fault_name(fault)) from None

    async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """See the port."""
        try:
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                return await self._stored(cursor, log_id, sources)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as fault:
            raise KeeperAway(fault_name(fault)) from None

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        """See the port."""
        try:
            try:
                handled = await self._taken(log_id, batches, handle_whole)
            except NotWhole:
                handled = await self._taken(log_id, batches, handle_or_park)
        except psycopg.errors.LockNotAvailable:
            await self._end_who_holds(batch.source for batch in batches)
            raise KeeperAway(HELD_BY_ANOTHER_WORKER) from None
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as fault:
            raise KeeperAway(fault_name(fault)) from None
        if self._on_commit is not None:
            self._on_commit()
        return handled

    async def _taken(self, log_id: str, batches: Sequence[Batch], handled_by: HandledBy) -> dict[str, Handled]:
        """Returns what became of each topic's records once it is durable."""
        async with self._pool.connection() as connection:
            runs = await self._held(connection, log_id, batches)
            handled = {each.topic: await handled_by(connection, self._handle, each) for each in by_topic(batches)}
            if any(outcome.parked for outcome in handled.values()):
                handled = await self._without_erased(connection, handled)
            set_aside = [parked for outcome in handled.values() for parked in outcome.parked]
            runs = parked_in_a_row(self._reader, batches, set_aside, runs, most=self._max_parked_in_a_row)
            said = [said for outcome in handled.values() for said in outcome.say]
            said += await self._keep_parked(connection, log_id, set_aside)
            await keep_outgoing(connection, self._schema, said)
            await self._move(connection, log_id, batches, runs)
        return handled

    async def _held(
        self, connection: psycopg.AsyncConnection, log_id: str, batches: Sequence[Batch]
    ) -> dict[TopicPartition, int]:
        """Holds the partitions until the transaction ends and returns how many in a row each has parked. Raises Fenced."""
        sources = [batch.source for batch in batches]
        async with connection.pipeline(), connection.cursor() as cursor:
            await cursor.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)",
                (f"{self._patience_ms}ms", "30s"),
            )
            await hold_partitions(cursor, self._schema, self._reader, sources)
            await cursor.execute(
                self._statements.stored,
                (self._reader, log_id, [each.topic for each in sources], [each.partition for each in sources]),
            )
            rows = await cursor.fetchall()
        stands = {TopicPartition(row[0], row[1]): (row[2], row[3]) for row in rows}
        for batch in batches:
            if stands.get(batch.source, (None, 0))[0] != batch.expected_position:
                raise Fenced(f"{batch.topic}/{batch.partition} does not stand at {batch.expected_position}")
        return {source: run for source, (_, run) in stands.items()}

    async def _without_erased(self, connection: psycopg.AsyncConnection, handled: Mapping[str, Handled]) -> dict[str, Handled]:
        """Returns what became of records, without parking those that an erasure covers."""
        await hold_together(connection, self._schema)
        keys = {each.record.key for outcome in handled.values() for each in outcome.parked}
        erased = await erased_among(connection, self._schema, [UUID(bytes=key) for key in keys if key and len(key) == 16])
        return {topic: outcome.without(lambda each: self._is_erased(each.record, erased)) for topic, outcome in handled.items()}

    def _is_erased(self, record: Record, erased: Mapping[UUID, datetime]) -> bool:
        if record.key is None or len(record.key) != 16:
            return False
        erased_at = erased.get(UUID(bytes=record.key))
        carried_at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
        return erased_at is not None and self._covers(record.value, carried_at, erased_at)

    async def _keep_parked(self, connection: psycopg.AsyncConnection, log_id: str, parked: Sequence[ToPark]) -> list[ToSay]:
        """Keeps what is set aside and returns it as events to say, without what stood there already."""
        if not parked:
            return []
        async with connection.cursor() as cursor:
            rows = [self._parked_row(log_id, each) for each in parked]
            await cursor.executemany(self._statements.park, rows, returning=True)
            is_new = [result.rowcount > 0 async for result in cursor.results()]
        return [said_of(each, self._reader, log_id) for each, new in zip(parked, is_new, strict=True) if new]

    def _parked_row(self, log_id: str, each: ToPark) -> tuple[object, ...]:
        record = each.record
        headers = Jsonb(headers_to_rows(record.headers))
        place = (self._reader, record.topic, record.partition, record.offset, log_id)
        why = (text_to_row(each.reason), text_to_row(each.detail))
        return (*place, record.key, record.value, headers, _digest(record), *why)

    async def _move(
        self, connection: psycopg.AsyncConnection, log_id: str, batches: Sequence[Batch], runs: Mapping[TopicPartition, int]
    ) -> None:
        moved = await connection.execute(
            self._statements.move,
            (
                [batch.topic for batch in batches],
                [batch.partition for batch in batches],
                [batch.expected_position for batch in batches],
                [batch.next_offset for batch in batches],
                [runs[batch.source] for batch in batches],
                self._reader,
                log_id,
            ),
        )
        if moved.rowcount != len(batches):
            raise Fenced("a position moved in this very transaction")

    async def _stored(
        self, cursor: psycopg.AsyncCursor, log_id: str, sources: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        await cursor.execute(
            self._statements.stored,
            (self._reader, log_id, [each.topic for each in sources], [each.partition for each in sources]),
        )
        return {TopicPartition(row[0], row[1]): row[2] for row in await cursor.fetchall()}

    async def _end_who_holds(self, sources: Iterable[TopicPartition]) -> None:
        keys = [lock_key(self._schema, self._reader, source) for source in sources]
        try:
            async with self._pool.connection() as connection:
                await connection.execute(_END_HOLDERS, (keys,))
        except (psycopg.Error, PoolTimeout, PoolClosed):
            return  # the next attempt meets the same holder


def parked_in_a_row(
    reader: str, batches: Sequence[Batch], parked: Sequence[ToPark], runs: Mapping[TopicPartition, int], *, most: int
) -> dict[TopicPartition, int]:
    """Returns how many in a row each partition has parked after these batches. Raises TooManyParked."""
    if not parked:
        return dict.fromkeys(runs, 0)
    places = {(each.record.topic, each.record.partition, each.record.offset) for each in parked}
    after = {}
    for batch in batches:
        run = runs[batch.source]
        for record in batch.records:
            run = run + 1 if (batch.topic, batch.partition, record.offset) in places else 0
            if run > most:
                raise TooManyParked(reader, batch.topic, batch.partition, most)
        after[batch.source] = run
    return after


async def keep_outgoing(connection: psycopg.AsyncConnection, schema: str, events: Sequence[ToSay]) -> None:
    """Writes what is to be said in the caller's transaction. An event key that is known already is the same event."""
    if not events:
        return
    await connection.execute(
        _keep_outgoing(schema),
        (
            [event.event_key for event in events],
            [event.topic for event in events],
            [event.key for event in events],
            [event.value for event in events],
            [Jsonb(headers_to_rows(event.headers)) for event in events],
        ),
    )


@cache
def _keep_outgoing(schema: str) -> bytes:
    statement = sql.SQL(
        "INSERT INTO {}.outgoing (event_key, topic, key, value, headers)"
        " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bytea[], %b::bytea[], %b::jsonb[])"
        " ON CONFLICT (event_key) DO NOTHING"
    )
    return statement.format(sql.Identifier(schema)).as_bytes(None)


def _digest(record: Record) -> bytes:
    """Returns what tells one parked event from another; read again from another log it is the same one."""
    parts = (b"\x00" if part is None else b"\x01" + len(part).to_bytes(8, "big") + part for part in (record.key, record.value))
    return hashlib.sha256(b"".join(parts)).digest()


_END_HOLDERS = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND ((classid::bigint << 32) | objid::bigint) = ANY(%s::bigint[])
"""


class _Statements:
    def __init__(self, schema: str) -> None:
        def of(text: LiteralString) -> bytes:
            """Written out once: to put a statement together costs more than to run it."""
            return sql.SQL(text).format(schema=sql.Identifier(schema)).as_bytes(None)

        self.other_log = of(
            "SELECT 1 FROM {schema}.stream_position WHERE reader = %s AND topic = ANY(%s) AND log_id <> %s LIMIT 1"
        )
        self.begin_or_begin_again = of(
            "INSERT INTO {schema}.stream_position AS stood (reader, topic, partition, log_id, next_offset)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (reader, topic, partition) DO UPDATE"
            " SET log_id = excluded.log_id, next_offset = excluded.next_offset, parked_in_a_row = 0, moved_at = now()"
            " WHERE stood.log_id <> excluded.log_id"
        )
        self.stored = of(
            "SELECT topic, partition, next_offset, parked_in_a_row FROM {schema}.stream_position"
            " WHERE reader = %s AND log_id = %s AND (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
        )
        self.park = of(
            "INSERT INTO {schema}.parked (reader, topic, partition, record_offset, log_id, key, value, headers,"
            " content_digest, reason, detail) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT parked_once DO NOTHING RETURNING parked_id"
        )
        self.move = of(
            "UPDATE {schema}.stream_position AS stood SET next_offset = moved.next_offset, parked_in_a_row = moved.run,"
            " moved_at = now() FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::int[])"
            " AS moved(topic, partition, expected, next_offset, run)"
            " WHERE stood.reader = %s AND stood.log_id = %s AND stood.topic = moved.topic"
            " AND stood.partition = moved.partition AND stood.next_offset = moved.expected"
        )
