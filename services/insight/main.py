"""Starts insight: the one place where its parts are connected."""

from pathlib import Path

from pydantic import Field

from contact_events.channels import channel_word
from contact_events.purposes import read_registers
from event_bus.ingest import Reader
from event_bus.settings import BrokerSettings
from insight.domain.neighbourhoods import neighbourhoods_from_toml
from insight.edges.contacts import PostgresContacts
from insight.edges.pages.looking import InsightPages, insight_routes
from insight.edges.stream import VIEW
from pages.app import add_doors, guard_of, pages_app, rendering_of
from pages.settings import PagesSettings
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings
from views.running import ViewSettings, run_view

HERE = Path(__file__).parent


class Settings(PagesSettings, ViewSettings):
    """What insight must be told."""

    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")
    neighbourhoods_file: Path = Field(
        default=HERE / "municipality" / "neighbourhoods.toml",
        description="the path of the municipality's neighbourhoods by their CBS codes",
    )


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    settings.sealer()
    try:
        matters, _ = read_registers(settings.matters_file, settings.purposes_file)
        neighbourhoods = neighbourhoods_from_toml(settings.neighbourhoods_file.read_text("utf-8"))
    except OSError as fault:
        raise BadSettings(f"Set NEIGHBOURHOODS_FILE to a file that can be read: {fault}.") from None
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None

    def group_word(by: str, name: str, language: str) -> str:
        if by == "channel":
            return channel_word(name, language)
        if by == "matter":
            known = matters.by_code.get(name)
            return name if known is None else known.nl if language == "nl" else known.en
        return f"{name}:00" if by == "hour" else neighbourhoods.get(name, name)

    rendering = rendering_of(settings, HERE, {"group_word": group_word})
    view = await run_view(VIEW, settings)
    app = pages_app(
        service="insight",
        title="Plein insight",
        description="The page of policy advisers: groups, never a person.",
        settings=settings,
        parts=view.parts,
        rendering=rendering,
    )
    guard = guard_of(settings, app, view.reading, VIEW.name)
    add_doors(app, guard, rendering)
    app.include_router(insight_routes(InsightPages(guard, rendering, PostgresContacts(view.reading))), include_in_schema=False)
    app.include_router(view.erasures)
    return Service(app, view.parts)


def reader(_settings: BrokerSettings) -> Reader:
    """Returns how insight reads: for its own worker, and for an operator who redrives what was parked."""
    return VIEW.reader()


def main() -> None:
    """Runs until it is told to stop."""
    run("insight", Settings, build)
