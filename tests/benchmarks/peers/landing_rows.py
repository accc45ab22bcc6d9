"""What every peer does with a batch: decode what the rows need, then the timeline's own landing SQL, in one transaction.

The SQL comes from the timeline. The decoding is the leanest that gives the same rows, so that no peer is slowed by it.
"""

import hashlib
import json
import struct
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_FIXED = struct.Struct(">h ii i16s i16s i16s ih i? iq iq i? i")
_LENGTH = struct.Struct(">i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Citizen(msgspec.Struct):
    ref: str


class Data(msgspec.Struct):
    citizen: Citizen
    channel: str
    matter: str
    occurred_at: datetime
    confidential: bool = False


class Contact(msgspec.Struct):
    id: str
    source: str
    time: datetime
    contentdigest: str
    data: Data


_DECODER = msgspec.json.Decoder(Contact)


def copy_bytes(values: Iterable[bytes]) -> bytes:
    """Returns the rows of a batch as one binary COPY stream; an event that comes twice in it is one row."""
    known: set[bytes] = set()
    parts = [_HEADER]
    for place, raw in enumerate(values):
        contact = _DECODER.decode(raw)
        key = hashlib.sha256(f"{contact.source}\x00{contact.id}".encode()).digest()[:16]
        if key in known:
            continue
        known.add(key)
        data = contact.data
        version, _, citizen = data.citizen.ref.partition("-")
        channel, matter = data.channel.encode(), data.matter.encode()
        parts += (
            _FIXED.pack(
                12,
                4, place,
                16, key,
                16, bytes.fromhex(contact.contentdigest),
                16, bytes.fromhex(citizen),
                2, int(version[1:]),
                1, True,
                8, _micros(data.occurred_at),
                8, _micros(contact.time),
                1, data.confidential,
                len(channel),
            ),
            channel,
            _LENGTH.pack(len(matter)),
            matter,
            _LENGTH.pack(len(raw)),
            raw,
        )  # fmt: skip
    parts.append(_TRAILER)
    return b"".join(parts)


def _micros(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Told:
    """What the bench asked this peer for, and how far it is. Times are the machine's, CPU is this process's."""

    def __init__(self) -> None:
        asked: dict[str, Any] = json.loads(sys.argv[1])
        self.broker: str = asked["broker"]
        self.durable: bool = asked["durable"]
        self.partitions: int = asked["partitions"]
        self.topic: str = asked["topic"]
        self.group: str = asked["group"]
        self.database: str = asked["database"]
        self.folder: str = asked["folder"]
        self.batch: int = asked["batch"]
        self.total: int = asked["total"]
        self.create: str = asked["create"]
        self.copy: str = asked["copy"]
        self.keep: str = asked["keep"]
        self.done = 0
        self._begun = False

    def begun(self) -> None:
        """Starts the clock, once: the first records are in hand, or `done` of them are durable already."""
        if not self._begun:
            self._begun = True
            self._say("first")

    def is_done_after(self, count: int) -> bool:
        """Notes that so many more records are durable; says so when those were the last, and waits until that was heard."""
        self.done += count
        if self.done < self.total:
            return False
        self._say("last")
        sys.stdin.read()
        return True

    def _say(self, at: str) -> None:
        print(json.dumps({"at": at, "time": time.time(), "cpu": time.process_time(), "done": self.done}), flush=True)


def write(connection: psycopg.Connection[Any], told: Told, values: Iterable[bytes]) -> None:
    """Lands a batch and commits."""
    rows = copy_bytes(values)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(told.create.encode())
        with cursor.copy(told.copy.encode()) as copy:
            copy.write(rows)
        cursor.execute(told.keep.encode(), prepare=False)


async def write_async(connection: psycopg.AsyncConnection[Any], told: Told, values: Iterable[bytes]) -> None:
    """Lands a batch and commits."""
    rows = copy_bytes(values)
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(told.create.encode())
        async with cursor.copy(told.copy.encode()) as copy:
            await copy.write(rows)
        await cursor.execute(told.keep.encode(), prepare=False)
