"""What a service with a view runs: its schema up to date, the worker that fills it, and what it tells of erasures."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from contact_events.erasure import is_covered
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from event_bus.ingest import PostgresIngest
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from service_runtime.database import Pool, database_part, ingest_pool, reading_pool
from service_runtime.migrations import migrate_when_it_answers
from service_runtime.parts import Part
from service_runtime.settings import DatabaseSettings
from views.keeping import View

# Somebody looks at what is kept here: a hand goes in this soon, however small it is.
GATHER_S = 0.1


class ViewSettings(DatabaseSettings, BrokerSettings):
    """What a service with a view must be told."""


@dataclass(frozen=True, slots=True)
class Running:
    """The parts of a view, where to read it, and the routes on which an operator follows an erasure."""

    reading: Pool
    parts: list[Part]
    erasures: APIRouter


async def run_view(view: View[Any], settings: ViewSettings) -> Running:
    """Brings the schema up to date, and returns what the process runs."""
    await migrate_when_it_answers(view.name, settings.database_url, view.name)
    filling, reading = ingest_pool(settings), reading_pool(settings)
    reader = view.reader()
    ingest = PostgresIngest(
        filling, view.name, reader.name, reader.handle, broker_durable=settings.broker_durable, covers=is_covered
    )
    worker = StreamWorker(settings, reader.name, reader.topics, ingest, gather_s=GATHER_S)
    return Running(reading, [database_part(None, filling, reading), worker], erasure_routes(told_from(filling, view.name)))
