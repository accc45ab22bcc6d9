"""PostgreSQL shows what its memory twin shows, whatever the order in which a history arrives."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings

from contact_events.envelope import Event
from event_bus.records import Batch, Handled
from handlers.timeline.timeline_histories import a_memory_twin, arrivals, shown_after
from handlers.timeline.timeline_setting import Twin
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings
from timeline.edges.database.landing import record_contacts
from timeline.edges.database.tables import SCHEMA, metadata
from timeline.edges.database.timelines import PostgresTimelines


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(arrivals())
def test_postgres_and_memory_show_the_same_whatever_the_order(
    timeline_database: str, arrival: tuple[list[Event[Any]], list[list[Event[Any]]]]
) -> None:
    history, batches = arrival

    in_postgres = asyncio.run(_shown_in_postgres(timeline_database, batches))
    in_memory = asyncio.run(shown_after(a_memory_twin(), [history]))

    assert in_postgres == in_memory


async def _shown_in_postgres(url: str, batches: Sequence[Sequence[Event[Any]]]) -> dict[str, Any]:
    async with (
        reading_pool(DatabaseSettings(database_url=url)) as pool,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        for table in metadata.sorted_tables:
            await connection.execute(f"DELETE FROM {SCHEMA}.{table.name}".encode())

        async def record(batch: Batch) -> Handled:
            async with connection.transaction():
                return await record_contacts(connection, batch)

        return await shown_after(Twin(PostgresTimelines(pool, said=lambda: None), record), batches)
