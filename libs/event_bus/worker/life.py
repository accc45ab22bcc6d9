"""The life of a stream worker: what it owns, lets go of and tells of itself, and when it ends."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.ingest import Ingest
from event_bus.reading import GATHER_S, BatchReader
from event_bus.records import TopicPartition
from event_bus.settings import BrokerSettings
from event_bus.worker.on_faust import App
from service_runtime import metrics
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth

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
        self._app: App | None = None
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
            await self._app.tell(positions)

    async def rebalance_started(self) -> None:
        """Called by the consumer before partitions go to others: nothing more is taken (decision 35)."""
        self._without_partitions_since = time.monotonic()
        await self.tell(self._reading.hand_over())
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
            self._app = App(self._settings, self._topics, self, self._reading)
            await self._run(self._app)
        finally:
            self._reading.stop()
            stood = await self._reading.let_go(patience_s=STOP_PATIENCE_S)
            await self.tell(stood)
            if self._app is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_PATIENCE_S):
                        await self._app.stop()

    async def _run(self, app: App) -> None:
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
