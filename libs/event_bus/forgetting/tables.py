"""Forgetting in a service's own schema: which references are erased, and what lies in its outgoing and parked rows of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from event_bus.forgetting import Covers, Forgetting, Forgotten, Tells

Connection = psycopg.AsyncConnection[Any]

_MARK: LiteralString = """
INSERT INTO {} AS kept (ref, erased_at) SELECT ref, %s FROM unnest(%s::uuid[]) AS erased (ref)
ON CONFLICT (ref) DO UPDATE SET erased_at = greatest(kept.erased_at, excluded.erased_at)
"""
_ERASED: LiteralString = "SELECT ref, erased_at FROM {} WHERE ref = ANY(%s)"
_SAID: LiteralString = "SELECT seq, value, written_at FROM {} WHERE key = ANY(%s) AND length(key) = 16"
_PARKED: LiteralString = "SELECT parked_id, value, parked_at FROM {} WHERE key = ANY(%s) AND length(key) = 16"
_NOTE: LiteralString = "INSERT INTO {} (erasure, counts) VALUES (%s, %s) ON CONFLICT (erasure) DO NOTHING"


async def hold_together(connection: Connection, schema: str) -> None:
    """Keeps erasures waiting until this transaction ends; others that hold together go on."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", (f"{schema}.erasing",))


async def hold_alone(connection: Connection, schema: str) -> None:
    """Waits for everybody who holds, and keeps them waiting: nobody brings what an erasure would miss."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{schema}.erasing",))


async def erased_among(connection: Connection, schema: str, refs: Collection[UUID]) -> dict[UUID, datetime]:
    """Returns which of these references are erased, and up to which moment. Ask while holding."""
    if not refs:
        return {}
    rows = await connection.execute(sql.SQL(_ERASED).format(sql.Identifier(schema, "erased_ref")), (list(refs),))
    return dict(await rows.fetchall())


async def mark_erased(connection: Connection, schema: str, forgetting: Forgetting) -> None:
    """Marks the references for ever, so that nothing brings back what was logged under them. Hold alone."""
    refs = [UUID(bytes=key) for key in forgetting.keys]
    statement = sql.SQL(_MARK).format(sql.Identifier(schema, "erased_ref"))
    await connection.execute(statement, (forgetting.erased_at, refs))


async def forget_carried(
    connection: Connection, schema: str, forgetting: Forgetting, covers: Covers, *, also: Sequence[UUID] = ()
) -> dict[str, int]:
    """Forgets outgoing and parked rows of these keys, and outgoing rows of the events in `also`; returns how many of each."""
    outgoing = sql.Identifier(schema, "outgoing")
    said = await _covered(connection, sql.SQL(_SAID).format(outgoing), forgetting, covers)
    went = await connection.execute(
        sql.SQL("DELETE FROM {} WHERE seq = ANY(%s) OR event_key = ANY(%s)").format(outgoing), (said, list(also))
    )
    table = sql.Identifier(schema, "parked")
    parked = await _covered(connection, sql.SQL(_PARKED).format(table), forgetting, covers)
    off_the_list = await connection.execute(sql.SQL("DELETE FROM {} WHERE parked_id = ANY(%s)").format(table), (parked,))
    return {"outgoing": went.rowcount, "parked": off_the_list.rowcount}


async def note_forgotten(connection: Connection, schema: str, erasure: UUID, counts: Mapping[str, int]) -> None:
    """Notes that an erasure was carried out; one that comes again finds nothing and changes nothing."""
    statement = sql.SQL(_NOTE).format(sql.Identifier(schema, "forgotten"))
    await connection.execute(statement, (erasure, Jsonb(dict(counts))))


def told_from(pool: AsyncConnectionPool, schema: str) -> Tells:
    """Returns who tells what a service forgot in its schema."""
    statement = sql.SQL("SELECT forgotten_at, counts FROM {} WHERE erasure = %s").format(sql.Identifier(schema, "forgotten"))

    async def tell(erasure: UUID) -> Forgotten | None:
        try:
            async with pool.connection() as connection:
                row = await (await connection.execute(statement, (erasure,))).fetchone()
        except (psycopg.Error, PoolTimeout, PoolClosed) as fault:
            raise ConnectionError(type(fault).__name__) from None
        return None if row is None else Forgotten(row[0], row[1])

    return tell


async def _covered(connection: Connection, statement: sql.Composed, forgetting: Forgetting, covers: Covers) -> list[int]:
    rows = await (await connection.execute(statement, (list(forgetting.keys),))).fetchall()
    return [number for number, value, carried_at in rows if covers(value, carried_at, forgetting.erased_at)]
