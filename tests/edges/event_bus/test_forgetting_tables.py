"""What lies in outgoing and parked rows of an erased reference goes, found by index, and is not parked again."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from event_bus.forgetting import Forgetting, carried_before
from event_bus.forgetting.tables import (
    erased_among,
    forget_carried,
    hold_alone,
    hold_together,
    mark_erased,
    note_forgotten,
    told_from,
)
from event_bus.ingest import PostgresIngest, keep_outgoing
from event_bus.records import Arrivals, Batch, Handled, Record, ToPark, TopicPartition, ToSay

SHE, OTHER = b"s" * 16, b"o" * 16
LONG_KEY = secrets.token_bytes(9_000)
P0 = TopicPartition("things", 0)
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def her_erasure(at: datetime | None = None) -> Forgetting:
    return Forgetting(UUID(int=7), frozenset({SHE}), at or now() + HOUR)


async def park_everything(_connection: Any, batch: Arrivals) -> Handled:
    return Handled(parked=[ToPark(record, "asked_to") for record in batch.records])


def an_ingest(pool: AsyncConnectionPool) -> PostgresIngest:
    return PostgresIngest(pool, "things", "reader", park_everything, broker_durable=True)


async def parks(pool: AsyncConnectionPool, *keys: bytes | None, carried_at: datetime | None = None) -> dict[str, Handled]:
    """Lets a reader park a record under each key, published at a moment."""
    ingest = an_ingest(pool)
    at = (await ingest.positions("log 1", {P0: 0}))[P0]
    timestamp_ms = int((carried_at or now()).timestamp() * 1000)
    records = [Record(*P0, at + place, key, uuid4().bytes, (), timestamp_ms) for place, key in enumerate(keys)]
    return dict(await ingest.take("log 1", [Batch(*P0, records)]))


async def query(pool: AsyncConnectionPool, statement: str) -> list[Any]:
    async with pool.connection() as connection:
        return [row[0] for row in await (await connection.execute(statement.encode())).fetchall()]


async def forgotten(pool: AsyncConnectionPool, forgetting: Forgetting, *also: UUID) -> dict[str, int]:
    async with pool.connection() as connection:
        await hold_alone(connection, "things")
        await mark_erased(connection, "things", forgetting)
        return await forget_carried(connection, "things", forgetting, carried_before, also=also)


async def test_outgoing_and_parked_rows_of_an_erased_key_go_and_nobody_elses(pool: AsyncConnectionPool) -> None:
    """Whatever key was parked, also one that no index could hold."""
    about_her = ToSay("said", OTHER, b"evidence about her", uuid4())
    async with pool.connection() as connection:
        await keep_outgoing(connection, "things", [ToSay("said", key, b"v", uuid4()) for key in (SHE, SHE, OTHER)])
        await keep_outgoing(connection, "things", [about_her])
    await parks(pool, SHE, OTHER, None, LONG_KEY)

    counts = await forgotten(pool, her_erasure(), about_her.event_key)

    assert counts == {"outgoing": 4, "parked": 1}  # what was parked is said on the parked neighbour too
    assert set(await query(pool, "SELECT key FROM things.outgoing")) == {OTHER, b"", LONG_KEY}
    assert set(await query(pool, "SELECT key FROM things.parked")) == {OTHER, None, LONG_KEY}


async def test_what_was_carried_after_the_moment_stays(pool: AsyncConnectionPool) -> None:
    await parks(pool, SHE)

    assert await forgotten(pool, her_erasure(now() - HOUR)) == {"outgoing": 0, "parked": 0}


async def test_what_an_erasure_covers_is_not_parked_when_it_is_read_again(pool: AsyncConnectionPool) -> None:
    """A replay would bring it back for ever; what came later is somebody's new trouble."""
    await forgotten(pool, her_erasure(now()))

    [again] = (await parks(pool, SHE, OTHER, carried_at=now() - HOUR)).values()
    [later] = (await parks(pool, SHE, carried_at=now() + HOUR)).values()

    assert ([each.record.key for each in again.parked], again.ignored) == ([OTHER], {"erased": 1})
    assert [each.record.key for each in later.parked] == [SHE]
    assert sorted(await query(pool, "SELECT key FROM things.parked")) == [OTHER, SHE]


async def test_an_earlier_erasure_that_comes_late_takes_nothing_back(pool: AsyncConnectionPool) -> None:
    moment = now()
    await forgotten(pool, her_erasure(moment))
    await forgotten(pool, her_erasure(moment - HOUR))

    async with pool.connection() as connection:
        assert await erased_among(connection, "things", [UUID(bytes=SHE), UUID(bytes=OTHER)]) == {UUID(bytes=SHE): moment}


async def test_who_carries_out_an_erasure_is_alone_and_others_are_together(pool: AsyncConnectionPool) -> None:
    async with pool.connection() as one, pool.connection() as other:
        await hold_together(one, "things")
        await hold_together(other, "things")
        await other.rollback()
        await other.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await hold_alone(other, "things")
        await other.rollback()


async def test_an_erasure_is_told_once_it_was_carried_out(pool: AsyncConnectionPool) -> None:
    tells = told_from(pool, "things")
    before = await tells(UUID(int=7))
    async with pool.connection() as connection:
        await note_forgotten(connection, "things", UUID(int=7), {"rows": 3})
        await note_forgotten(connection, "things", UUID(int=7), {"rows": 0})
    after = await tells(UUID(int=7))

    assert before is None
    assert after is not None
    assert after.counts == {"rows": 3}


@pytest.mark.parametrize("table", ["outgoing", "parked"])
async def test_rows_are_found_by_index_however_many_there_are(pool: AsyncConnectionPool, table: str) -> None:
    columns = {
        "outgoing": "event_key, topic, key, value) SELECT gen_random_uuid(), 't', uuid_send(gen_random_uuid()), ''",
        "parked": "reader, topic, partition, record_offset, log_id, key, content_digest, reason)"
        " SELECT 'r', 't', 0, n, 'l', uuid_send(gen_random_uuid()), int8send(n), 'x'",
    }
    async with pool.connection() as connection:
        await connection.execute(f"INSERT INTO things.{table} ({columns[table]} FROM generate_series(1, 20000) n".encode())
        await connection.execute(f"ANALYZE things.{table}".encode())
        asked = f"EXPLAIN (FORMAT json) SELECT * FROM things.{table} WHERE key = ANY(%s) AND length(key) = 16".encode()
        row = await (await connection.execute(asked, ([SHE, OTHER],))).fetchone()
        assert row is not None
        assert f"{table}_key" in json.dumps(row[0])
