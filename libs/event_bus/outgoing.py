"""What a service decided to say is a row first, in the transaction that decided it; the relay brings rows to the broker."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from event_bus.acceptance import KnowsItsLog
from event_bus.broker_view import BrokerAway
from event_bus.publisher import NotPublished, Publisher
from event_bus.records import ToSay
from event_bus.tables import headers_from_rows, headers_to_rows, stream_tables
from service_runtime import metrics
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth

MOST_IN_ONE_PUBLISH = 500
LOOK_EVERY_S = 1.0
LONGEST_WAIT_S = 10.0
LEARN_LOG_EVERY_S = 2.0
TIDY_EVERY_S = 3600

log = get_logger()


async def say_later(connection: AsyncConnection, schema: str, events: Sequence[ToSay]) -> None:
    """Writes what is to be said in the caller's transaction; call `relay.wake()` after its commit."""
    if not events:
        return
    outgoing = stream_tables(sa.MetaData(), schema).outgoing
    rows = [
        {
            "event_key": event.event_key,
            "topic": event.topic,
            "key": event.key,
            "value": event.value,
            "headers": headers_to_rows(event.headers),
        }
        for event in events
    ]
    await connection.execute(insert(outgoing).on_conflict_do_nothing(index_elements=["event_key"]), rows)


class Relay:
    """Publishes the rows of one schema in order, whoever wrote them; one relay at a time, however many processes run one.

    A row is noted under a log id learnt before it was published, so a broker that came back empty is said everything
    of the last seven days again. What the broker will never take stays as long, counted in the health, for an operator
    to see; what waits is never removed.
    """

    name = "relay"

    def __init__(self, pool: AsyncConnectionPool, schema: str, publisher: Publisher, broker: KnowsItsLog) -> None:
        self._pool = pool
        self._schema = schema
        self._publisher = publisher
        self._broker = broker
        self._log_id: str | None = None
        self._learnt_at = float("-inf")
        self._tidied_at = float("-inf")
        self._work = asyncio.Event()
        self._is_well = False
        self._count_waiting = 0
        self._count_refused = 0
        self._task: asyncio.Task[None] | None = None
        self._statements = _Statements(schema)

    async def start(self) -> None:
        """Starts publishing in the background; a broker or database that is away is waited for."""
        self._task = asyncio.create_task(self._relay_for_ever(), name="relay")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._broker.close()

    async def ended(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task.result()

    def wake(self) -> None:
        """Says that rows were committed. May be called from any coroutine of this process, as often as one likes."""
        self._work.set()

    def health(self) -> PartHealth:
        """Always ready: what the broker does not take waits in the table."""
        return PartHealth(
            name=self.name,
            ready=True,
            detail={"waiting": self._count_waiting, "refused": self._count_refused, "broker_answers": self._is_well},
        )

    async def _relay_for_ever(self) -> None:
        pause = LOOK_EVERY_S
        while True:
            self._work.clear()
            try:
                await self._learn_log_id()
                while await self._publish_some():
                    self._is_well = True
                await self._tidy()
                self._is_well = True
                pause = LOOK_EVERY_S
            except (BrokerAway, NotPublished, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as fault:
                self._is_well = False
                self._learnt_at = float("-inf")
                log.warning("relay_waited", schema=self._schema, reason=type(fault).__name__)
                pause = min(pause * 1.5, LONGEST_WAIT_S)
                await asyncio.sleep(min(pause, 0.25))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._work.wait()

    async def _learn_log_id(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._learnt_at < LEARN_LOG_EVERY_S:
            return
        log_id = await self._broker.log_id()
        self._learnt_at = now
        if log_id != self._log_id:
            self._publisher.begin_anew()
            async with self._pool.connection() as connection:
                again = (await connection.execute(self._statements.distrust, (log_id,))).rowcount
            if again:
                log.warning("broker_came_back_as_another", part=self.name, schema=self._schema, count=again)
            self._log_id = log_id

    async def _publish_some(self) -> bool:
        """Publishes the oldest rows that wait and notes it, in one transaction. Returns whether there were any."""
        async with self._pool.connection() as connection:
            if not await _is_alone(connection, self._schema):
                return False
            rows = await (await connection.execute(self._statements.waiting, (MOST_IN_ONE_PUBLISH,))).fetchall()
            if not rows:
                self._count(0)
                return False
            events = [ToSay(row[1], row[2], row[3], row[4], headers_from_rows(row[5])) for row in rows]
            try:
                await self._publisher.publish(events)
            except NotPublished as fault:
                if not fault.never:
                    raise
                await self._publish_one_by_one(connection, [row[0] for row in rows], events)
            else:
                await connection.execute(self._statements.note, (self._log_id, [row[0] for row in rows]))
            self._count(len(rows))
            return True

    async def _publish_one_by_one(self, connection: psycopg.AsyncConnection, seqs: list[int], events: list[ToSay]) -> None:
        """Finds the event that the broker will never take and sets it aside, so that it is not in the way of others."""
        for seq, event in zip(seqs, events, strict=True):
            try:
                await self._publisher.publish([event])
            except NotPublished as fault:
                if not fault.never:
                    raise
                metrics.events_refused_total.labels(topic=event.topic).inc()
                log.warning("event_refused_by_broker", schema=self._schema, topic=event.topic)
                await connection.execute(self._statements.refuse, (str(fault), seq))
                self._tidied_at = float("-inf")  # so that it is counted after the commit
            else:
                await connection.execute(self._statements.note, (self._log_id, [seq]))

    async def _tidy(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._tidied_at > TIDY_EVERY_S:
            async with self._pool.connection() as connection:
                forgotten, left = await _counts(connection, self._statements.forget)
            if forgotten:
                log.warning("refused_events_forgotten", schema=self._schema, count=forgotten)
            self._count_refused, self._tidied_at = left, now

    def _count(self, waiting: int) -> None:
        self._count_waiting = waiting
        metrics.outgoing_waiting.labels(schema=self._schema).set(waiting)


async def _is_alone(connection: psycopg.AsyncConnection, schema: str) -> bool:
    answered = await connection.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"{schema}.outgoing",))
    row = await answered.fetchone()
    return bool(row and row[0])


async def _counts(connection: psycopg.AsyncConnection, statement: sql.Composed) -> tuple[int, int]:
    row = await (await connection.execute(statement)).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


class _Statements:
    def __init__(self, schema: str) -> None:
        def of(text: str) -> sql.Composed:
            return sql.SQL(text).format(schema=sql.Identifier(schema))

        self.distrust = of("UPDATE {schema}.outgoing SET published_in = NULL WHERE published_in <> %s")
        self.waiting = of(
            "SELECT seq, topic, key, value, event_key, headers FROM {schema}.outgoing"
            " WHERE published_in IS NULL AND refused IS NULL ORDER BY seq LIMIT %s"
        )
        self.note = of("UPDATE {schema}.outgoing SET published_in = %s WHERE seq = ANY(%s)")
        self.refuse = of("UPDATE {schema}.outgoing SET refused = %s WHERE seq = %s")
        # Both counts are of refused rows: how many went now, and how many there are left.
        self.forget = of(
            "WITH gone AS (DELETE FROM {schema}.outgoing WHERE written_at < now() - interval '7 days'"
            " AND (published_in IS NOT NULL OR refused IS NOT NULL) RETURNING refused)"
            " SELECT (SELECT count(refused) FROM gone), (SELECT count(refused) FROM {schema}.outgoing)"
            " - (SELECT count(refused) FROM gone)"
        )
