"""The schema `things` of a reader that keeps bare values, on a database of each test's own."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from psycopg_pool import AsyncConnectionPool

from event_bus.tables import stream_tables


@pytest.fixture
def things_database(fresh_database: str) -> str:
    """The address of a database with the stream tables and a table of rows. A row has no key, so that one kept twice shows."""
    engine = sa.create_engine(fresh_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA things"))
        metadata = sa.MetaData()
        stream_tables(metadata, "things")
        metadata.create_all(connection)
        connection.execute(sa.text("CREATE TABLE things.row (value bytea)"))
    engine.dispose()
    return fresh_database


@pytest.fixture
async def pool(things_database: str) -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(things_database, min_size=1, max_size=6, timeout=5, open=False) as opened:
        yield opened
