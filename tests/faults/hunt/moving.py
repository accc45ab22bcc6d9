"""What an operator does to positions: reads a log again from its begin."""

from contextlib import closing

import psycopg

from event_bus.broker_view import admin_client, partitions_of
from event_bus.positions import move_positions
from faults.hunt.town import HuntedTown
from plein.topics import readers


async def begin_again(town: HuntedTown) -> None:
    """Moves the timeline to the begin of the log that is there now."""
    with closing(admin_client(town.broker_settings, timeout_ms=5_000)) as admin:
        log_id = str(admin.describe_cluster()["cluster_id"])
        there = partitions_of(admin, list(readers()["timeline"]))
    async with await psycopg.AsyncConnection.connect(town.rows.database_url) as connection:
        await move_positions(connection, "timeline", "timeline", log_id, dict.fromkeys(there, 0))
