"""What four services keep of the topics, in their tables: once, whatever comes twice, and nothing of who was erased."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from builders import MONDAY_10H, SENIOR_CLUB, a_citizen, a_ref, a_wish, an_event, an_interaction
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, MandateGranted
from contact_events.identity import EventRef
from contact_events.interactions import InteractionWithdrawn
from contact_events.words import CallBack
from contracts.readers import VIEWS, batch_of
from desk.domain.call_backs import Whose
from desk.edges.call_backs import PostgresCallBacks
from engines import Engines
from event_bus.records import Handled
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings
from views.keeping import View

ERASED_AT = MONDAY_10H + timedelta(hours=1)
AFTER = MONDAY_10H + timedelta(hours=2)
TABLES = {"desk": "call_back_said", "my_plein": "fact", "for_a_member": "mandate_said", "insight": "contact"}
Tables = Callable[[str], AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]]


@pytest.fixture(scope="module")
def databases(engines: Engines) -> Iterator[dict[str, str]]:
    """An address of a database with the tables of each view."""
    with ExitStack() as held:
        yield {name: held.enter_context(engines.tables_of(name)) for name in VIEWS}


@pytest.fixture
def opened(databases: dict[str, str]) -> Tables:
    """Opens the tables of a view, as they were before."""

    @asynccontextmanager
    async def of(name: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(databases[name], options="-c timezone=UTC") as connection:
            yield connection
            await connection.rollback()

    return of


def said_to(view: View[Any], logged_at: Any = MONDAY_10H) -> Event[Any]:
    """Returns something about Mrs. De Vries that the view keeps."""
    match view.name:
        case "my_plein":
            return an_event(a_wish(), logged_at=logged_at)
        case "for_a_member":
            return an_event(
                MandateGranted(
                    mandate_id="M-1",
                    citizen=a_citizen(),
                    organisation=SENIOR_CLUB,
                    organisation_name="Seniorenclub De Brug",
                    valid_from=MONDAY_10H,
                    valid_until=MONDAY_10H + timedelta(days=90),
                    proof="signed_form",
                ),
                logged_at=logged_at,
            )
        case _:
            return an_interaction(call_back=CallBack(before=AFTER, owner="Anouk Bakker"), logged_at=logged_at)


def an_erasure() -> Event[Any]:
    return an_event(
        CitizenErased(citizen=a_citizen(), refs=(a_ref().text,), erased_at=ERASED_AT, ground="avg-17"), logged_at=ERASED_AT
    )


async def take(view: View[Any], connection: psycopg.AsyncConnection[Any], *events: Event[Any]) -> Handled:
    return await view.reader().handle(connection, batch_of(*events))


async def rows(view: View[Any], connection: psycopg.AsyncConnection[Any]) -> int:
    counted = await connection.execute(f"SELECT count(*) FROM {view.name}.{TABLES[view.name]}")
    row = await counted.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
async def test_what_comes_twice_is_kept_once(view: View[Any], opened: Tables) -> None:
    async with opened(view.name) as connection:
        first = await take(view, connection, said_to(view))
        again = await take(view, connection, said_to(view))

        assert (first.kept, again.kept, again.repeated) == (1, 0, 1)
        assert await rows(view, connection) == 1


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
async def test_an_erased_citizen_is_gone_and_what_comes_late_stays_away(view: View[Any], opened: Tables) -> None:
    async with opened(view.name) as connection:
        await take(view, connection, said_to(view))
        await take(view, connection, an_erasure())
        assert await rows(view, connection) == 0

        late = await take(view, connection, said_to(view))
        assert (late.kept, await rows(view, connection)) == (0, 0)

        new = await take(view, connection, said_to(view, logged_at=AFTER))
        assert (new.kept, await rows(view, connection)) == (1, 1)


async def test_a_promise_is_kept_by_a_call_that_says_so_and_gone_with_its_entry(databases: dict[str, str]) -> None:
    view = VIEWS["desk"]
    promised = said_to(view)
    kept = an_interaction(event_id="the call", direction="outbound", details={"keeps_call_back": str(promised.key)})
    other = an_interaction(event_id="another", call_back=CallBack(before=AFTER))
    withdrawn = an_event(
        InteractionWithdrawn(
            citizen=a_citizen(),
            withdraws=EventRef(source=other.source, id=other.id),
            reason="op de verkeerde tijdlijn",
            withdrawn_by="Anouk Bakker",
            recorded_at=AFTER,
        )
    )

    async def open_ones() -> set[Any]:
        async with reading_pool(DatabaseSettings(database_url=databases["desk"])) as pool:
            found = PostgresCallBacks(pool)
            mine = await found.open_ones(Whose.MINE, name="anouk bakker", teams=frozenset(), now=MONDAY_10H, most=10)
            team = await found.open_ones(Whose.TEAM, name="-", teams=frozenset(), now=MONDAY_10H, most=10)
            return {one.entry for one in (*mine, *team)}

    async with await psycopg.AsyncConnection.connect(databases["desk"], autocommit=True) as connection:
        # The call comes before the promise that it keeps: the order of topics is no order of what happened.
        await take(view, connection, kept)
        await take(view, connection, other)
        assert await open_ones() == {other.key}
        await take(view, connection, promised, withdrawn)
        assert await open_ones() == set()
        await connection.execute("TRUNCATE desk.call_back, desk.call_back_said")


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
async def test_what_a_view_does_not_keep_is_counted_and_left(view: View[Any], opened: Tables) -> None:
    async with opened(view.name) as connection:
        event = an_event(a_wish(citizen=a_citizen(uuid4()))) if view.name in ("desk", "insight") else an_interaction()
        handled = await take(view, connection, event)

        assert dict(handled.ignored) == {view.otherwise: 1}
        assert await rows(view, connection) == 0
