"""Accepted means durable (decision 7): an adapter says yes only after this said so, and what it said yes to arrives."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, Protocol
from uuid import UUID

from event_bus.broker_view import BrokerAway
from event_bus.journal import Accepting, Journal, JournalFull, Verdict
from event_bus.publisher import NotPublished, Publisher
from event_bus.records import ToSay
from service_runtime import metrics
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth

MOST_IN_ONE_PUBLISH = 500
LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 3600
LONGEST_WAIT_S = 10.0

log = get_logger()


class NotAccepted(Exception):
    """Neither the journal nor the broker could take the events: answer 503, the sender keeps them."""


class KnowsItsLog(Protocol):
    """Says which log the broker carries now. Who is given one, for itself alone, closes it at its own end."""

    async def log_id(self) -> str:
        """Returns the id, or raises BrokerAway."""

    def close(self) -> None:
        """Lets the connection go. May be called twice; does not block."""


class Acceptance:
    """Journals, publishes, and goes on publishing what the broker missed; says everything again to a broker that came back empty.

    The log id that is noted with a publication is one learnt before it, so that a broker replaced meanwhile is said
    everything again; saying twice is harmless (decision 8).
    """

    name = "acceptance"

    def __init__(
        self, journal: Journal, publisher: Publisher, broker: KnowsItsLog, *, broker_durable: bool, ack_timeout_ms: int
    ) -> None:
        self._journal = journal
        self._publisher = publisher
        self._broker = broker
        self._broker_durable = broker_durable
        self._ack_timeout_s = ack_timeout_ms / 1000
        self._log_id: str | None = None
        self._broker_is_behind = True
        self._journal_is_full = False
        self._count_waiting = 0
        self._under_way: set[UUID] = set()
        self._publishing: set[asyncio.Task[None]] = set()
        self._acknowledged: list[tuple[UUID, str]] = []
        self._refused: set[UUID] = set()
        self._look = asyncio.Event()
        self._drainer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Opens the journal and starts draining what an earlier life left in it."""
        await self._journal.start()
        self._drainer = asyncio.create_task(self._drain_for_ever(), name="journal-drainer")

    async def stop(self) -> None:
        """Leaves what is not acknowledged in the journal for the next start."""
        if self._drainer is not None:
            self._drainer.cancel()
            with suppress(asyncio.CancelledError):
                await self._drainer
        if self._publishing:
            await asyncio.wait(self._publishing, timeout=2)
        with suppress(JournalFull):
            await self._note_acknowledged()
        self._broker.close()
        await self._journal.stop()

    async def ended(self) -> None:
        if self._drainer is not None:
            await asyncio.wait([self._drainer])
            self._drainer.result()

    def health(self) -> PartHealth:
        """Ready unless neither journal nor broker takes events."""
        return PartHealth(
            name=self.name,
            ready=not (self._journal_is_full and (self._broker_is_behind or not self._broker_durable)),
            detail={
                "waiting": self._count_waiting,
                "broker_behind": self._broker_is_behind,
                "journal_full": self._journal_is_full,
            },
        )

    async def accept(self, submissions: Sequence[Accepting]) -> list[Verdict]:
        """Returns a verdict on each once all are durable. Raises NotAccepted; then none may be called accepted."""
        try:
            judged = await self._journal.accept(submissions)
        except JournalFull:
            return await self._accept_by_the_broker_alone(submissions)
        self._journal_is_full = False
        new = [said for each in judged for said in each.new]
        if new and not self._broker_is_behind:
            await self._publish_soon(new)
        elif new:
            self._look.set()
        return [each.verdict for each in judged]

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        """Returns where an event is, as far as this adapter knows."""
        if any(event_key == key for key, _ in self._acknowledged):
            return "passed_on"
        return await self._journal.state_of(event_key)

    async def _accept_by_the_broker_alone(self, submissions: Sequence[Accepting]) -> list[Verdict]:
        self._journal_is_full = True
        self._look.set()
        if not self._broker_durable:
            raise NotAccepted("the journal has no room, and the broker keeps nothing when it stops")
        try:
            judged = await self._journal.judge(submissions)
            async with asyncio.timeout(self._ack_timeout_s):
                await self._publisher.publish([said for each in judged for said in each.new])
        except JournalFull:
            raise NotAccepted("the journal has no room and cannot be read") from None
        except (NotPublished, TimeoutError):
            raise NotAccepted("the journal has no room, and the broker does not answer") from None
        return [each.verdict for each in judged]

    async def _publish_soon(self, new: list[ToSay]) -> None:
        """Waits for the broker's answer up to the time-out; the events are durable either way."""
        publishing = asyncio.create_task(self._publish(new))
        self._publishing.add(publishing)
        publishing.add_done_callback(self._publishing.discard)
        done, _ = await asyncio.wait([publishing], timeout=self._ack_timeout_s)
        if not done:
            self._broker_is_behind = True

    async def _publish(self, events: list[ToSay]) -> None:
        log_id = self._log_id
        keys = {event.event_key for event in events}
        self._under_way |= keys
        try:
            await self._publisher.publish(events)
            if log_id is not None:
                self._acknowledged.extend((key, log_id) for key in keys)
        except NotPublished:
            self._broker_is_behind = True
            self._look.set()
        finally:
            self._under_way -= keys

    async def _drain_for_ever(self) -> None:
        pause = LOOK_EVERY_S
        tidied_at = 0.0
        while True:
            self._look.clear()
            try:
                await self._learn_log_id()
                await self._note_acknowledged()
                await self._drain()
                if time.monotonic() - tidied_at > TIDY_EVERY_S or self._journal_is_full:
                    await self._journal.forget_old()
                    tidied_at = time.monotonic()
                self._broker_is_behind = False
                self._journal_is_full = False
                pause = LOOK_EVERY_S
            except (BrokerAway, NotPublished) as fault:
                self._broker_is_behind = True
                log.warning("broker_did_not_answer", part=self.name, reason=type(fault).__name__)
                pause = min(pause * 1.5, LONGEST_WAIT_S)
            except JournalFull:
                self._journal_is_full = True
                log.warning("journal_found_full", part=self.name)
            with suppress(JournalFull):
                await self._count()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._look.wait()
            if self._broker_is_behind:
                # Being woken by every sender must not turn the back-off into a storm of questions.
                await asyncio.sleep(min(pause, 0.25))

    async def _learn_log_id(self) -> None:
        log_id = await self._broker.log_id()
        if log_id != self._log_id:
            self._publisher.begin_anew()
            again = await self._journal.distrust_other_logs(log_id)
            if again:
                self._broker_is_behind = True
                log.warning("broker_came_back_as_another", part=self.name, count=again)
            self._log_id = log_id

    async def _drain(self) -> None:
        assert self._log_id is not None
        after = 0
        while rows := await self._journal.waiting(MOST_IN_ONE_PUBLISH, after=after):
            after = rows[-1][0]
            passed_over = self._under_way | self._refused | {key for key, _ in self._acknowledged}
            not_under_way = [said for _, said in rows if said.event_key not in passed_over]
            for events in _portions(not_under_way):
                await self._publish_again(events, self._log_id)

    async def _publish_again(self, events: list[ToSay], log_id: str) -> None:
        try:
            await self._publisher.publish(events)
        except NotPublished as fault:
            if not fault.never:
                raise
            if len(events) > 1:
                for event in events:
                    await self._publish_again([event], log_id)
                return
            # Kept in the journal and counted as waiting, but not in the way of the others.
            self._refused.add(events[0].event_key)
            metrics.events_refused_total.labels(topic=events[0].topic).inc()
            log.warning("event_refused_by_broker", topic=events[0].topic)
            return
        await self._journal.mark_published([event.event_key for event in events], log_id)

    async def _note_acknowledged(self) -> None:
        noted, self._acknowledged = self._acknowledged, []
        by_log: dict[str, list[UUID]] = {}
        for key, log_id in noted:
            by_log.setdefault(log_id, []).append(key)
        for log_id, keys in by_log.items():
            if log_id == self._log_id:
                await self._journal.mark_published(keys, log_id)

    async def _count(self) -> None:
        self._count_waiting = await self._journal.count_waiting() - len(self._acknowledged)
        metrics.journal_waiting.set(self._count_waiting)


def _portions(events: list[ToSay], most_bytes: int = 4_000_000) -> list[list[ToSay]]:
    """Cuts events into portions that a producer's buffer holds."""
    portions: list[list[ToSay]] = []
    size = most_bytes
    for event in events:
        if size + len(event.value) > most_bytes:
            portions.append([])
            size = 0
        portions[-1].append(event)
        size += len(event.value)
    return portions
