"""Brings the load into the topic before anything is measured, and writes down what must become of it."""

import asyncio
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from benchmarks.checking import Expected
from benchmarks.load import Arrival, LoadShape, arrivals
from benchmarks.sizes import Size
from contact_events.topics import INTERACTIONS
from event_bus.settings import BrokerSettings, sign_in

# A batch as a busy adapter makes them.
BATCH_BYTES = 64 * 1024
MOST_IN_FLIGHT = 40
# `entry` as the timeline fills it; what it leaves to defaults is left to them here too.
COPY_ROWS = (
    "COPY timeline.entry (citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw)"
    " FROM STDIN (FORMAT binary)"
)
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_FIXED = struct.Struct(">h i16s iq i16s iq ih i? i")
_LENGTH = struct.Struct(">i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Preloaded:
    """A topic full of events, the rows they must become, and those rows as a file for COPY."""

    topic: str
    records: int
    bytes_each: float
    expected: Expected
    rows_file: Path


def preload(settings: BrokerSettings, size: Size, rows_file: Path) -> Preloaded:
    """Publishes the load, acknowledged by the broker, and keeps what is expected of it. Blocks."""
    return asyncio.run(_preload(settings, LoadShape(size.events, size.citizens), rows_file))


def a_producer(settings: BrokerSettings, **more: int) -> AIOKafkaProducer:
    """Returns a producer whose records are acknowledged, and idempotent where the broker knows how: the embedded one does not."""
    return AIOKafkaProducer(acks="all", enable_idempotence=settings.broker_durable, **more, **sign_in(settings))


async def _preload(settings: BrokerSettings, shape: LoadShape, rows_file: Path) -> Preloaded:
    producer = a_producer(settings, max_batch_size=BATCH_BYTES)
    await producer.start()
    count, total_bytes, expected = 0, 0, Expected()
    try:
        sender = Sender(producer, INTERACTIONS.name)
        await sender.learn()
        with rows_file.open("wb") as rows:
            rows.write(_HEADER)
            for arrival in arrivals(shape):
                await sender.send(arrival.citizen.value, arrival.value)
                count, total_bytes = count + 1, total_bytes + len(arrival.value)
                if not arrival.is_repeat:
                    expected = expected.with_arrival(arrival)
                    write_row(rows, arrival)
            rows.write(_TRAILER)
        await sender.finish()
    finally:
        await producer.stop()
    return Preloaded(INTERACTIONS.name, count, total_bytes / count, expected, rows_file)


class Sender:
    """Fills a batch per partition as keys come, and has several on their way."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._batches: dict[int, object] = {}
        self._partition_of: dict[bytes, int] = {}
        self._on_their_way: set[asyncio.Future[object]] = set()
        self._choose = DefaultPartitioner()
        self._partitions: list[int] = []

    async def learn(self) -> None:
        self._partitions = sorted(await self._producer.partitions_for(self._topic))

    async def send(self, key: bytes, value: bytes) -> None:
        partition = self._partition_of.get(key)
        if partition is None:
            partition = self._partition_of[key] = self._choose(key, self._partitions, self._partitions)
        batch = self._batches.get(partition) or self._new(partition)
        if batch.append(key=key, value=value, timestamp=None) is None:  # type: ignore[attr-defined]  # aiokafka is untyped
            await self._send(partition)
            self._new(partition).append(key=key, value=value, timestamp=None)  # type: ignore[attr-defined]  # likewise

    async def finish(self) -> None:
        for partition in list(self._batches):
            await self._send(partition)
        await asyncio.gather(*self._on_their_way)

    def _new(self, partition: int) -> object:
        self._batches[partition] = self._producer.create_batch()
        return self._batches[partition]

    async def _send(self, partition: int) -> None:
        batch = self._batches.pop(partition)
        future = await self._producer.send_batch(batch, self._topic, partition=partition)
        self._on_their_way.add(future)
        if len(self._on_their_way) >= MOST_IN_FLIGHT:
            done, self._on_their_way = await asyncio.wait(self._on_their_way, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()


def write_row(rows: BinaryIO, arrival: Arrival) -> None:
    """Writes one entry in PostgreSQL's binary COPY format."""
    channel, matter = arrival.channel.encode(), arrival.matter.encode()
    rows.write(
        _FIXED.pack(
            9,
            16, arrival.citizen.value,
            8, _micros(arrival.occurred_at),
            16, arrival.event_id.bytes,
            8, _micros(arrival.logged_at),
            2, arrival.citizen.key_version,
            1, False,
            len(channel),
        )
    )  # fmt: skip
    rows.write(b"".join((channel, _LENGTH.pack(len(matter)), matter, _LENGTH.pack(len(arrival.value)), arrival.value)))


def _micros(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
