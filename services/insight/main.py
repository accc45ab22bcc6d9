"""Starts insight: the one place where its parts are connected."""

from pathlib import Path

from pydantic import Field

from contact_events.channels import channel_word
from contact_events.erasure import is_covered
from contact_events.purposes import read_registers
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from event_bus.ingest import PostgresIngest, Reader
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from insight.edges.contacts import SCHEMA, PostgresContacts
from insight.edges.pages.looking import InsightPages, insight_routes
from insight.edges.stream import READER, TOPICS, count_contacts
from pages.app import add_doors, guard_of, pages_app, rendering_of
from pages.settings import PagesSettings
from service_runtime.database import database_part, ingest_pool, reading_pool
from service_runtime.migrations import migrate_when_it_answers
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings, DatabaseSettings

HERE = Path(__file__).parent


class Settings(PagesSettings, DatabaseSettings, BrokerSettings):
    """What insight must be told."""

    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    settings.sealer()
    try:
        matters, _ = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None
    await migrate_when_it_answers("insight", settings.database_url, SCHEMA)
    pool, pages_pool = ingest_pool(settings), reading_pool(settings)
    reads = reader(settings)
    ingest = PostgresIngest(pool, SCHEMA, reads.name, reads.handle, broker_durable=settings.broker_durable, covers=is_covered)
    worker = StreamWorker(settings, reads.name, reads.topics, ingest, gather_s=0.5)
    parts = [database_part(None, pool, pages_pool), worker]

    def group_word(by: str, name: str, language: str) -> str:
        if by == "channel":
            return channel_word(name, language)
        if by == "matter":
            known = matters.by_code.get(name)
            return name if known is None else known.nl if language == "nl" else known.en
        return f"{name}:00" if by == "hour" else name

    rendering = rendering_of(settings, HERE, {"group_word": group_word, "theme_class": "utrecht-theme"})
    app = pages_app(
        service="insight",
        title="Plein insight",
        description="The page of policy advisers: groups, never a person.",
        settings=settings,
        parts=parts,
        rendering=rendering,
    )
    guard = guard_of(settings, app, pages_pool, SCHEMA)
    add_doors(app, guard, rendering)
    app.include_router(insight_routes(InsightPages(guard, rendering, PostgresContacts(pages_pool))), include_in_schema=False)
    app.include_router(erasure_routes(told_from(pool, SCHEMA)))
    return Service(app, parts)


def reader(_settings: BrokerSettings) -> Reader:
    """Returns how insight reads: for its own worker, and for an operator who redrives what was parked."""
    return Reader(READER, SCHEMA, TOPICS, count_contacts)


def main() -> None:
    """Runs until it is told to stop."""
    run("insight", Settings, build)
