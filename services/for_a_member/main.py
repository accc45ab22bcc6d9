"""Starts the pages for helpers: the one place where their parts are connected."""

from pathlib import Path

from pydantic import Field

from contact_events.purposes import read_registers
from event_bus.ingest import Reader
from event_bus.settings import BrokerSettings
from for_a_member.edges.book import PostgresBook
from for_a_member.edges.pages.helping import HelperPages, helper_routes
from for_a_member.edges.stream import VIEW
from pages.app import add_doors, guard_of, pages_app, rendering_of
from pages.settings import PagesSettings
from pages.upstream import Upstream
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings
from views.running import ViewSettings, run_view

HERE = Path(__file__).parent


class Settings(PagesSettings, ViewSettings):
    """What the pages for helpers must be told."""

    door_url: str = Field(
        min_length=8, description="the address of the helpers' door, for example http://intermediary_adapter:8104"
    )
    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    settings.sealer()
    try:
        matters, _ = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None

    def matter_word(code: str, language: str) -> str:
        known = matters.by_code.get(code)
        return code if known is None else known.nl if language == "nl" else known.en

    shown = {"matter_word": matter_word, "matters": matters.by_code}
    rendering = rendering_of(settings, HERE, shown)
    view = await run_view(VIEW, settings)
    app = pages_app(
        service="for_a_member",
        title="Plein for a member",
        description="The pages of organisations that help their members.",
        settings=settings,
        parts=view.parts,
        rendering=rendering,
    )
    guard = guard_of(settings, app, view.reading, VIEW.name)
    door = Upstream("intermediary_adapter", settings.door_url)
    add_doors(app, guard, rendering)
    app.include_router(
        helper_routes(HelperPages(guard, rendering, door, PostgresBook(view.reading), matters)), include_in_schema=False
    )
    app.include_router(view.erasures)
    return Service(app, view.parts)


def reader(_settings: BrokerSettings) -> Reader:
    """Returns how these pages read: for their own worker, and for an operator who redrives what was parked."""
    return VIEW.reader()


def main() -> None:
    """Runs until it is told to stop."""
    run("for_a_member", Settings, build)
