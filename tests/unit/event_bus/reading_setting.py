"""A reader on memory twins, what it keeps, and what there is to read."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from event_bus.memory import MemoryBus, MemoryHandler, MemoryIngest, MemorySource
from event_bus.reading import GATHER_S, BatchReader
from event_bus.records import Arrivals, Batch, Handled, TopicPartition, ToSay

PARTITIONS = [TopicPartition("things", number) for number in range(3)]


class Kept:
    """A handler that remembers what it kept, and may be told to fail first."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.hands: list[tuple[float, int]] = []

    async def __call__(self, batch: Arrivals) -> Handled:
        await asyncio.sleep(0)
        self.hands.append((time.monotonic(), len(batch.records)))
        self.values.extend(record.value for record in batch.records if record.value is not None)
        return Handled(kept=len(batch.records))


class Slow(MemoryIngest):
    """Takes nothing before it is told to."""

    def __init__(self, reader: str, handle: MemoryHandler) -> None:
        super().__init__(reader, handle)
        self.answers = asyncio.Event()

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        await self.answers.wait()
        return await super().take(log_id, batches)


def a_thing() -> ToSay:
    value = uuid.uuid4().bytes
    return ToSay("things", value, value, uuid.UUID(bytes=value))


def say(bus: MemoryBus, count: int) -> list[bytes]:
    things = [a_thing() for _ in range(count)]
    for thing in things:
        bus.append(thing)
    return [thing.value for thing in things]


def say_to(bus: MemoryBus, source: TopicPartition) -> None:
    elsewhere = MemoryBus({"things": 3})
    while (tried := elsewhere.append(a_thing())).partition != source.partition:
        pass
    bus.append(ToSay("things", tried.key or b"", b"", uuid.uuid4()))


@asynccontextmanager
async def reading(
    bus: MemoryBus,
    ingest: MemoryIngest,
    *,
    durable: bool = True,
    gather_s: float = GATHER_S,
    most: int = 50,
    source: MemorySource | None = None,
) -> AsyncIterator[BatchReader]:
    reader = BatchReader("reader", ingest, bus, broker_durable=durable, gather_s=gather_s)
    task = asyncio.create_task(reader.read_for_ever(source or MemorySource(bus, most=most)))
    reader.own(PARTITIONS)
    try:
        yield reader
    finally:
        reader.stop()
        await reader.let_go(patience_s=1)
        await task
