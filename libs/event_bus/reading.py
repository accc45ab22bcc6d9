"""The driver of a stream worker: takes whole partition batches to where they become durable, in order, none skipped.

It knows no Kafka client. Each partition is in at most one hand at a time; several hands work at once, so that one
batch is prepared while another is being written, and what comes after them is fetched meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_when_event_set, wait_random_exponential

from event_bus.broker_view import BrokerAway
from event_bus.dealing import ENOUGH_A_HAND, dealt
from event_bus.ingest import Fenced, Ingest, KeeperAway
from event_bus.log_identity import LogBeginsLater, LogEndsEarlier
from event_bus.records import Batch, Handled, Record, TopicPartition
from service_runtime import metrics
from service_runtime.logging import get_logger

HANDS = 2
# A hand of few records costs nearly as much as one of many, so the next one waits a moment for company.
GATHER_S = 0.02
FEW_RECORDS = 200
IDLE_WAIT_S = 1.0
BUSY_WAIT_S = 0.02
LONGEST_RETRY_S = 3.0
# What has work is refused its batch when it was moved; what has none has to look.
LOOK_FOR_MOVES_S = 2.0

log = get_logger()


class LogView(Protocol):
    """What the broker says of itself; see BrokerView."""

    async def log_id(self) -> str: ...
    async def begins(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]: ...


class PositionLost(Exception):
    """The source cannot read on from where it stands, or no longer has the partition. Find the place again."""


class Source(Protocol):
    """Where records come from."""

    async def fetch(self, partitions: frozenset[TopicPartition], wait_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """Returns the next records of these partitions, possibly none, after `wait_s` at most. Raises PositionLost."""

    async def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """Makes fetch go on from these positions. Raises PositionLost."""


class BatchReader:
    """Reads what it owns from the stored positions on. `own` and `let_go` may be called at any moment."""

    def __init__(
        self, reader: str, ingest: Ingest, view: LogView, *, broker_durable: bool, hands: int = HANDS, gather_s: float = GATHER_S
    ) -> None:
        self.reader = reader
        self._broker_durable = broker_durable
        self._ingest = ingest
        self._view = view
        self._most_hands = hands
        self._gather_s = gather_s
        self._gather_until = 0.0
        self._look_for_moves_at = 0.0
        self._owned: frozenset[TopicPartition] = frozenset()
        self._owned_changed = asyncio.Event()
        self._positions: dict[TopicPartition, int] = {}
        # At most one fetch of each partition, so that a slow database bounds what is held.
        self._ahead: dict[TopicPartition, Sequence[Record]] = {}
        self._in_hand: dict[asyncio.Task[None], frozenset[TopicPartition]] = {}
        self._letting_go = asyncio.Event()
        self._stopping = False
        self._fatal: BaseException | None = None
        self.log_id: str | None = None
        self.last_progress_at = time.time()
        self.last_activity_at = time.monotonic()
        self.keeper_is_away = False

    @property
    def positions(self) -> Mapping[TopicPartition, int]:
        """Where this worker stands: everything before is durable."""
        return dict(self._positions)

    @property
    def is_placed(self) -> bool:
        """Says whether the place of everything owned is known."""
        return self._owned <= self._positions.keys()

    def own(self, partitions: Iterable[TopicPartition]) -> None:
        """Takes exactly these partitions from now on, each from its stored position."""
        self._lose_places()
        self._owned = frozenset(partitions)
        self._letting_go.clear()
        self._owned_changed.set()
        self.last_activity_at = time.monotonic()

    def hand_over(self) -> Mapping[TopicPartition, int]:
        """Takes nothing more and owns nothing from now on. Returns the positions then.

        What is in hand is still written, and read by nobody here before that; who owns its partition next waits for it, or
        is refused the same records.
        """
        self._letting_go.set()
        self._owned = frozenset()
        stood = dict(self._positions)
        self._lose_places()
        return stood

    async def let_go(self, *, patience_s: float) -> Mapping[TopicPartition, int]:
        """Lets what is being written end, cuts it off after `patience_s`, and owns nothing after. Returns the positions then.

        What is cut off is either durable with its position or not at all.
        """
        self._letting_go.set()
        self._owned = frozenset()
        if self._in_hand:
            _, late = await asyncio.wait([*self._in_hand], timeout=patience_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=patience_s)
        return self.hand_over()

    def find_place_again(self) -> None:
        """Reads the stored positions again before the next batch: the log is another one than it was."""
        self._lose_places()
        self._owned_changed.set()

    def stop(self) -> None:
        """Makes `read_for_ever` return soon."""
        self._stopping = True
        self._letting_go.set()
        self._owned_changed.set()

    async def read_for_ever(self, source: Source) -> None:
        """Reads until `stop`. Raises what nobody but an operator can mend; everything else is tried again."""
        wait_s = 0.1
        while not self._stopping:
            if self._fatal is not None:
                raise self._fatal
            self._owned_changed.clear()
            try:
                await self._find_place(source)
                await self._read_once(source)
                wait_s = 0.1
            except (BrokerAway, KeeperAway, PositionLost) as fault:
                self.last_activity_at = time.monotonic()
                self.keeper_is_away = isinstance(fault, KeeperAway)
                log.warning("reader_waited", reader=self.reader, reason=type(fault).__name__, wait_seconds=round(wait_s, 1))
                self._lose_places()
                await self._wait_for_change(wait_s)
                wait_s = min(wait_s * 2, LONGEST_RETRY_S)

    async def _find_place(self, source: Source) -> None:
        """Seeks what has no place yet to its stored position, after comparing that with what the log holds.

        A log that is not durable cannot end earlier under the same id, and the embedded broker understates its ends.
        """
        missing = self._owned - self._positions.keys() - self._held()
        if not missing or self._letting_go.is_set():
            return
        owned = self._owned
        log_id = await self._view.log_id()
        begins, ends = await self._view.begins(missing), await self._view.ends(missing)
        if await self._view.log_id() != log_id:
            raise BrokerAway("the broker was replaced while it was asked")
        stored = await self._ingest.positions(log_id, begins)
        self.keeper_is_away = False
        for source_of, position in stored.items():
            if self._broker_durable and position > ends[source_of]:
                raise LogEndsEarlier(self.reader, *source_of, position, ends[source_of])
            if position < begins[source_of]:
                raise LogBeginsLater(self.reader, *source_of, position, begins[source_of])
        if self._owned is not owned or self._letting_go.is_set():
            return
        await source.seek(stored)
        self.log_id = log_id
        self._positions.update(stored)
        log.info("reader_found_place", reader=self.reader, count=len(stored), log_id=log_id)

    async def _read_once(self, source: Source) -> None:
        await asyncio.sleep(max(0.0, self._gather_until - time.monotonic()))
        room = frozenset(self._positions.keys() & self._owned) - self._ahead.keys()
        if self._letting_go.is_set() or not room:
            await self._wait_for_change(IDLE_WAIT_S)
            return
        fetched = await source.fetch(room, BUSY_WAIT_S if self._in_hand else IDLE_WAIT_S)
        # A place that was lost meanwhile is found again before anything of it is read.
        self._ahead |= {each: records for each, records in fetched.items() if records and each in self._positions}
        self._deal()
        if time.monotonic() > self._look_for_moves_at:
            await self._look_for_moves()
            self._look_for_moves_at = time.monotonic() + LOOK_FOR_MOVES_S

    def _deal(self) -> None:
        """Gives what was read ahead to the hands that are free."""
        free = self._most_hands - len(self._in_hand)
        held = self._held()
        idle = deque(each for each in self._ahead if each not in held)
        if not free or not idle or self._letting_go.is_set():
            return
        assert self.log_id is not None
        batches, count = [], 0
        while idle and count < free * ENOUGH_A_HAND:
            each = idle.popleft()
            batch = self._batch(each, self._ahead.pop(each))
            if batch is not None:
                batches.append(batch)
                count += len(batch.records)
        for share in dealt(batches, free):
            hand = asyncio.create_task(self._bring(self.log_id, share))
            self._in_hand[hand] = frozenset(batch.source for batch in share)
            hand.add_done_callback(self._put_down)
        self._gather_until = time.monotonic() + self._gather_s if count < FEW_RECORDS else 0.0

    async def _look_for_moves(self) -> None:
        """Lets go of the place of what an operator moved; a database that is away is no news to what has no work."""
        held = self._held()
        stood = {each: position for each, position in self._positions.items() if each not in held}
        if not stood:
            return
        assert self.log_id is not None
        with suppress(KeeperAway):
            stored = await self._ingest.places(self.log_id, [*stood])
            # What came into a hand meanwhile was moved by that hand, if at all.
            idle = stored.keys() - self._held()
            moved = [each for each in idle if stored[each] != stood[each] and self._positions.get(each) == stood[each]]
            for each in moved:
                log.info("reader_was_moved", reader=self.reader, topic=each.topic, partition=each.partition, offset=stored[each])
                self._lose_place(each)

    def _batch(self, each: TopicPartition, records: Sequence[Record]) -> Batch | None:
        position = self._positions[each]
        if records[0].offset < position:
            records = [record for record in records if record.offset >= position]
        if not records:
            return None
        if records[0].offset > position:
            log.warning(
                "offsets_skipped",
                reader=self.reader,
                topic=each.topic,
                partition=each.partition,
                offset=position,
                first_offset=records[0].offset,
            )
        metrics.events_read_total.labels(reader=self.reader, topic=each.topic).inc(len(records))
        return Batch(each.topic, each.partition, records, position)

    async def _bring(self, log_id: str, batches: Sequence[Batch]) -> None:
        """Brings batches to the ingest until they are durable, refused, or no longer ours."""
        started = time.perf_counter()
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(KeeperAway),
                wait=wait_random_exponential(multiplier=0.05, max=LONGEST_RETRY_S),
                stop=stop_when_event_set(self._letting_go),  # type: ignore[arg-type]  # only is_set is asked
                sleep=self._sleep_unless_letting_go,
                before_sleep=self._note_retry,
                reraise=True,
            ):
                with attempt:
                    handled = await self._ingest.take(log_id, batches)
        except Fenced:
            log.warning("batch_refused", reader=self.reader, count=len(batches))
            self._lose_place(*(batch.source for batch in batches))
        except KeeperAway:
            log.info("batch_let_go", reader=self.reader, count=len(batches))
            self._lose_place(*(batch.source for batch in batches))
        except asyncio.CancelledError:
            self._lose_place(*(batch.source for batch in batches))
            raise
        except Exception as fault:
            self._fatal = fault
            self._owned_changed.set()
        else:
            self._note_progress(batches, handled, time.perf_counter() - started)

    def _note_progress(self, batches: Sequence[Batch], handled: Mapping[str, Handled], seconds: float) -> None:
        self.keeper_is_away = False
        self.last_progress_at = time.time()
        self.last_activity_at = time.monotonic()
        metrics.batch_seconds.labels(reader=self.reader).observe(seconds)
        metrics.stream_progress_timestamp_seconds.labels(reader=self.reader).set(self.last_progress_at)
        for batch in batches:
            if self._positions.get(batch.source) == batch.expected_position:
                self._positions[batch.source] = batch.next_offset
        for topic, outcome in handled.items():
            metrics.events_kept_total.labels(reader=self.reader, topic=topic).inc(outcome.kept)
            metrics.events_repeated_total.labels(reader=self.reader, topic=topic).inc(outcome.repeated)
            for reason, count in outcome.ignored.items():
                metrics.events_ignored_total.labels(reader=self.reader, reason=reason).inc(count)
            for parked in outcome.parked:
                metrics.events_parked_total.labels(reader=self.reader, reason=parked.reason).inc()

    def _note_retry(self, state: RetryCallState) -> None:
        self.keeper_is_away = True
        self.last_activity_at = time.monotonic()
        metrics.batches_retried_total.labels(reader=self.reader).inc()
        fault = state.outcome.exception() if state.outcome is not None else None
        log.warning("batch_retried", reader=self.reader, attempt=state.attempt_number, reason=str(fault))

    def _lose_place(self, *sources: TopicPartition) -> None:
        for each in sources:
            self._positions.pop(each, None)
            self._ahead.pop(each, None)

    def _lose_places(self) -> None:
        self._lose_place(*self._positions)

    def _held(self) -> frozenset[TopicPartition]:
        return frozenset().union(*self._in_hand.values())

    def _put_down(self, hand: asyncio.Task[None]) -> None:
        self._in_hand.pop(hand, None)
        self._deal()
        self._owned_changed.set()

    async def _sleep_unless_letting_go(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._letting_go.wait()
        except TimeoutError:
            return

    async def _wait_for_change(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._owned_changed.wait()
        except TimeoutError:
            return
