"""Starts the desk: the one place where its parts are connected."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from contact_events.channels import Channel, channel_word
from contact_events.matters import Matters
from contact_events.purposes import read_registers
from desk.edges.call_backs import PostgresCallBacks
from desk.edges.calls import IncomingCalls
from desk.edges.contacts import PostgresContactsInHand
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages
from desk.edges.pages.calling import calling_routes
from desk.edges.pages.calling_back import calling_back_routes
from desk.edges.pages.contacts import contact_routes
from desk.edges.pages.counter import counter_routes
from desk.edges.pages.joining import joining_routes
from desk.edges.pages.operating import operating_routes
from desk.edges.pages.reaching import reaching_routes
from desk.edges.pages.revealing import revealing_routes
from desk.edges.pages.seeking import seeking_routes
from desk.edges.people import PeopleRegister
from desk.edges.services import Services
from desk.edges.stream import VIEW
from desk.edges.watching import Watching
from event_bus.ingest import Reader
from event_bus.settings import BrokerSettings
from pages.app import add_doors, guard_of, pages_app, rendering_of
from pages.settings import PagesSettings
from pages.upstream import Upstream
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings, Words, split_words
from views.running import ViewSettings, run_view

HERE = Path(__file__).parent


class Settings(PagesSettings, ViewSettings):
    """What the desk must be told."""

    timeline_url: str = Field(min_length=8, description="the address of the timeline, for example http://timeline:8110")
    phone_log_url: str = Field(min_length=8, description="the address of the phone log adapter")
    counter_url: str = Field(min_length=8, description="the address of the counter adapter")
    router_url: str = Field(min_length=8, description="the address of the channel router")
    book_url: str = Field(min_length=8, description="the address of the address book")
    people_register_url: str | None = Field(
        default=None, description="the address of the register of persons (BRP personen bevragen)"
    )
    people_register_key: SecretStr | None = Field(default=None, description="the key for the register of persons")
    watched: Words = Field(default=(), description="the services that an operator watches, as name=address, separated by commas")
    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")

    @field_validator("watched", mode="before")
    @classmethod
    def _split_watched(cls, value: object) -> object:
        return split_words(value)

    @property
    def watched_addresses(self) -> dict[str, str]:
        return {name: address.rstrip("/") for name, _, address in (each.partition("=") for each in self.watched)}


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    sealer = settings.sealer()
    try:
        matters, _ = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None
    rendering = rendering_of(settings, HERE, _shown(matters))
    view = await run_view(VIEW, settings)
    app = pages_app(
        service="desk",
        title="Plein desk",
        description="The pages of agents and counter staff.",
        settings=settings,
        parts=view.parts,
        rendering=rendering,
    )
    guard = guard_of(settings, app, view.reading, VIEW.name)
    services = Services(
        timeline=Upstream("timeline", settings.timeline_url),
        phone_log=Upstream("phone_log_adapter", settings.phone_log_url),
        counter=Upstream("counter_adapter", settings.counter_url),
        router=Upstream("channel_router", settings.router_url),
        book=Upstream("address_book", settings.book_url),
        people=_register(settings),
    )
    desk = DeskPages(
        guard, rendering, services, PostgresContactsInHand(view.reading, sealer), PostgresCallBacks(view.reading), matters
    )
    add_doors(app, guard, rendering)
    for routes in (
        seeking_routes,
        contact_routes,
        joining_routes,
        reaching_routes,
        revealing_routes,
        calling_back_routes,
        counter_routes,
    ):
        app.include_router(routes(desk), include_in_schema=False)
    app.include_router(calling_routes(desk, IncomingCalls(view.reading, sealer)))
    app.include_router(operating_routes(desk, Watching(settings.watched_addresses)), include_in_schema=False)
    app.include_router(view.erasures)
    return Service(app, view.parts)


def reader(_settings: BrokerSettings) -> Reader:
    """Returns how the desk reads: for its own worker, and for an operator who redrives what was parked."""
    return VIEW.reader()


def main() -> None:
    """Runs until it is told to stop."""
    run("desk", Settings, build)


def _register(settings: Settings) -> PeopleRegister | None:
    """Returns the register of persons; without one nobody is found by name."""
    if settings.people_register_url is None:
        return None
    key = settings.people_register_key
    return PeopleRegister(settings.people_register_url, key.get_secret_value() if key else None)


def _shown(matters: Matters) -> dict[str, object]:
    def matter_word(code: str, language: str) -> str:
        known = matters.by_code.get(code)
        return code if known is None else known.nl if language == "nl" else known.en

    return {
        "matter_word": matter_word,
        "channel_word": channel_word,
        "known_channels": tuple(channel.value for channel in Channel if channel is not Channel.PERSON),
        "spoken": SPOKEN,
        "works_with_citizens": lambda session: not session.person.roles.isdisjoint(EMPLOYEES),
    }


# The languages that agents meet most, by ISO 639-2/B; a language is named in itself.
SPOKEN = {
    "dut": "Nederlands", "eng": "English", "tur": "Türkçe", "ara": "العربية", "pol": "polski", "ger": "Deutsch",
    "fre": "français", "spa": "español", "ukr": "українська", "rus": "русский", "chi": "中文", "tir": "ትግርኛ",
}  # fmt: skip
