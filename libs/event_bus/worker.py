"""The stream worker on Faust. The only module that imports faust.

Stock Faust hands out one event at a time and acknowledges events whose handler failed. Here its consumer gives whole
partition batches to a `BatchReader`, and the offsets that count are stored with the rows; Kafka is told them for lag
tools only (decisions 5 and 6).
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.ingest import Ingest
from event_bus.provision import group_of
from event_bus.reading import GATHER_S, BatchReader, PositionLost
from event_bus.records import Record, TopicPartition
from event_bus.settings import BrokerSettings, sign_in
from service_runtime import metrics
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth

MOST_RECORDS_A_FETCH = 20_000
FETCH_WAIT_MS = 50
LOOK_EVERY_S = 2.0
STALLED_AFTER_S = 60.0
STOP_PATIENCE_S = 5.0

log = get_logger()


class Stalled(RuntimeError):
    """There is something to read and nothing moved; a new process will do better (aiokafka issue 703)."""

    def __init__(self, reader: str, seconds: float) -> None:
        super().__init__(f"{reader} had events to read and read none for {seconds:.0f} s; it ends so that it is started anew")


class StreamWorker:
    """Reads topics as one member of the group `plein.<reader>` and brings every batch to the ingest.

    A broker or a database that is away is waited for. It ends, with a sentence, when only an operator can help: another
    log under a durable broker, a position outside the log, too much parked in a row, or a hang.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        reader: str,
        topics: Sequence[str],
        ingest: Ingest,
        *,
        stalled_after_s: float = STALLED_AFTER_S,
        gather_s: float = GATHER_S,
    ) -> None:
        """`gather_s` is how long records may wait for company: less is sooner, more is cheaper."""
        self.name = f"reader_{reader}"
        self._settings = settings
        self._topics = tuple(topics)
        self._stalled_after_s = stalled_after_s
        self._view = BrokerView(settings)
        self._reading = BatchReader(reader, ingest, self._view, broker_durable=settings.broker_durable, gather_s=gather_s)
        self._app: _App | None = None
        self._lag: dict[TopicPartition, int] = {}
        self._without_partitions_since: float | None = time.monotonic()
        self._told: Mapping[TopicPartition, int] = {}
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts reading in the background, also while the broker is away."""
        self._life = asyncio.create_task(self._live(), name=self.name)

    async def stop(self) -> None:
        """Lets what is being written end, tells Kafka where it stands, leaves the group."""
        if self._life is not None and not self._life.done():
            self._life.cancel()
        if self._life is not None:
            await asyncio.wait([self._life])
        self._view.close()

    async def ended(self) -> None:
        if self._life is None:
            await asyncio.Event().wait()
            return
        await asyncio.wait([self._life])
        if not self._life.cancelled():
            self._life.result()

    def health(self) -> PartHealth:
        """Ready when the place of every partition is known and the database answers."""
        reading = self._reading
        return PartHealth(
            name=self.name,
            ready=self._without_partitions_since is None and reading.is_placed and not reading.keeper_is_away,
            detail={
                "lag": sum(self._lag.values()),
                "partitions": len(reading.positions),
                "seconds_since_progress": round(time.time() - reading.last_progress_at, 1),
                "database_away": reading.keeper_is_away,
            },
        )

    async def tell(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commits positions to Kafka, for lag tools. Nothing depends on it, so a fault is no news."""
        if self._app is not None and positions:
            with suppress(KafkaError, IllegalStateError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._app.reading_consumer.tell(positions)

    async def rebalance_started(self) -> None:
        """Called by the consumer before partitions go to others: nothing stays in hand."""
        self._without_partitions_since = time.monotonic()
        stood = await self._reading.let_go(patience_s=self._settings.broker_session_timeout_s / 3)
        await self.tell(stood)
        self._forget_lag()

    def rebalance_ended(self, partitions: Iterable[TopicPartition]) -> None:
        """Called by the consumer with what this worker owns now, which may be nothing."""
        self._without_partitions_since = None
        owned = frozenset(partitions)
        log.info("partitions_assigned", reader=self._reading.reader, count=len(owned))
        self._reading.own(owned)

    async def _live(self) -> None:
        try:
            await self._wait_for_topics()
            self._without_partitions_since = time.monotonic()
            self._app = _App(self._settings, self._topics, self, self._reading)
            await self._run(self._app)
        finally:
            self._reading.stop()
            stood = await self._reading.let_go(patience_s=STOP_PATIENCE_S)
            await self.tell(stood)
            if self._app is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_PATIENCE_S):
                        await self._app.stop()

    async def _run(self, app: "_App") -> None:
        """Returns or raises when the first of Faust, the reading and the watch ends."""
        tasks = [
            asyncio.create_task(app.start()),
            asyncio.create_task(app.fault_of_reading()),
            asyncio.create_task(app.crashed_because()),
            asyncio.create_task(self._watch()),
        ]
        started, *others = tasks
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if started.done() and not started.exception() and not any(other.done() for other in others):
                await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
            for task in (*others, started):
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _wait_for_topics(self) -> None:
        while True:
            with suppress(BrokerAway):
                there = {each.topic for each in await self._view.partitions(self._topics)}
                if there >= set(self._topics):
                    return
                log.warning("topics_missing", reader=self._reading.reader, topics=sorted(set(self._topics) - there))
            await asyncio.sleep(0.5)

    async def _watch(self) -> None:
        """Measures lag on a connection of its own, notices another log, and ends a worker that hangs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            positions = self._reading.positions
            try:
                log_id = await self._view.log_id()
                ends = await self._view.ends(positions) if positions else {}
            except BrokerAway:
                self._reading.last_activity_at = time.monotonic()
                self._without_partitions_since = self._without_partitions_since and time.monotonic()
                continue
            if self._reading.log_id is not None and log_id != self._reading.log_id and positions:
                log.warning("broker_came_back_as_another", reader=self._reading.reader, log_id=log_id)
                self._reading.find_place_again()
                continue
            self._measure_lag(positions, ends)
            if self._settings.broker_durable and any(positions[each] > end for each, end in ends.items()):
                self._reading.find_place_again()
            self._end_when_stalled()
            if positions != self._told:
                await self.tell(positions)
                self._told = positions

    def _measure_lag(self, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
        self._lag = {each: max(0, end - positions[each]) for each, end in ends.items()}
        for each, lag in self._lag.items():
            metrics.stream_lag.labels(reader=self._reading.reader, topic=each.topic, partition=str(each.partition)).set(lag)

    def _forget_lag(self) -> None:
        for each in self._lag:
            with suppress(KeyError):
                metrics.stream_lag.remove(self._reading.reader, each.topic, str(each.partition))
        self._lag = {}

    def _end_when_stalled(self) -> None:
        now = time.monotonic()
        if not any(self._lag.values()):
            self._reading.last_activity_at = now if self._lag else self._reading.last_activity_at
        silent_s = now - self._reading.last_activity_at
        if any(self._lag.values()) and silent_s > self._stalled_after_s:
            raise Stalled(self._reading.reader, silent_s)
        waited_s = now - self._without_partitions_since if self._without_partitions_since is not None else 0
        if waited_s > self._stalled_after_s + self._settings.broker_session_timeout_s:
            raise Stalled(self._reading.reader, waited_s)


class _ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is untyped
    """Makes the Kafka client with settings that fit: nothing is reset silently, short waits, our own sign-in."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        settings: BrokerSettings = self.app.broker_settings
        session_ms = int(settings.broker_session_timeout_s * 1000)
        self._assignor = RoundRobinPartitionAssignor
        return AIOKafkaConsumer(
            client_id=f"plein-{self.app.conf.id}",
            group_id=self.app.conf.id,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=MOST_RECORDS_A_FETCH,
            # A database may be away for hours; that is no reason to leave the group.
            max_poll_interval_ms=24 * 3600 * 1000,
            max_partition_fetch_bytes=1_048_576,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=max(10_000, session_ms * 2),
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            rebalance_timeout_ms=max(10_000, session_ms),
            metadata_max_age_ms=10_000 if settings.broker_durable else 2_000,
            retry_backoff_ms=100,
            **sign_in(settings),
        )


class _Consumer(driver.Consumer):  # type: ignore[misc]  # faust is untyped
    """Faust's consumer with batches instead of single events. Where to read from is the reader's affair."""

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.app.worker.rebalance_started()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        self.app.worker.rebalance_ended(TopicPartition(*each) for each in assigned)

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


class _App(faust.App):  # type: ignore[misc]  # faust is untyped
    """A Faust application of one consumer: no web server, no tables, no producer, no folder."""

    BootStrategy = _Boot

    def __init__(self, settings: BrokerSettings, topics: Sequence[str], worker: StreamWorker, reading: BatchReader) -> None:
        self.broker_settings = settings
        self.worker = worker
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

    @property
    def reading_consumer(self) -> _Consumer:
        consumer: _Consumer = self.consumer
        return consumer

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
