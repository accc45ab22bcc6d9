"""Contacts as advisers see them: counted by one thing at a time, with who came back and what was solved at once."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from builders import MONDAY_10H, a_citizen, an_event, an_interaction
from contact_events.envelope import Event
from contact_events.identity import EventRef
from contact_events.interactions import InteractionWithdrawn
from contracts.readers import batch_of
from engines import Engines
from insight.domain.suppression import Group
from insight.edges.contacts import PostgresContacts
from insight.edges.stream import VIEW
from insight.ports import By
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings

# Long enough ago for 28 days to be over.
OCTOBER = (datetime(2025, 9, 30, 22, tzinfo=UTC), datetime(2025, 10, 31, 23, tzinfo=UTC))
FIRST = datetime(2025, 10, 6, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def tables(engines: Engines) -> Iterator[str]:
    """The address of a database with the tables of insight."""
    with engines.tables_of("insight") as url:
        yield url


def a_contact(whose: str, at: datetime, **changes: Any) -> Event[Any]:
    known: dict[str, Any] = {"citizen": a_citizen(whose), "occurred_at": at, "recorded_at": at}
    return an_interaction(**(known | changes))


async def counted(url: str, by: By, *events: Event[Any]) -> tuple[Mapping[str, Group], Group]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("TRUNCATE insight.contact, insight.withdrawn")
        await VIEW.reader().handle(connection, batch_of(*events))
    async with reading_pool(DatabaseSettings(database_url=url)) as pool:
        return await PostgresContacts(pool).counted(by, *OCTOBER)


async def test_who_comes_back_about_the_same_within_28_days_was_not_helped_at_once(tables: str) -> None:
    groups, whole = await counted(
        tables,
        By.MATTER,
        a_contact("a", FIRST, matter="aow"),
        a_contact("a", FIRST + 28 * DAY - DAY, matter="aow"),
        a_contact("b", FIRST, matter="aow"),
        a_contact("b", FIRST + DAY, matter="afval"),
    )

    # Of `a` the second lies in November: it makes the first one not solved, and is counted there.
    assert groups["aow"] == Group(contacts=2, people=2, repeats=0, solved=1, judged=2)
    assert groups["afval"] == Group(contacts=1, people=1, repeats=0, solved=1, judged=1)
    assert whole == Group(contacts=3, people=2, repeats=0, solved=2, judged=3)


async def test_a_contact_after_one_of_the_month_before_is_a_repeat(tables: str) -> None:
    groups, _ = await counted(
        tables, By.CHANNEL, a_contact("a", OCTOBER[0] - DAY), a_contact("a", OCTOBER[0] + DAY), a_contact("a", FIRST + 23 * DAY)
    )

    assert groups["phone"] == Group(contacts=2, people=1, repeats=2, solved=1, judged=2)


async def test_neighbourhoods_and_hours_are_those_of_the_contact(tables: str) -> None:
    events = (
        a_contact("a", FIRST, details={"neighbourhood": "BU99990101"}),
        a_contact("b", FIRST + timedelta(hours=3), details={"neighbourhood": "BU99990201"}),
        a_contact("c", FIRST),
    )

    neighbourhoods, _ = await counted(tables, By.NEIGHBOURHOOD, *events)
    hours, _ = await counted(tables, By.HOUR, *events)

    assert {name: group.contacts for name, group in neighbourhoods.items()} == {"BU99990101": 1, "BU99990201": 1, "-": 1}
    assert {name: group.contacts for name, group in hours.items()} == {"10": 2, "13": 1}  # summer time in the Netherlands


async def test_only_a_bsn_is_a_person_for_certain(tables: str) -> None:
    """Ten forms without a name may be of one person: they are ten contacts, and nobody for certain."""
    by_number = [a_contact(f"visitor {n}", FIRST, citizen=a_citizen(f"visitor {n}", kind="visitor")) for n in range(10)]

    _, whole = await counted(tables, By.CHANNEL, *by_number, a_contact("a", FIRST))

    assert (whole.contacts, whole.people) == (11, 1)


async def test_what_was_taken_back_and_what_we_sent_do_not_count(tables: str) -> None:
    wrong = a_contact("a", FIRST)
    taken_back = an_event(
        InteractionWithdrawn(
            citizen=a_citizen("a"),
            withdraws=EventRef(source=wrong.source, id=wrong.id),
            reason="op de verkeerde tijdlijn",
            withdrawn_by="Anouk Bakker",
            recorded_at=MONDAY_10H,
        )
    )

    groups, whole = await counted(tables, By.CHANNEL, taken_back, wrong, a_contact("b", FIRST, direction="outbound"))

    assert (groups, whole) == ({}, Group(0, 0))
