"""A process with a journal follows one topic for erasures, and forgets what it holds of them.

Every process has a journal of its own, so each reads the whole topic, without a group; how far stands in the journal.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.forgetting import Covers, Forgetting, Forgotten
from event_bus.journal import Journal, JournalFull
from event_bus.libraries import ask_seldom, is_cancelled
from event_bus.records import TopicPartition
from event_bus.settings import BrokerSettings, sign_in
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth

# A fetch waits at the broker until something comes, so following a quiet topic costs next to nothing.
_FETCH_WAIT_MS = 2_000
_LOOK_AT_THE_LOG_EVERY_S = 10.0
_LONGEST_WAIT_S = 10.0

log = get_logger()


class Following:
    """Follows `topic`; `read` returns what a record asks to forget, None for nearly all of them, and never raises.

    Neither a broker that is away nor a full journal ends it: it goes on from where the journal says.
    """

    name = "forgetting"

    def __init__(
        self,
        settings: BrokerSettings,
        topic: str,
        journal: Journal,
        read: Callable[[bytes | None], Forgetting | None],
        covers: Covers,
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._journal = journal
        self._read = read
        self._covers = covers
        self._view = BrokerView(settings)
        self._task: asyncio.Task[None] | None = None
        self._follows = False

    async def start(self) -> None:
        """Follows in the background; the journal must be open."""
        self._task = asyncio.create_task(self._follow_for_ever(), name="forgetting")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._view.close()

    async def ended(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task.result()

    def health(self) -> PartHealth:
        """Always ready: contacts are accepted, and what was missed is followed later."""
        return PartHealth(name=self.name, ready=True, detail={"follows": self._follows})

    async def told_of(self, erasure: UUID) -> Forgotten | None:
        """See `Tells`."""
        try:
            return await self._journal.told_of(erasure)
        except JournalFull as fault:
            raise ConnectionError(str(fault)) from None

    async def _follow_for_ever(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._follow_one_log()
                pause = 0.5
            except (BrokerAway, KafkaError, OSError, JournalFull, sqlite3.Error, asyncio.CancelledError) as fault:
                if is_cancelled():
                    raise
                self._follows = False
                log.warning("erasures_not_followed", topic=self._topic, reason=type(fault).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_WAIT_S)

    async def _follow_one_log(self) -> None:
        """Returns when the log is another one, or has more partitions."""
        log_id, partitions = await self._log()
        consumer = AIOKafkaConsumer(
            client_id="plein-forgetting",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            **sign_in(self._settings),
        )
        ask_seldom(consumer._client)
        await consumer.start()
        try:
            consumer.assign([KafkaPartition(*each) for each in partitions])
            for each, position in (await self._places(log_id, partitions)).items():
                consumer.seek(KafkaPartition(*each), position)
            loop = asyncio.get_running_loop()
            while (log_id, partitions) == await self._log():
                look_again_at = loop.time() + _LOOK_AT_THE_LOG_EVERY_S
                while loop.time() < look_again_at:
                    await self._forget_some(consumer, log_id)
                    self._follows = True
        except OffsetOutOfRangeError:
            log.warning("erasures_out_of_range", topic=self._topic)
        finally:
            await consumer.stop()

    async def _log(self) -> tuple[str, frozenset[TopicPartition]]:
        partitions = await self._view.partitions([self._topic])
        if not partitions:
            raise BrokerAway("the topic is not there yet")
        return await self._view.log_id(), partitions

    async def _places(self, log_id: str, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns where to go on. What the log no longer has was forgotten by age, here as there."""
        begins, ends = await self._view.begins(partitions), await self._view.ends(partitions)
        followed = await self._journal.followed(log_id)
        places = {}
        for each in partitions:
            stood = followed.get(each.partition, 0)
            is_lost = self._settings.broker_durable and stood > ends[each]
            places[each] = begins[each] if is_lost else max(begins[each], stood)
        return places

    async def _forget_some(self, consumer: AIOKafkaConsumer, log_id: str) -> None:
        fetched = await consumer.getmany(timeout_ms=_FETCH_WAIT_MS)
        if not fetched:
            return
        asked = [self._read(record.value) for records in fetched.values() for record in records]
        followed = {each.partition: records[-1].offset + 1 for each, records in fetched.items()}
        erasures = [each for each in asked if each is not None]
        await self._journal.forget(erasures, self._covers, log_id=log_id, followed=followed)
        if erasures:
            log.info("erasures_carried_out", count=len(erasures))
