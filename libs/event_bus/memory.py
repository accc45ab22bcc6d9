"""The memory twins: a log, a publisher and an ingest that keep the same promises as the real edges, without a process."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from event_bus.broker_view import BrokerAway
from event_bus.handling import by_topic, halves
from event_bus.ingest import Fenced, KeeperAway, parked_in_a_row
from event_bus.log_identity import LogReplaced
from event_bus.parking import said_of
from event_bus.publisher import NotPublished
from event_bus.records import Arrivals, Batch, Handled, Record, ToPark, TopicPartition, ToSay

MemoryHandler = Callable[[Arrivals], Awaitable[Handled]]


class MemoryBus:
    """A log in memory. `away` makes it answer nothing; `restart_empty` makes it another log."""

    def __init__(self, topics: Mapping[str, int], *, max_message_bytes: int = 1_000_000) -> None:
        self._partition_counts = dict(topics)
        self._max_message_bytes = max_message_bytes
        self.away = False
        self.let_go_of = 0
        self._id = secrets.token_hex(8)
        self._logs: dict[TopicPartition, list[Record]] = self._empty()

    def restart_empty(self) -> None:
        """Comes back as a broker that keeps nothing does: no events, another log id."""
        self._id = secrets.token_hex(8)
        self._logs = self._empty()

    async def log_id(self) -> str:
        self._answer()
        return self._id

    async def partitions(self, topics: Iterable[str]) -> frozenset[TopicPartition]:
        self._answer()
        wanted = set(topics)
        return frozenset(each for each in self._logs if each.topic in wanted)

    async def begins(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        self._answer()
        return dict.fromkeys(partitions, 0)

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        self._answer()
        return {each: len(self._logs[each]) for each in partitions}

    def close(self) -> None:
        """Counts who let go of it: it has no connection."""
        self.let_go_of += 1

    @property
    def identity(self) -> str:
        """The log id, whether it answers or not."""
        return self._id

    def append(self, event: ToSay, *, keeps: bool = True) -> Record:
        """Adds one event to the partition of its key, unless it only says so. Raises NotPublished."""
        if self.away:
            raise NotPublished("away")
        if event.topic not in self._partition_counts:
            raise NotPublished("no such topic")
        if len(event.value) > self._max_message_bytes:
            raise NotPublished("too large", never=True)
        partition = int.from_bytes(hashlib.blake2b(event.key, digest_size=4).digest()) % self._partition_counts[event.topic]
        events = self._logs[TopicPartition(event.topic, partition)]
        record = Record(event.topic, partition, len(events), event.key, event.value, tuple(event.headers), 0)
        if keeps:
            events.append(record)
        return record

    def records(self, topic: str) -> list[Record]:
        """Returns what stands in a topic, partition by partition."""
        return [record for each, events in sorted(self._logs.items()) if each.topic == topic for record in events]

    def read(self, each: TopicPartition, position: int, most: int = 500) -> list[Record]:
        """Returns the records of a partition from a position on. Raises BrokerAway."""
        self._answer()
        return self._logs[each][position : position + most]

    def _answer(self) -> None:
        if self.away:
            raise BrokerAway("the memory bus is away")

    def _empty(self) -> dict[TopicPartition, list[Record]]:
        return {TopicPartition(topic, number): [] for topic, count in self._partition_counts.items() for number in range(count)}


class MemoryPublisher:
    """Publishes to a MemoryBus; all or a part, as a broker does.

    As a real producer, it is known to one log, and another one takes what it says for repeats: acknowledged, and nowhere.
    """

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._known_to: str | None = None

    async def publish(self, events: Sequence[ToSay]) -> None:
        """See Publisher."""
        log_id = self._bus.identity
        self._known_to = self._known_to or log_id
        for event in events:
            self._bus.append(event, keeps=self._known_to == log_id)

    def begin_anew(self) -> None:
        """See Publisher."""
        self._known_to = None


class MemorySource:
    """Reads a MemoryBus for a BatchReader, from wherever it was last told to."""

    def __init__(self, bus: MemoryBus, most: int = 500) -> None:
        self._bus = bus
        self._most = most
        self._places: dict[TopicPartition, int] = {}

    async def fetch(self, partitions: frozenset[TopicPartition], wait_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """See reading.Source."""
        found = {each: self._bus.read(each, self._places[each], self._most) for each in sorted(partitions)}
        for each, records in found.items():
            self._places[each] += len(records)
        if not any(found.values()):
            await asyncio.sleep(min(wait_s, 0.01))
        return {each: records for each, records in found.items() if records}

    async def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """See reading.Source."""
        self._places.update(positions)


@dataclass
class MemoryIngest:
    """Keeps positions, parked and outgoing in memory; a batch that fails leaves nothing. `away` is a database that is gone.

    `handle` must keep nothing before it returns: there is no transaction to undo it.
    """

    reader: str
    handle: MemoryHandler
    broker_durable: bool = True
    max_parked_in_a_row: int = 200
    away: bool = False
    stands: dict[TopicPartition, tuple[str, int, int]] = field(default_factory=dict)
    parked: dict[tuple[str, bytes | None, bytes | None], ToPark] = field(default_factory=dict)
    outgoing: dict[Any, ToSay] = field(default_factory=dict)

    async def positions(self, log_id: str, begins: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """See Ingest."""
        self._answer()
        topics = {each.topic for each in begins}
        if self.broker_durable and any(stood[0] != log_id for each, stood in self.stands.items() if each.topic in topics):
            raise LogReplaced(self.reader)
        for each, begin in begins.items():
            if each not in self.stands or self.stands[each][0] != log_id:
                self.stands[each] = (log_id, begin, 0)
        return {each: self.stands[each][1] for each in begins}

    async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """See Ingest."""
        self._answer()
        return {each: self.stands[each][1] for each in sources if self.stands.get(each, ("",))[0] == log_id}

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        """See Ingest."""
        self._answer()
        for batch in batches:
            if self.stands.get(batch.source, ("", -1, 0))[:2] != (log_id, batch.expected_position):
                raise Fenced(f"{batch.topic}/{batch.partition} does not stand at {batch.expected_position}")
        handled = {each.topic: await self._handled(each) for each in by_topic(batches)}
        parked = [parked for outcome in handled.values() for parked in outcome.parked]
        before = {batch.source: self.stands[batch.source][2] for batch in batches}
        runs = parked_in_a_row(self.reader, batches, parked, before, most=self.max_parked_in_a_row)
        for batch in batches:
            self.stands[batch.source] = (log_id, batch.next_offset, runs[batch.source])
        said = [said for outcome in handled.values() for said in outcome.say]
        said += [said_of(each, self.reader, log_id) for each in parked if self._park(each)]
        for each_said in said:
            self.outgoing.setdefault(each_said.event_key, each_said)
        return handled

    def _park(self, each: ToPark) -> bool:
        """Returns whether it did not stand there already."""
        return self.parked.setdefault((each.record.topic, each.record.key, each.record.value), each) is each

    async def _handled(self, arrivals: Arrivals) -> Handled:
        try:
            return await self.handle(arrivals)
        except Exception as fault:
            if len(arrivals.records) == 1:
                return Handled(parked=[ToPark(arrivals.records[0], "failed_in_handler", type(fault).__name__)])
        first, second = halves(arrivals)
        return (await self._handled(first)).and_then(await self._handled(second))

    def _answer(self) -> None:
        if self.away:
            raise KeeperAway("the memory ingest is away")
