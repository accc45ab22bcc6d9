"""What was parked is handed to its handler again: landed once, or parked still with a reason, whoever asks and whatever dies."""

import asyncio
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from event_bus.handling import FAILED_IN_HANDLER
from event_bus.ingest import KeeperAway, PostgresIngest, Reader
from event_bus.records import Arrivals, Batch, Handled, Record, ToPark, TopicPartition, ToSay
from event_bus.redriving import Outcome, Redriven, parked_record, parked_records, redrive

LOG = "log 1"
P0 = TopicPartition("things", 0)
HEADERS = (("content-type", b"text/plain"), ("n", b"\x00\xff"))
SAID = ToSay("said", b"k", b"v", uuid.UUID(int=7))


@pytest.fixture
async def pool(things_database: str) -> AsyncIterator[AsyncConnectionPool]:
    """Idle connections, as an operator's command has them."""
    async with AsyncConnectionPool(
        things_database, min_size=1, max_size=4, timeout=5, open=False, kwargs={"autocommit": True}
    ) as opened:
        yield opened


async def knows_it(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
    """The handler after the fix. It keeps no key, so that an event that is written twice shows."""
    await connection.execute("INSERT INTO things.row SELECT unnest(%s::bytea[])", ([each.value for each in batch.records],))
    return Handled(kept=len(batch.records), say=[SAID])


async def does_not_know_it(_: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
    return Handled(parked=[ToPark(each, "unknown", "version") for each in batch.records])


def reading(handle: Any) -> Reader:
    return Reader("reader", "things", ["things"], handle)


async def park(pool: AsyncConnectionPool, *values: bytes | None) -> list[int]:
    """Lets a worker's ingest park these, and returns their numbers."""
    ingest = PostgresIngest(pool, "things", "reader", does_not_know_it, broker_durable=True)
    await ingest.positions(LOG, {P0: 0})
    records = [Record(*P0, number, b"key", value, HEADERS) for number, value in enumerate(values)]
    await ingest.take(LOG, [Batch(*P0, records)])
    return [row[0] for row in await query(pool, "SELECT parked_id FROM things.parked ORDER BY 1")]


async def query(pool: AsyncConnectionPool, statement: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()


async def redriven(pool: AsyncConnectionPool, handle: Any, parked_id: int) -> Redriven:
    async with pool.connection() as connection:
        return await redrive(connection, reading(handle), parked_id)


async def test_after_a_fix_it_lands_says_what_it_has_to_say_and_is_off_the_list(pool: AsyncConnectionPool) -> None:
    first, second = await park(pool, b"a", b"b")

    outcome = await redriven(pool, knows_it, first)

    assert outcome == Redriven(first, Outcome.LANDED, "", 1)
    assert await query(pool, "SELECT value FROM things.row") == [(b"a",)]
    assert await query(pool, "SELECT parked_id FROM things.parked") == [(second,)]
    assert (SAID.topic, SAID.value) in await query(pool, "SELECT topic, value FROM things.outgoing")


async def test_the_handler_gets_the_record_as_it_stood_in_the_log(pool: AsyncConnectionPool) -> None:
    parked_id, *_ = await park(pool, None)
    got: list[Record] = []

    async def looks(_: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        got.extend(batch.records)
        return Handled(kept=1)

    await redriven(pool, looks, parked_id)

    assert got == [Record(*P0, 0, b"key", None, HEADERS)]


async def test_what_still_cannot_be_processed_stays_with_its_new_reason_and_the_count_of_tries(pool: AsyncConnectionPool) -> None:
    """A handler that fails on it is a reason too. What it wrote before it failed is undone, and nothing is said anew."""
    parked_id, *_ = await park(pool, b"a")
    said_before = await query(pool, "SELECT event_key FROM things.outgoing")

    async def fails(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        await knows_it(connection, batch)
        raise ValueError("a secret value")

    outcomes = [await redriven(pool, does_not_know_it, parked_id), await redriven(pool, fails, parked_id)]

    assert outcomes == [
        Redriven(parked_id, Outcome.STILL_PARKED, "unknown", 1),
        Redriven(parked_id, Outcome.STILL_PARKED, FAILED_IN_HANDLER, 2),
    ]
    rows = await query(pool, "SELECT reason, detail, tries, tried_at > parked_at FROM things.parked")
    assert rows == [(FAILED_IN_HANDLER, "ValueError", 2, True)]
    assert await query(pool, "SELECT value FROM things.row") == []
    assert await query(pool, "SELECT event_key FROM things.outgoing") == said_before


@pytest.mark.parametrize(
    ("handled", "outcome", "reason"),
    [(Handled(repeated=1), Outcome.REPEATED, ""), (Handled(ignored={"erased": 1}), Outcome.IGNORED, "erased")],
)
async def test_a_repeat_and_what_does_not_concern_the_reader_are_off_the_list(
    pool: AsyncConnectionPool, handled: Handled, outcome: Outcome, reason: str
) -> None:
    parked_id, *_ = await park(pool, b"a")

    async def answers(*_: Any) -> Handled:
        return handled

    told = await redriven(pool, answers, parked_id)

    assert (told.outcome, told.reason) == (outcome, reason)
    assert await query(pool, "SELECT 1 FROM things.parked") == []


async def test_of_two_operators_at_once_one_lands_it_and_the_other_finds_it_gone(pool: AsyncConnectionPool) -> None:
    """Both handlers have written before either of them takes it off the list."""
    parked_id, *_ = await park(pool, b"a")
    both = asyncio.Barrier(2)

    async def meets(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        handled = await knows_it(connection, batch)
        await both.wait()
        return handled

    async with asyncio.timeout(20):
        told = await asyncio.gather(redriven(pool, meets, parked_id), redriven(pool, meets, parked_id))

    assert sorted(each.outcome for each in told) == [Outcome.LANDED, Outcome.NOT_ON_THE_LIST]
    assert await query(pool, "SELECT value FROM things.row") == [(b"a",)]


@pytest.mark.parametrize(
    ("step", "left"), [("in_the_handler", Outcome.LANDED), ("before_the_commit", Outcome.LANDED), ("after_the_commit", None)]
)
async def test_a_redrive_that_is_killed_halfway_and_asked_again_lands_it_once(
    pool: AsyncConnectionPool, fresh_database: str, step: str, left: Outcome | None
) -> None:
    parked_id, *_ = await park(pool, b"a")
    command = [sys.executable, str(Path(__file__).parent / "a_redrive.py"), fresh_database, str(parked_id), step]

    killed = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
    again = await redriven(pool, knows_it, parked_id)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert again.outcome is (left or Outcome.NOT_ON_THE_LIST)
    assert await query(pool, "SELECT value FROM things.row") == [(b"a",)]


async def test_one_that_is_not_on_the_list_reaches_no_handler(pool: AsyncConnectionPool) -> None:
    assert await redriven(pool, knows_it, 1) == Redriven(1, Outcome.NOT_ON_THE_LIST)
    assert await query(pool, "SELECT value FROM things.row") == []


async def test_a_session_that_ends_in_the_handler_leaves_it_on_the_list(pool: AsyncConnectionPool) -> None:
    parked_id, *_ = await park(pool, b"a")

    async def cut(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        await knows_it(connection, batch)
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return Handled(kept=1)

    with pytest.raises(KeeperAway):
        await redriven(pool, cut, parked_id)

    assert await query(pool, "SELECT parked_id, tries FROM things.parked") == [(parked_id, 0)]
    assert await query(pool, "SELECT value FROM things.row") == []


async def test_the_list_is_oldest_first_by_reason_and_carries_no_value_that_is_too_large_for_it(
    pool: AsyncConnectionPool,
) -> None:
    first, second = await park(pool, b"a", b"b" * 50)

    async with pool.connection() as connection:
        everything = [each async for each in parked_records(connection, "things", most_bytes=10)]
        unknown = [each.parked_id async for each in parked_records(connection, "things", reason="unknown")]
        none = [each async for each in parked_records(connection, "things", reason="other")]
        whole = await parked_record(connection, "things", second)

    assert [(each.parked_id, each.record.value) for each in everything] == [(first, b"a"), (second, None)]
    assert unknown == [first, second]
    assert none == []
    assert whole is not None
    assert whole.record.value == b"b" * 50
    assert (whole.record.partition, whole.record.offset, whole.log_id, whole.detail, whole.tries) == (0, 1, LOG, "version", 0)
