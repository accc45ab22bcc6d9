"""Faust with batches instead of single events. The only module that imports faust.

Stock Faust hands out one event at a time and acknowledges events whose handler failed. Here its consumer gives whole
partition batches to a `BatchReader`, and Kafka is told offsets for lag tools only (decisions 5 and 6).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from event_bus.broker_view import BrokerAway
from event_bus.libraries import ask_seldom
from event_bus.provision import group_of
from event_bus.reading import BatchReader, PositionLost
from event_bus.records import Record, TopicPartition
from event_bus.settings import BrokerSettings, sign_in

MOST_RECORDS_A_FETCH = 20_000
# A partition with far more than the others, or one alone, still fills a hand; all together stay within what a small machine has.
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
FETCH_BYTES = 16 * 1024 * 1024
FETCH_WAIT_MS = 50
HEARTBEAT_MS = 300


class Owner(Protocol):
    """Who hears which partitions this process owns."""

    async def rebalance_started(self) -> None:
        """Called before partitions go to others; when it returns, nothing more of them is taken."""

    def rebalance_ended(self, partitions: Iterable[TopicPartition]) -> None:
        """Called with what this process owns now, which may be nothing."""


class _ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is untyped
    """Makes the Kafka client with settings that fit: nothing is reset silently, short waits, our own sign-in."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        settings: BrokerSettings = self.app.broker_settings
        session_ms = int(settings.broker_session_timeout_s * 1000)
        self._assignor = RoundRobinPartitionAssignor
        consumer = AIOKafkaConsumer(
            client_id=f"plein-{self.app.conf.id}",
            group_id=self.app.conf.id,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=MOST_RECORDS_A_FETCH,
            # A database may be away for hours; that is no reason to leave the group.
            max_poll_interval_ms=24 * 3600 * 1000,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=max(10_000, session_ms * 2),
            session_timeout_ms=session_ms,
            # With its answer comes the news of a rebalance, in which everybody waits for the last to hear.
            heartbeat_interval_ms=min(session_ms // 4, HEARTBEAT_MS),
            rebalance_timeout_ms=max(10_000, session_ms),
            metadata_max_age_ms=10_000 if settings.broker_durable else 2_000,
            retry_backoff_ms=100,
            **sign_in(settings),
        )
        ask_seldom(consumer._client)
        return consumer


class _Consumer(driver.Consumer):  # type: ignore[misc]  # faust is untyped
    """Faust's consumer with batches instead of single events. Where to read from is the reader's affair."""

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.app.owner.rebalance_started()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        self.app.owner.rebalance_ended(TopicPartition(*each) for each in assigned)

    async def perform_seek(self) -> None:
        """Does nothing: the committed offsets are for lag tools."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Does nothing: the worker's own watch does this with the broker's word."""

    async def _drain_messages(self, fetcher: Any) -> None:
        await self.app.read_for_ever(self)

    async def fetch(self, partitions: frozenset[TopicPartition], wait_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """See reading.Source."""
        if not self.flow_active:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self.can_resume_flow.wait()
            return {}
        try:
            fetched = await self._getmany({KafkaPartition(*each) for each in partitions}, wait_s)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as fault:
            raise PositionLost(type(fault).__name__) from None
        except KafkaError as fault:
            raise BrokerAway(type(fault).__name__) from None
        return {
            TopicPartition(each.topic, each.partition): [
                Record(found.topic, found.partition, found.offset, found.key, found.value, found.headers, found.timestamp)
                for found in records
            ]
            for each, records in fetched.items()
        }

    async def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """See reading.Source."""
        try:
            await self._thread.call_thread(self._seek_all, positions)
        except IllegalStateError:
            raise PositionLost("no longer assigned") from None

    async def _seek_all(self, positions: Mapping[TopicPartition, int]) -> None:
        consumer = self._thread._ensure_consumer()
        for each, position in positions.items():
            consumer.seek(KafkaPartition(*each), position)

    async def tell(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commits to Kafka."""
        offsets = {KafkaPartition(*each): OffsetAndMetadata(position, "") for each, position in positions.items()}
        await self._thread.call_thread(self._thread._ensure_consumer().commit, offsets)


class _Transport(driver.Transport):  # type: ignore[misc]  # faust is untyped
    Consumer = _Consumer


class _NoTables(TableManager):  # type: ignore[misc]  # faust is untyped
    """Faust's table manager without tables: it need not wait a second for some to turn up."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _Boot(faust.App.BootStrategy):  # type: ignore[misc]  # faust is untyped
    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class App(faust.App):  # type: ignore[misc]  # faust is untyped
    """A Faust application of one consumer: no web server, no tables, no producer, no folder."""

    BootStrategy = _Boot

    def __init__(self, settings: BrokerSettings, topics: Sequence[str], owner: Owner, reading: BatchReader) -> None:
        self.broker_settings = settings
        self.owner = owner
        self._reading = reading
        self._reading_fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        super().__init__(
            group_of(reading.reader),
            broker=[f"kafka://{server}" for server in settings.broker_server_list],
            loop=asyncio.get_running_loop(),
            autodiscover=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            key_serializer="raw",
            value_serializer="raw",
            store="memory://",
            TableManager=_NoTables,
            broker_session_timeout=settings.broker_session_timeout_s,
            broker_request_timeout=max(30.0, settings.broker_session_timeout_s * 2),
            stream_wait_empty=False,
        )
        self.topics.add(self.topic(*topics, key_type=bytes, value_type=bytes))

    async def tell(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commits positions to Kafka, for lag tools. Nothing depends on it, so a fault is no news."""
        with suppress(KafkaError, IllegalStateError, TimeoutError):
            async with asyncio.timeout(2):
                await self.consumer.tell(positions)

    async def read_for_ever(self, source: _Consumer) -> None:
        """Runs the reader; what it raises ends the worker instead of crashing Faust halfway."""
        try:
            await self._reading.read_for_ever(source)
        except Exception as fault:
            if not self._reading_fault.done():
                self._reading_fault.set_exception(fault)

    async def fault_of_reading(self) -> None:
        """Raises what ended the reading; waits for ever when nothing does."""
        await asyncio.shield(self._reading_fault)

    async def crashed_because(self) -> None:
        """Raises when Faust itself crashed; waits for ever otherwise."""
        await self._crashed.wait()
        raise RuntimeError(f"the Kafka client ended: {type(self.crash_reason).__name__}")

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker, self, loop=self.loop)

    def _create_directories(self) -> None:
        """Makes none: nothing is kept outside PostgreSQL."""
