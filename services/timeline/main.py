"""Starts the timeline: the one place where its parts are connected."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr

from contact_events.citizen_ref import Assurance, PseudonymKeys
from contact_events.erasure import is_covered
from contact_events.purposes import read_registers
from contact_events.topics import TOPICS
from event_bus.broker_view import BrokerView
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from event_bus.ingest import PostgresIngest, Reader
from event_bus.outgoing import Relay
from event_bus.publisher import KafkaPublisher
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from service_runtime.database import database_part, ingest_pool, reading_pool
from service_runtime.http import http_app
from service_runtime.migrations import migrate_when_it_answers
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings, DatabaseSettings, ServiceSettings
from timeline.domain.sources import expected_sources
from timeline.edges.database.landing import record_contacts
from timeline.edges.database.rebuilding import rebuild
from timeline.edges.database.tables import SCHEMA
from timeline.edges.database.timelines import PostgresTimelines
from timeline.edges.http.asking import Desk
from timeline.edges.http.routes import add_routes
from timeline.edges.live import ListeningChanges

__all__ = ["Settings", "build", "main", "reader", "rebuild"]

READER = "timeline"
READ_TOPICS = tuple(topic.name for topic in TOPICS if READER in topic.read_by)

T = TypeVar("T")


class Settings(ServiceSettings, DatabaseSettings, BrokerSettings):
    """What the timeline must be told."""

    pseudonym_keys: SecretStr = Field(description="the pseudonym keys, as 1:<64 hexadecimal digits>")
    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")
    own_timeline_assurance: Literal["low", "substantial", "high"] = Field(
        default="substantial", description="how sure a sign-in must be for the own timeline: low, substantial or high"
    )
    sources_file: Path | None = Field(default=None, description="the path of the municipality's file of expected sources")


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    keys = _read("PSEUDONYM_KEYS", lambda: PseudonymKeys.from_text(settings.pseudonym_keys.get_secret_value()))
    sources = _read("SOURCES_FILE", lambda: expected_sources(_sources(settings.sources_file)))
    try:
        matters, purposes = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None
    await migrate_when_it_answers("timeline", settings.database_url, SCHEMA)

    pool, reads_pool = ingest_pool(settings), reading_pool(settings)
    publisher = KafkaPublisher(settings)
    relay = Relay(pool, SCHEMA, publisher, BrokerView(settings))
    changes = ListeningChanges(settings.database_url)
    reads = reader(settings)
    ingest = PostgresIngest(pool, SCHEMA, reads.name, reads.handle, broker_durable=settings.broker_durable, covers=is_covered)
    worker = StreamWorker(settings, reads.name, reads.topics, ingest)
    parts = [database_part(None, pool, reads_pool), changes, publisher, relay, worker]
    app = http_app(
        service="timeline",
        title="Plein timeline",
        description="One timeline per citizen, shown per purpose. No purpose, no timeline; no log line, no answer.",
        settings=settings,
        parts=parts,
    )
    timelines = PostgresTimelines(reads_pool, said=relay.wake)
    add_routes(app, Desk(timelines, changes, purposes, matters, sources, keys, Assurance(settings.own_timeline_assurance)))
    app.include_router(erasure_routes(told_from(pool, SCHEMA)))
    return Service(app, parts)


def reader(_settings: Settings) -> Reader:
    """Returns how the timeline reads: for its own worker, and for an operator who redrives what was parked."""
    return Reader(READER, SCHEMA, READ_TOPICS, record_contacts)


def main() -> None:
    """Runs until it is told to stop."""
    run("timeline", Settings, build)


def _sources(file: Path | None) -> str:
    """Returns the municipality's own file, or the example that is shipped."""
    return (file or files("timeline") / "municipality" / "sources.toml").read_text("utf-8")


def _read(name: str, reader: Callable[[], T]) -> T:
    try:
        return reader()
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise BadSettings(f"{name}: {reason}.") from None
