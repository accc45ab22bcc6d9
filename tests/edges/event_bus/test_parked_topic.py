"""The whole way of poison: read by the real worker, set aside on PostgreSQL, said by the relay on the parked topic."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition
from psycopg_pool import AsyncConnectionPool

from engines import EMBEDDED, BrokerUnderTest, Engines
from event_bus.broker_view import BrokerView
from event_bus.ingest import PostgresIngest
from event_bus.outgoing import Relay
from event_bus.positions import move_positions
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import MAX_REQUEST_BYTES, KafkaPublisher
from event_bus.records import Arrivals, Handled, ToPark, TopicPartition, ToSay
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker

HEADERS = (("content-type", b"text/plain"), ("n", b"\x00\xff"))


@dataclass
class Town:
    """One reader of one topic on a broker and a database."""

    broker: BrokerUnderTest
    pool: AsyncConnectionPool
    topic: str

    @property
    def settings(self) -> BrokerSettings:
        return BrokerSettings(broker_servers=self.broker.address, broker_durable=self.broker.durable, broker_session_timeout_s=2)

    def provision(self) -> None:
        provision(self.settings, [TopicSpec(self.topic, 1, 3_600_000), TopicSpec(f"{self.topic}-parked", 1, 3_600_000)])

    async def publish(self, *values: bytes) -> None:
        publisher = KafkaPublisher(self.settings)
        for value in values:
            await publisher.publish([ToSay(self.topic, b"key", value, uuid.uuid4(), HEADERS)])
        await publisher.stop()

    async def log_id(self) -> str:
        view = BrokerView(self.settings)
        try:
            return await view.log_id()
        finally:
            view.close()

    def said(self) -> list[tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]]:
        """Returns what stands on the parked topic: (key, value, headers)."""
        consumer = KafkaConsumer(bootstrap_servers=self.broker.address)
        try:
            partition = KafkaPartition(f"{self.topic}-parked", 0)
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            found: list[tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]] = []
            while len(found) < consumer.end_offsets([partition])[partition]:
                for records in consumer.poll(timeout_ms=100).values():
                    found.extend((each.key, each.value, tuple(each.headers)) for each in records)
            return found
        finally:
            consumer.close()

    def values_said(self) -> list[bytes]:
        return [value for _, value, _ in self.said()]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The reader's life: everything that says to be poison, or is larger than most events, is set aside."""
        settings = self.settings
        publisher = KafkaPublisher(settings)
        relay = Relay(self.pool, "things", publisher, BrokerView(settings))
        ingest = PostgresIngest(
            self.pool, "things", self.topic, handle, broker_durable=settings.broker_durable, on_commit=relay.wake
        )
        worker = StreamWorker(settings, self.topic, [self.topic], ingest)
        await relay.start()
        await worker.start()
        try:
            yield
        finally:
            await worker.stop()
            await relay.stop()
            await publisher.stop()


async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
    parked = [
        ToPark(each, "unreadable", "a detail")
        for each in batch.records
        if (each.value or b"").startswith(b"poison") or len(each.value or b"") > 1000
    ]
    return Handled(kept=len(batch.records) - len(parked), parked=parked)


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not await asyncio.to_thread(is_so):
        assert time.monotonic() < deadline, "waited 30 s in vain"
        await asyncio.sleep(0.05)


@pytest.fixture
def town(broker: BrokerUnderTest, pool: AsyncConnectionPool) -> Town:
    made = Town(broker, pool, f"things-{uuid.uuid4().hex[:8]}")
    made.provision()
    return made


@pytest.fixture
def forgetful_town(engines: Engines, pool: AsyncConnectionPool) -> Iterator[Town]:
    """On an embedded broker of its own, to empty."""
    broker = engines.new_broker(EMBEDDED)
    broker.start()
    made = Town(broker, pool, f"things-{uuid.uuid4().hex[:8]}")
    made.provision()
    yield made
    broker.kill()


async def test_poison_ends_whole_on_the_parked_topic_and_once_also_when_it_is_read_again(town: Town) -> None:
    """The second reading begins at the first event, as `plein replay` makes it; what is new then is said after it."""
    await town.publish(b"good", b"poison", b"good")
    async with town.reading():
        await until(lambda: len(town.said()) == 1)

    log_id = await town.log_id()
    async with town.pool.connection() as connection:
        await move_positions(connection, "things", town.topic, log_id, {TopicPartition(town.topic, 0): 0})
    await town.publish(b"poison, another")
    async with town.reading():
        await until(lambda: b"poison, another" in town.values_said())

    said = town.said()
    assert [value for _, value, _ in said] == [b"poison", b"poison, another"]
    assert said[0][0] == b"key"
    assert said[0][2] == (
        *HEADERS,
        ("parked-reason", b"unreadable"),
        ("parked-reader", town.topic.encode()),
        ("parked-topic", town.topic.encode()),
        ("parked-partition", b"0"),
        ("parked-offset", b"1"),
        ("parked-log-id", log_id.encode()),
    )


async def test_poison_that_a_broker_forgot_and_was_sent_again_stands_once_on_the_new_log(forgetful_town: Town) -> None:
    """The relay says again what it said to the log that is gone, and what it said before it knew that the log is another.

    Both are the same events (decision 8); the second reading adds none.
    """
    town = forgetful_town
    await town.publish(b"poison")
    async with town.reading():
        await until(lambda: len(town.said()) == 1)
        town.broker.kill()
        await asyncio.to_thread(town.broker.start)
        town.provision()
        await town.publish(b"good", b"poison", b"poison, another")
        await until(lambda: b"poison, another" in town.values_said() and b"poison" in town.values_said())

    events = {(value, headers) for _, value, headers in town.said()}
    assert sorted(value for value, _ in events) == [b"poison", b"poison, another"]


async def test_poison_too_large_for_the_parked_topic_is_not_in_the_way_of_what_comes_after_it(town: Town) -> None:
    """With its reason it no longer fits. It is kept in the table, and the others are said."""
    largest = b"x" * (MAX_REQUEST_BYTES - 250)
    await town.publish(largest, b"poison")

    async with town.reading():
        await until(lambda: town.values_said() == [b"poison"])
        async with town.pool.connection() as connection:
            query = "SELECT length(value), refused FROM things.outgoing WHERE refused IS NOT NULL"
            kept = await (await connection.execute(query)).fetchall()

    assert kept == [(len(largest), "the broker did not acknowledge: MessageSizeTooLargeError")]
