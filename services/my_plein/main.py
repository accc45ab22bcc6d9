"""Starts My Plein: the one place where its parts are connected."""

from pathlib import Path

from pydantic import Field

from contact_events.channels import Channel, channel_word
from contact_events.citizen_ref import Assurance
from contact_events.purposes import read_registers
from contact_events.sign_in_levels import LEVELS, assurance_of
from event_bus.ingest import Reader
from event_bus.settings import BrokerSettings
from my_plein.edges.facts import PostgresFacts
from my_plein.edges.pages.at_home import HomePages
from my_plein.edges.pages.own_say import say_routes
from my_plein.edges.pages.own_timeline import timeline_routes
from my_plein.edges.stream import VIEW
from pages.app import add_doors, guard_of, pages_app, rendering_of
from pages.settings import PagesSettings
from pages.upstream import Upstream
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings
from views.running import ViewSettings, run_view

HERE = Path(__file__).parent
# The channels somebody may want or refuse; a person is asked for apart.
TO_CHOOSE = (Channel.PHONE, Channel.LETTER, Channel.EMAIL, Channel.SMS, Channel.PORTAL, Channel.HOME_VISIT)


class Settings(PagesSettings, ViewSettings):
    """What My Plein must be told."""

    timeline_url: str = Field(min_length=8, description="the address of the timeline, for example http://timeline:8110")
    door_url: str = Field(min_length=8, description="the address of the website's door, for example http://web_adapter:8101")
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

    shown = {
        "matter_word": matter_word,
        "channel_word": channel_word,
        "matters": matters.by_code,
        "known_channels": tuple(channel.value for channel in Channel),
        "to_choose": tuple(channel.value for channel in TO_CHOOSE),
    }
    rendering = rendering_of(settings, HERE, shown)
    view = await run_view(VIEW, settings)
    app = pages_app(
        service="my_plein",
        title="My Plein",
        description="The pages of a citizen.",
        settings=settings,
        parts=view.parts,
        rendering=rendering,
    )
    guard = guard_of(settings, app, view.reading, VIEW.name)
    levels = {level: assurance_of(level).rank for level in LEVELS if assurance_of(level).rank >= Assurance.SUBSTANTIAL.rank}
    home = HomePages(
        guard,
        rendering,
        timeline=Upstream("timeline", settings.timeline_url),
        door=Upstream("web_adapter", settings.door_url),
        facts=PostgresFacts(view.reading),
        matters=matters,
        levels=levels,
    )
    add_doors(app, guard, rendering)
    for routes in (timeline_routes, say_routes):
        app.include_router(routes(home), include_in_schema=False)
    app.include_router(view.erasures)
    return Service(app, view.parts)


def reader(_settings: BrokerSettings) -> Reader:
    """Returns how My Plein reads: for its own worker, and for an operator who redrives what was parked."""
    return VIEW.reader()


def main() -> None:
    """Runs until it is told to stop."""
    run("my_plein", Settings, build)
