"""The access log: lines wait in the outgoing table, in the transaction that read what they are about."""

from collections.abc import Sequence
from typing import Any

import psycopg

from channel_router.edges.database import SCHEMA
from channel_router.edges.stream import to_say
from contact_events.envelope import Event
from contact_events.seen import InformationSeen
from contact_events.topics import ACCESS_LOG
from event_bus.ingest import keep_outgoing
from service_runtime.tracing import current_traceparent


class PostgresAccessLog:
    """Writes inside the transaction of this connection; after its commit the lines are durable."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def keep(self, lines: Sequence[Event[InformationSeen]]) -> None:
        """See the port. One insert for any number of lines."""
        trace = current_traceparent()
        await keep_outgoing(self._connection, SCHEMA, [to_say(ACCESS_LOG.name, line, trace) for line in lines])
