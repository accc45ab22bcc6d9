"""One suite for PostgresIngest and its memory twin: what an ingest promises a reader."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from event_bus.ingest import Fenced, Ingest, KeeperAway, PostgresIngest, TooManyParked
from event_bus.log_identity import LogReplaced
from event_bus.memory import MemoryIngest
from event_bus.positions import move_positions
from event_bus.records import Arrivals, Batch, Handled, Record, ToPark, TopicPartition, ToSay

LOG = "log 1"
P0, P1 = TopicPartition("things", 0), TopicPartition("things", 1)
PARK, PARK_ODDLY, RAISE, SAY = b"park", b"park oddly", b"raise", b"say"


@dataclass
class IngestUnderTest:
    """An ingest and a way to look at what it kept."""

    make: Callable[..., Ingest]
    rows: Callable[[], Any]
    parked: Callable[[], Any]
    outgoing: Callable[[], Any]


def outcome_of(batch: Arrivals, keep: Callable[[bytes], None]) -> Handled:
    """What both handlers do: keep, park, raise or say, as the value asks."""
    parked, say, kept = [], [], []
    for record in batch.records:
        match record.value:
            case b"park":
                parked.append(ToPark(record, "asked_to", "field"))
            case b"park oddly":
                parked.append(ToPark(record, "asked\x00to", "fi\x00eld \ud800"))
            case b"raise":
                raise ValueError("a secret value")
            case b"say":
                say.append(ToSay("said", b"k", b"v", uuid.UUID(int=7), (("h", b"\xff"),)))
            case bytes() as value:
                kept.append(value)
    for value in kept:
        keep(value)
    return Handled(kept=len(kept), parked=parked, say=say)


def memory() -> IngestUnderTest:
    rows: list[bytes] = []
    made: list[MemoryIngest] = []

    async def handle(batch: Arrivals) -> Handled:
        return outcome_of(batch, rows.append)

    def make(**options: Any) -> Ingest:
        ingest = MemoryIngest("reader", handle, **{"broker_durable": True, **options})
        if made:
            ingest.stands, ingest.parked, ingest.outgoing = made[0].stands, made[0].parked, made[0].outgoing
        made.append(ingest)
        return ingest

    async def parked() -> list[tuple[str, str, bytes | None]]:
        return sorted((each.reason, each.detail, each.record.value) for each in made[0].parked.values())

    async def outgoing() -> list[tuple[str, bytes]]:
        return [(each.topic, each.value) for each in made[0].outgoing.values()]

    async def kept() -> list[bytes]:
        return sorted(rows)

    return IngestUnderTest(make, kept, parked, outgoing)


def postgres(pool: AsyncConnectionPool) -> IngestUnderTest:
    async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        values: list[bytes] = []
        outcome = outcome_of(batch, values.append)
        await connection.execute("INSERT INTO things.row SELECT unnest(%s::bytea[])", (values,))
        return outcome

    async def query(statement: str) -> list[tuple[Any, ...]]:
        async with pool.connection() as connection:
            return await (await connection.execute(statement.encode())).fetchall()

    async def rows() -> list[bytes]:
        return sorted(bytes(row[0]) for row in await query("SELECT value FROM things.row"))

    return IngestUnderTest(
        make=lambda **options: PostgresIngest(pool, "things", "reader", handle, **{"broker_durable": True, **options}),
        rows=rows,
        parked=lambda: query("SELECT reason, detail, value FROM things.parked ORDER BY 1, 2, 3"),
        outgoing=lambda: query("SELECT topic, value FROM things.outgoing ORDER BY seq"),
    )


@pytest.fixture(params=["memory", "postgres"])
def under_test(request: pytest.FixtureRequest) -> IngestUnderTest:
    return memory() if request.param == "memory" else postgres(request.getfixturevalue("pool"))


def a_batch(*values: bytes, at: int = 0, source: TopicPartition = P0, position: int | None = None) -> Batch:
    records = [Record(*source, at + number, b"key", value) for number, value in enumerate(values)]
    return Batch(*source, records, position)


async def test_a_partition_never_read_stands_at_the_begin_of_its_log(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()

    assert await ingest.positions(LOG, {P0: 0, P1: 40}) == {P0: 0, P1: 40}


async def test_where_it_stands_can_be_asked_without_noting_anything(under_test: IngestUnderTest) -> None:
    """What was never read, and what counts in another log, has no place in this one."""
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 3})

    assert await ingest.places(LOG, [P0, P1]) == {P0: 3}
    assert await ingest.places("log 2", [P0]) == {}
    assert await ingest.positions(LOG, {P1: 40}) == {P1: 40}


async def test_a_batch_is_kept_and_the_next_life_stands_after_it(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0, P1: 0})

    handled = await ingest.take(LOG, [a_batch(b"a", b"b"), a_batch(b"c", source=P1)])

    assert handled[P0.topic].kept == 3
    assert await under_test.make().positions(LOG, {P0: 0, P1: 0}) == {P0: 2, P1: 1}
    assert await under_test.rows() == [b"a", b"b", b"c"]


async def test_a_batch_from_another_position_is_refused_and_leaves_nothing(under_test: IngestUnderTest) -> None:
    """The fence: the second write of the same batch, and a write ahead of the rows."""
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})
    await ingest.take(LOG, [a_batch(b"a")])

    with pytest.raises(Fenced):
        await ingest.take(LOG, [a_batch(b"a")])
    with pytest.raises(Fenced):
        await ingest.take(LOG, [a_batch(b"z", at=9)])
    with pytest.raises(Fenced):
        await ingest.take("log 2", [a_batch(b"b", at=1)])

    assert await under_test.rows() == [b"a"]


async def test_batches_of_one_call_are_kept_all_or_none(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0, P1: 0})

    with pytest.raises(Fenced):
        await ingest.take(LOG, [a_batch(b"a"), a_batch(b"b", at=5, source=P1)])

    assert await under_test.rows() == []
    assert await ingest.positions(LOG, {P0: 0, P1: 0}) == {P0: 0, P1: 0}


async def test_offsets_may_have_gaps_when_the_position_is_given(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    await ingest.take(LOG, [a_batch(b"a", at=3, position=0)])

    assert await ingest.positions(LOG, {P0: 0}) == {P0: 4}


async def test_what_cannot_be_processed_is_parked_whole_and_its_neighbours_are_kept(under_test: IngestUnderTest) -> None:
    """Asked for by the handler, or because the handler fails on it; the detail never repeats a value."""
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    handled = await ingest.take(LOG, [a_batch(b"a", PARK, b"b", RAISE, b"c")])

    assert await under_test.rows() == [b"a", b"b", b"c"]
    assert await under_test.parked() == [("asked_to", "field", PARK), ("failed_in_handler", "ValueError", RAISE)]
    assert (handled[P0.topic].kept, len(handled[P0.topic].parked)) == (3, 2)


async def test_the_same_event_read_again_is_parked_once(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    await ingest.take(LOG, [a_batch(PARK)])
    await ingest.take(LOG, [a_batch(PARK, at=1)])

    assert len(await under_test.parked()) == 1


async def test_what_is_parked_is_said_once_also_when_it_is_read_again_from_another_log(under_test: IngestUnderTest) -> None:
    """In the same transaction, on the parked neighbour; a replay or a broker that came back empty brings nothing new."""
    ingest = under_test.make(broker_durable=False)
    await ingest.positions(LOG, {P0: 0, P1: 0})

    await ingest.take(LOG, [a_batch(PARK, b"a", RAISE), a_batch(PARK, source=P1)])
    await ingest.positions("log 2", {P0: 0, P1: 0})
    await ingest.take("log 2", [a_batch(RAISE, PARK, b"a")])

    assert sorted(await under_test.outgoing()) == [("things-parked", PARK), ("things-parked", RAISE)]


async def test_a_refused_batch_says_nothing_of_what_it_would_have_parked(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    with pytest.raises(Fenced):
        await ingest.take(LOG, [a_batch(PARK, at=5)])

    assert await under_test.outgoing() == []


async def test_a_header_of_any_bytes_is_no_obstacle_to_parking(under_test: IngestUnderTest) -> None:
    """PostgreSQL takes no zero byte in text, and a header may have no value at all."""
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})
    headers: Any = (("n\x00", b"\x00\xff"), ("nothing", None))

    await ingest.take(LOG, [Batch(*P0, [Record(*P0, 0, None, PARK, headers)])])

    assert await under_test.parked() == [("asked_to", "field", PARK)]
    assert await under_test.outgoing() == [("things-parked", PARK)]


async def test_a_reason_of_any_letters_is_no_obstacle_to_parking(under_test: IngestUnderTest) -> None:
    """A field may be named after what an event says; a zero in it must not stop the reader for ever."""
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    await ingest.take(LOG, [a_batch(PARK_ODDLY, b"a")])

    assert [value for _, _, value in await under_test.parked()] == [PARK_ODDLY]
    assert await under_test.outgoing() == [("things-parked", PARK_ODDLY)]
    assert await under_test.rows() == [b"a"]


async def test_too_many_parked_in_a_row_keep_nothing_also_in_the_next_life(under_test: IngestUnderTest) -> None:
    ingest = under_test.make(max_parked_in_a_row=3)
    await ingest.positions(LOG, {P0: 0})
    await ingest.take(LOG, [a_batch(PARK, PARK)])

    with pytest.raises(TooManyParked):
        await ingest.take(LOG, [a_batch(PARK, PARK, at=2)])
    with pytest.raises(TooManyParked):
        await under_test.make(max_parked_in_a_row=3).take(LOG, [a_batch(PARK, PARK, at=2)])

    assert await ingest.positions(LOG, {P0: 0}) == {P0: 2}


async def test_a_good_event_ends_a_row_of_parked_ones(under_test: IngestUnderTest) -> None:
    ingest = under_test.make(max_parked_in_a_row=3)
    await ingest.positions(LOG, {P0: 0})

    await ingest.take(LOG, [a_batch(PARK, PARK, PARK, b"a", PARK, PARK, PARK)])
    await ingest.take(LOG, [a_batch(b"b", PARK, PARK, PARK, at=7)])

    assert await under_test.rows() == [b"a", b"b"]


async def test_what_is_said_twice_goes_out_once(under_test: IngestUnderTest) -> None:
    ingest = under_test.make()
    await ingest.positions(LOG, {P0: 0})

    await ingest.take(LOG, [a_batch(SAY, SAY)])
    await ingest.take(LOG, [a_batch(SAY, at=2)])

    assert await under_test.outgoing() == [("said", b"v")]


async def test_positions_of_another_log_end_a_durable_reader_and_begin_anew_for_the_other(under_test: IngestUnderTest) -> None:
    await under_test.make().positions(LOG, {P0: 0})
    await under_test.make().take(LOG, [a_batch(b"a")])

    with pytest.raises(LogReplaced):
        await under_test.make().positions("log 2", {P0: 0})
    anew = await under_test.make(broker_durable=False).positions("log 2", {P0: 0})

    assert anew == {P0: 0}


async def test_what_was_taken_off_the_list_and_cannot_be_processed_again_is_said_again(pool: AsyncConnectionPool) -> None:
    """Only on PostgreSQL: it was sent again, and has a new place."""
    ingest = postgres(pool).make()
    await ingest.positions(LOG, {P0: 0})
    await ingest.take(LOG, [a_batch(PARK)])

    async with pool.connection() as connection:
        await connection.execute("DELETE FROM things.parked")
    await ingest.take(LOG, [a_batch(PARK, at=1)])

    assert await postgres(pool).outgoing() == [("things-parked", PARK)] * 2


async def test_a_session_that_ends_in_the_handler_leaves_nothing_and_is_tried_again(pool: AsyncConnectionPool) -> None:
    """Only on PostgreSQL: the connection is cut between the rows and the commit."""
    cut = True

    async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        nonlocal cut
        await connection.execute("INSERT INTO things.row VALUES ('x')")
        if cut:
            cut = False
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return Handled(kept=1)

    ingest = PostgresIngest(pool, "things", "reader", handle, broker_durable=True)
    await ingest.positions(LOG, {P0: 0})
    with pytest.raises(KeeperAway):
        await ingest.take(LOG, [a_batch(b"a")])
    await ingest.take(LOG, [a_batch(b"a")])

    assert await postgres(pool).rows() == [b"x"]


async def test_a_worker_frozen_before_its_commit_keeps_its_successor_waiting_no_longer_than_its_patience(
    pool: AsyncConnectionPool,
) -> None:
    """Only on PostgreSQL: it holds the row of the position, which its successor must read to find its place."""
    frozen = asyncio.Event()

    class Freezes(PostgresIngest):
        async def _move(self, *arguments: Any) -> None:
            await super()._move(*arguments)
            frozen.set()
            await asyncio.Event().wait()

    async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        return Handled()

    zombie = Freezes(pool, "things", "reader", handle, broker_durable=True)
    await zombie.positions(LOG, {P0: 0})
    freezing = asyncio.create_task(zombie.take(LOG, [a_batch(b"a")]))
    await frozen.wait()

    successor = postgres(pool).make(patience_ms=50)
    async with asyncio.timeout(5):
        with pytest.raises(KeeperAway):
            await successor.positions(LOG, {P0: 0})
        assert await successor.positions(LOG, {P0: 0}) == {P0: 0}
        await successor.take(LOG, [a_batch(b"a")])
    freezing.cancel()
    with suppress(asyncio.CancelledError, psycopg.Error, KeeperAway):
        await freezing

    assert await postgres(pool).rows() == [b"a"]


async def test_a_fault_in_our_own_statements_is_not_blamed_on_the_event(pool: AsyncConnectionPool) -> None:
    """A missing table parks nothing: it ends the worker."""

    async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        await connection.execute("INSERT INTO things.no_such_table VALUES (1)")
        return Handled()

    ingest = PostgresIngest(pool, "things", "reader", handle, broker_durable=True)
    await ingest.positions(LOG, {P0: 0})

    with pytest.raises(psycopg.errors.UndefinedTable):
        await ingest.take(LOG, [a_batch(b"a")])

    assert await postgres(pool).parked() == []


async def test_a_reader_moved_on_purpose_is_refused_once_and_goes_on_from_there(pool: AsyncConnectionPool) -> None:
    """What `plein replay` does under a running worker."""
    ingest = postgres(pool).make()
    await ingest.positions(LOG, {P0: 0})
    await ingest.take(LOG, [a_batch(b"a", b"b")])

    async with pool.connection() as connection:
        await move_positions(connection, "things", "reader", LOG, {P0: 1, P1: 7})
    with pytest.raises(Fenced):
        await ingest.take(LOG, [a_batch(b"c", at=2)])

    assert await ingest.positions(LOG, {P0: 0, P1: 0}) == {P0: 1, P1: 7}
