"""The twins of the timelines: memory, and PostgreSQL on one migrated database that each test finds empty."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from engines import Engines
from event_bus.records import Batch, Handled
from handlers.timeline.timeline_setting import Twin
from service_runtime.database import Pool, reading_pool
from service_runtime.settings import DatabaseSettings
from timeline.edges.database import landing
from timeline.edges.database.landing import record_contacts
from timeline.edges.database.tables import SCHEMA, metadata
from timeline.edges.database.timelines import PostgresTimelines
from timeline.edges.memory import MemoryTimelines


@pytest.fixture(scope="module")
def timeline_database(engines: Engines) -> Iterator[str]:
    """The address of a database with the schema of the timeline."""
    with engines.tables_of("timeline") as url:
        yield url


@pytest.fixture(params=["few", "many"])
def as_few_and_as_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many arrivals are looked up and copied, few are decided row by row: with one outcome."""
    monkeypatch.setattr(landing, "MANY", 0 if request.param == "many" else 1_000)


@pytest.fixture
async def timeline_pool(timeline_database: str) -> AsyncIterator[Pool]:
    """Connections to the empty tables of the timeline."""
    with psycopg.connect(timeline_database) as connection:
        for table in metadata.sorted_tables:
            connection.execute(f"DELETE FROM {SCHEMA}.{table.name}".encode())
    async with reading_pool(DatabaseSettings(database_url=timeline_database)) as pool:
        yield pool


@pytest.fixture
async def postgres_twin(timeline_database: str, timeline_pool: Pool) -> AsyncIterator[Twin]:
    """The timelines in PostgreSQL; each batch is a transaction."""
    async with await psycopg.AsyncConnection.connect(timeline_database) as connection:

        async def record(batch: Batch) -> Handled:
            async with connection.transaction():
                return await record_contacts(connection, batch)

        yield Twin(PostgresTimelines(timeline_pool, said=lambda: None), record)


@pytest.fixture(params=["memory", "postgres"])
def twin(request: pytest.FixtureRequest) -> Twin:
    """Each of the twins, empty."""
    if request.param == "memory":
        timelines = MemoryTimelines()
        return Twin(timelines, timelines.record_contacts)
    found: Twin = request.getfixturevalue("postgres_twin")
    return found
