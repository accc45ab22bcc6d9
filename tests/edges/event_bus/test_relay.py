"""The relay on a real PostgreSQL: what was decided in a transaction goes out after it, in order, and again to a new log."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString

import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from event_bus.ingest import keep_outgoing
from event_bus.memory import MemoryBus, MemoryPublisher
from event_bus.outgoing import Relay, say_later
from event_bus.records import ToSay
from progress import until

REFUSED = "SELECT refused FROM things.outgoing WHERE refused IS NOT NULL"


def events(count: int, size: int = 10) -> list[ToSay]:
    keys = [uuid.uuid4() for _ in range(count)]
    return [ToSay("things", b"one key", str(number).encode().rjust(size), key) for number, key in enumerate(keys)]


def said_on(bus: MemoryBus) -> list[int]:
    return [int(record.value or b"") for record in bus.records("things")]


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus({"things": 1}, max_message_bytes=1000)


@asynccontextmanager
async def relaying(pool: AsyncConnectionPool, bus: MemoryBus) -> AsyncIterator[Relay]:
    relay = Relay(pool, "things", MemoryPublisher(bus), bus)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def write(pool: AsyncConnectionPool, said: list[ToSay]) -> None:
    async with pool.connection() as connection:
        await keep_outgoing(connection, "things", said)


async def ran(pool: AsyncConnectionPool, statement: LiteralString, event_key: uuid.UUID) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, (event_key,))


async def found(pool: AsyncConnectionPool, query: LiteralString) -> list[object]:
    """Returns the only column of a query."""
    async with pool.connection() as connection:
        return [row[0] for row in await (await connection.execute(query)).fetchall()]


async def test_rows_go_out_in_order_and_once(pool: AsyncConnectionPool, bus: MemoryBus) -> None:
    said = events(1200)
    await write(pool, said)

    async with relaying(pool, bus) as relay:
        await until(lambda: len(said_on(bus)) >= 1200)
        await write(pool, said)
        relay.wake()
        await write(pool, more := events(5))
        relay.wake()
        await until(lambda: len(said_on(bus)) >= 1205)

    assert said_on(bus) == [*range(1200), *range(5)]
    assert len(more) == 5


async def test_at_its_end_a_relay_lets_go_of_the_broker_it_asks(pool: AsyncConnectionPool, bus: MemoryBus) -> None:
    """A client left open goes on calling a broker that is gone."""
    async with relaying(pool, bus):
        assert bus.let_go_of == 0

    assert bus.let_go_of == 1


async def test_a_transaction_that_fails_says_nothing(pool: AsyncConnectionPool, bus: MemoryBus, fresh_database: str) -> None:
    engine = create_async_engine(fresh_database.replace("postgresql://", "postgresql+psycopg://"))
    async with engine.connect() as connection:
        await say_later(connection, "things", events(3))
        await connection.rollback()
    async with engine.begin() as connection:
        await say_later(connection, "things", [])
        await say_later(connection, "things", events(2))
    await engine.dispose()

    async with relaying(pool, bus):
        await until(lambda: len(said_on(bus)) >= 2)

    assert said_on(bus) == [0, 1]


async def test_a_broker_that_is_away_is_waited_for_and_one_that_came_back_empty_is_told_again(
    pool: AsyncConnectionPool, bus: MemoryBus
) -> None:
    bus.away = True
    await write(pool, events(10))
    async with relaying(pool, bus) as relay:
        await until(lambda: relay.health().detail["broker_answers"] is False)
        bus.away = False
        await until(lambda: len(said_on(bus)) == 10)
        bus.restart_empty()
        await until(lambda: len(said_on(bus)) == 10)

    assert said_on(bus) == list(range(10))


async def test_several_relays_of_one_schema_do_not_say_everything_twice(pool: AsyncConnectionPool, bus: MemoryBus) -> None:
    await write(pool, events(1500))

    async with relaying(pool, bus), relaying(pool, bus), relaying(pool, bus):
        await until(lambda: len(said_on(bus)) >= 1500)

    assert said_on(bus) == list(range(1500))


async def test_an_event_the_broker_never_takes_is_set_aside_with_the_reason(pool: AsyncConnectionPool, bus: MemoryBus) -> None:
    """Its neighbours may be said twice (they are the same events), never not at all."""
    async with relaying(pool, bus) as relay:
        await until(lambda: relay.health().detail["broker_answers"] is True)
        await write(pool, [*events(3), *events(1, size=5000), *events(6)[3:]])
        relay.wake()
        await until(lambda: relay.health().detail["refused"] == 1)
        refused = await found(pool, REFUSED)

    assert set(said_on(bus)) == set(range(6))
    assert refused == ["the broker did not acknowledge: too large"]


async def test_a_refused_event_stays_to_be_seen_for_seven_days_and_goes_with_a_line_that_counts_it(
    pool: AsyncConnectionPool, bus: MemoryBus
) -> None:
    """As long as what was published. The next life of the relay counts what there is."""
    old_refused, young_refused, old_published, young_published = said = events(4)
    await write(pool, said)
    for statement, one in (
        ("UPDATE things.outgoing SET refused = 'too large' WHERE event_key = %s", old_refused),
        ("UPDATE things.outgoing SET refused = 'too large' WHERE event_key = %s", young_refused),
        ("UPDATE things.outgoing SET written_at = now() - interval '8 days' WHERE event_key = %s", old_refused),
        ("UPDATE things.outgoing SET written_at = now() - interval '8 days' WHERE event_key = %s", old_published),
    ):
        await ran(pool, statement, one.event_key)

    with capture_logs() as lines:
        async with relaying(pool, bus) as relay:
            await until(lambda: relay.health().detail["refused"] == 1)

    assert said_on(bus) == [2, 3]
    assert await found(pool, "SELECT event_key FROM things.outgoing ORDER BY seq") == [
        young_refused.event_key,
        young_published.event_key,
    ]
    assert [(line["event"], line["count"]) for line in lines if "refused" in line["event"]] == [("refused_events_forgotten", 1)]
