"""Entries derived anew from the events that were kept with them, and compared to the byte with those that are shown.

Rows come out in the very bytes that a landing puts in, so that to compare one is to compare two strings.
"""

import asyncio
import struct
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from timeline.domain.landing import Arrived, landing_of, points_in
from timeline.domain.links import Reference
from timeline.edges.database.amending import put_in_place
from timeline.edges.database.pointing import keep_points
from timeline.edges.database.staging import COPY_FRESH_ENTRIES, entries

Connection = psycopg.AsyncConnection[Any]
A = TypeVar("A")
T = TypeVar("T")

_SHOWN: LiteralString = """
COPY (
    SELECT citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw, landed_at, changed_at
    FROM timeline.entry
) TO STDOUT (FORMAT binary)
"""
_COPY_DIFFERING: LiteralString = "COPY pg_temp.differing FROM STDIN (FORMAT binary)"
_PRIMARY_KEY: LiteralString = "ALTER TABLE timeline.entry_fresh ADD PRIMARY KEY (citizen, occurred_at, event_id)"
# Entries are copied in hands that a socket holds.
_ENTRIES_AT_ONCE = 5_000
_TARGETS_AT_ONCE = 5_000
_HEADER, _TRAILER = entries(())[:-2], entries(())[-2:]
# Where in a row the event's key stands, and where the length of the channel, the first of three columns of any width.
_EVENT, _CHANNEL = slice(38, 54), 77
_LENGTH = struct.Struct(">i")
# The two moments at the end of a row, each after its length.
_MOMENTS = struct.Struct(">iq iq")
_ID = struct.Struct(">h i16s")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Kept(NamedTuple):
    """The event in a row that is shown, and when it was kept: all that the rest is derived from."""

    value: bytes
    landed_at: datetime

    @classmethod
    def of(cls, row: bytes) -> "Kept":
        begin, end = _event_in(row)
        _, landed, _, _ = _MOMENTS.unpack_from(row, end)
        return cls(row[begin:end], _EPOCH + timedelta(microseconds=landed))


class Derived(NamedTuple):
    """A hand of entries as they are now: rows for COPY, what came along, and the keys of those that are shown otherwise."""

    derived: int
    rows: bytes
    points: list[tuple[Reference, Reference]]
    unreadable: int
    differing: bytes


async def derive_entries(connection: Connection) -> tuple[int, int]:
    """Derives entries as a landing does, then what their amendments make of them; returns how many, and how many not."""
    derived, unreadable = await _derive_from_kept(connection)
    await connection.execute(_PRIMARY_KEY)
    async with connection.cursor("amended_entries") as amended:
        await amended.execute("SELECT DISTINCT target FROM timeline.amendment")
        while rows := await amended.fetchmany(_TARGETS_AT_ONCE):
            await put_in_place(connection, [target for (target,) in rows], table="entry_fresh")
    return derived, unreadable


async def _derive_from_kept(connection: Connection) -> tuple[int, int]:
    """Reads one hand, derives the one before it and writes the one before that, at the same time."""
    derived = unreadable = 0
    snapshot = await (await connection.execute("SELECT pg_export_snapshot()")).fetchone()
    assert snapshot is not None
    beside = make_conninfo(connection.info.dsn, password=connection.info.password)
    with psycopg.connect(beside, autocommit=True) as reading, closing(shown_rows(reading, snapshot[0])) as shown:
        taking = _in_a_thread(_next_hand, shown)
        writing: asyncio.Task[None] | None = None
        try:
            while rows := await taking:
                taking = _in_a_thread(_next_hand, shown)
                hand = await _in_a_thread(derive, rows)
                derived, unreadable = derived + hand.derived, unreadable + hand.unreadable
                if writing is not None:
                    await writing
                writing = asyncio.create_task(_write(connection, hand))
            if writing is not None:
                await writing
        finally:
            # Nothing uses a connection any more when it is closed, or its transaction undone.
            await asyncio.wait({taking, writing} if writing else {taking})
    return derived, unreadable


def _in_a_thread(work: Callable[[A], T], given: A) -> asyncio.Task[T]:
    return asyncio.create_task(asyncio.to_thread(work, given))


def _next_hand(shown: Iterator[bytes]) -> list[bytes]:
    return list(islice(shown, _ENTRIES_AT_ONCE))


async def _write(connection: Connection, hand: Derived) -> None:
    async with connection.cursor() as cursor:
        async with cursor.copy(COPY_FRESH_ENTRIES) as copy:
            await copy.write(hand.rows)
        if hand.differing:
            async with cursor.copy(_COPY_DIFFERING) as copy:
                await copy.write(hand.differing)
    await keep_points(connection, hand.points, table="contact_point_seen_fresh")


def shown_rows(connection: psycopg.Connection[Any], snapshot: str) -> Generator[bytes, None, None]:
    """Yields each row that is shown in the moment of another transaction's snapshot. The connection does nothing else."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        with cursor.copy(_SHOWN) as copy:
            for row in copy:
                read = bytes(row).removeprefix(_HEADER)
                if read != _TRAILER:
                    yield read


def derive(shown: Sequence[bytes]) -> Derived:
    """Derives a hand of entries as a landing does. Amendments are left out of it: they come to their entries later."""
    kept = list(map(Kept.of, shown))
    landing = landing_of(kept)
    arrived, landed = list(landing.known.values()), [each.landed_at for each in kept]
    rows = entries(arrived, landed)
    differing = [shown[place][_EVENT] for place, _, _ in landing.unreadable]
    differing += _differing(arrived, rows, shown)
    return Derived(
        derived=len(arrived),
        rows=rows,
        points=list(dict.fromkeys(points_in(arrived))),
        unreadable=len(shown) - len(arrived),
        differing=_ids(differing),
    )


def _differing(arrived: Iterable[Arrived], rows: bytes, shown: Sequence[bytes]) -> Iterator[bytes]:
    at = len(_HEADER)
    for each in arrived:
        row = shown[each.place]
        if rows.startswith(row, at):
            at += len(row)
        else:
            yield each.key_bytes
            at = _event_in(rows, at)[1] + _MOMENTS.size


def _ids(event_ids: Sequence[bytes]) -> bytes:
    """Returns the keys as a binary COPY stream; nothing when there are none."""
    return b"".join((_HEADER, *(_ID.pack(1, 16, each) for each in event_ids), _TRAILER)) if event_ids else b""


def _event_in(rows: bytes, at: int = 0) -> tuple[int, int]:
    """Returns where the event begins and ends in the row that begins at `at`."""
    matter = _after(rows, at + _CHANNEL)
    raw = _after(rows, matter)
    return raw + _LENGTH.size, _after(rows, raw)


def _after(rows: bytes, at: int) -> int:
    """Returns where the column ends whose length stands at `at`."""
    length: int = _LENGTH.unpack_from(rows, at)[0]
    return at + _LENGTH.size + length
