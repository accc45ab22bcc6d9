"""PostgreSQL: the engine, the pools of ingest and of reading, and the part that says how the database is."""

import asyncio
import contextlib
import operator
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tenacity import AsyncRetrying, retry_if_result, wait_exponential_jitter

from service_runtime.logging import get_logger
from service_runtime.migrations import CONNECT_SECONDS, START_SECONDS, sqlalchemy_url
from service_runtime.parts import Part, PartHealth
from service_runtime.problems import means_not_available
from service_runtime.settings import DatabaseSettings

__all__ = ["Pool", "async_engine", "database_part", "ingest_pool", "reading_pool"]

Pool = AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]

LOOK_SECONDS = 2.0
CHECK_SECONDS = 1.0

log = get_logger()

means_not_available(OperationalError, InterfaceError, NoConnectionFree, psycopg.OperationalError, PoolTimeout)


def async_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Returns the engine of the HTTP side. Parameters never show in its errors; times are UTC."""
    return create_async_engine(
        sqlalchemy_url(settings.database_url),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_CONNECTION,
    )


def ingest_pool(settings: DatabaseSettings) -> Pool:
    """Returns the pool of the ingest side, not yet open; `database_part` opens it."""
    return _pool(settings, "ingest")


def reading_pool(settings: DatabaseSettings) -> Pool:
    """Returns a pool for who reads over HTTP, not yet open: a full hand of ingest keeps no reader waiting."""
    return _pool(settings, "reading")


def _pool(settings: DatabaseSettings, name: str) -> Pool:
    return AsyncConnectionPool(
        settings.database_url,
        connection_class=psycopg.AsyncConnection,
        kwargs=_CONNECTION,
        min_size=1,
        max_size=settings.database_pool_size,
        timeout=5,
        max_idle=120,
        reconnect_timeout=30,
        check=_check_now_and_then,
        open=False,
        name=name,
    )


async def _check_now_and_then(connection: psycopg.AsyncConnection[TupleRow]) -> None:
    """Asks the database whether a connection still stands, when that was not asked in the last second."""
    now = time.monotonic()
    if now - getattr(connection, "checked_at", 0.0) > CHECK_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
        connection.checked_at = now  # type: ignore[attr-defined]  # the pool leaves connections as they are


_CONNECTION: dict[str, Any] = {"options": "-c timezone=UTC", "connect_timeout": CONNECT_SECONDS, "application_name": "plein"}


class DatabasePart:
    """Opens the pool, waits for the database, looks at it every two seconds, closes both."""

    name = "database"

    def __init__(self, engine: AsyncEngine | None, pools: Sequence[Pool]) -> None:
        if engine is None and not pools:
            raise ValueError("a database part needs an engine or a pool")
        self._engine = engine
        self._pools = pools
        self._reachable = False
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the database answers. Raises TimeoutError after a minute."""
        for pool in self._pools:
            await pool.open(wait=False)
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._wait()
        except BaseException:
            await self._close()
            raise
        self._looking = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        await self._close()

    async def ended(self) -> None:
        """A database that is away is waited for; it never ends the process."""
        await asyncio.Event().wait()

    def health(self) -> PartHealth:
        detail: dict[str, int | float | str | bool] = {"reachable": self._reachable}
        if self._pools:
            seen: list[Mapping[str, int]] = [pool.get_stats() for pool in self._pools]
            detail["connections"] = sum(each.get("pool_size", 0) for each in seen)
            detail["waiting"] = sum(each.get("requests_waiting", 0) for each in seen)
        return PartHealth(self.name, self._reachable, detail)

    async def _wait(self) -> None:
        await AsyncRetrying(wait=wait_exponential_jitter(multiplier=0.1, max=2), retry=retry_if_result(operator.not_))(self._look)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            before = self._reachable
            if await self._look() != before:
                log.warning("database_came_back" if self._reachable else "database_went_away")

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(LOOK_SECONDS * 2):
                if self._engine is not None:
                    async with self._engine.connect() as engaged:
                        await engaged.execute(text("SELECT 1"))
                else:
                    async with self._pools[0].connection(timeout=LOOK_SECONDS) as connection:
                        await connection.execute("SELECT 1")
        except (DBAPIError, psycopg.Error, OSError, TimeoutError):
            self._reachable = False
        else:
            self._reachable = True
        return self._reachable

    async def _close(self) -> None:
        self._reachable = False
        for pool in self._pools:
            await pool.close()
        if self._engine is not None:
            await self._engine.dispose()


def database_part(engine: AsyncEngine | None, *pools: Pool) -> Part:
    """Returns the part that owns the engine and the pools."""
    return DatabasePart(engine, pools)
