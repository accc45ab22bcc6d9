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
_KNOWN = struct.Struct(">h i16s i16s i16s")
_STAGED = struct.Struct(">h ii i16s i16s i16s iq")
_ENTRY = struct.Struct(">h i16s iq i16s iq ih i? i")
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


class Rows:
    """The rows of a batch: the keys that decide about repeats, as a binary COPY stream, and what is kept of each by its place."""

    def __init__(self, values: Iterable[bytes]) -> None:
        known: set[bytes] = set()
        keys = [_HEADER]
        self._known: dict[int, bytes] = {}
        self._entries: dict[int, bytes] = {}
        for place, raw in enumerate(values):
            contact = _DECODER.decode(raw)
            key = hashlib.sha256(f"{contact.source}\x00{contact.id}".encode()).digest()[:16]
            if key in known:
                continue
            known.add(key)
            data, logged_at = contact.data, _micros(contact.time)
            version, _, citizen = data.citizen.ref.partition("-")
            ref, digest = bytes.fromhex(citizen), bytes.fromhex(contact.contentdigest)
            keys.append(_STAGED.pack(5, 4, place, 16, key, 16, digest, 16, ref, 8, logged_at))
            self._known[place] = _KNOWN.pack(3, 16, key, 16, digest, 16, ref)
            channel, matter = data.channel.encode(), data.matter.encode()
            fixed = _ENTRY.pack(
                9,
                16, ref,
                8, _micros(data.occurred_at),
                16, key,
                8, logged_at,
                2, int(version[1:]),
                1, data.confidential,
                len(channel),
            )  # fmt: skip
            length = _LENGTH.pack
            self._entries[place] = b"".join((fixed, channel, length(len(matter)), matter, length(len(raw)), raw))
        keys.append(_TRAILER)
        self.keys = b"".join(keys)

    def without(self, stale: Iterable[int]) -> tuple[bytes, bytes]:
        """Returns the keys to know and the entries, less those at these places, as binary COPY streams."""
        for place in stale:
            del self._known[place], self._entries[place]
        known, entries = ((_HEADER, *rows.values(), _TRAILER) for rows in (self._known, self._entries))
        return b"".join(known), b"".join(entries)


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
        self.stage: str = asked["stage"]
        self.look_up: str = asked["look_up"]
        self.copy_known: str = asked["copy_known"]
        self.copy_entries: str = asked["copy_entries"]
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
    rows = Rows(values)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(told.create.encode())
        with cursor.copy(told.stage.encode()) as copy:
            copy.write(rows.keys)
        cursor.execute(told.look_up.encode(), prepare=False)
        known, entries = rows.without(place for place, is_new in cursor.fetchall() if not is_new)
        with cursor.copy(told.copy_known.encode()) as copy:
            copy.write(known)
        with cursor.copy(told.copy_entries.encode()) as copy:
            copy.write(entries)


async def write_async(connection: psycopg.AsyncConnection[Any], told: Told, values: Iterable[bytes]) -> None:
    """Lands a batch and commits."""
    rows = Rows(values)
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(told.create.encode())
        async with cursor.copy(told.stage.encode()) as copy:
            await copy.write(rows.keys)
        await cursor.execute(told.look_up.encode(), prepare=False)
        known, entries = rows.without(place for place, is_new in await cursor.fetchall() if not is_new)
        async with cursor.copy(told.copy_known.encode()) as copy:
            await copy.write(known)
        async with cursor.copy(told.copy_entries.encode()) as copy:
            await copy.write(entries)
