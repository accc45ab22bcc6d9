"""A contact in hand belongs to one employee, comes back as it was typed, and can be read by nobody in the table."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet, MultiFernet

from desk.domain.contact import IN_HAND, At, ContactInHand, Whom
from desk.edges.contacts import MemoryContactsInHand, PostgresContactsInHand
from desk.ports import ContactsInHand
from engines import Engines
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
HER = Whom(f"c1-{7:032x}", "bsn")


@pytest.fixture(scope="module")
def desk_tables(engines: Engines) -> Iterator[str]:
    """The address of a database with the desk's tables."""
    with engines.tables_of("desk") as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
async def contacts(request: pytest.FixtureRequest, desk_tables: str) -> AsyncIterator[ContactsInHand]:
    if request.param == "memory":
        yield MemoryContactsInHand()
        return
    with psycopg.connect(desk_tables) as connection:
        connection.execute("DELETE FROM desk.contact_in_hand")
    async with reading_pool(DatabaseSettings(database_url=desk_tables)) as pool:
        yield PostgresContactsInHand(pool, MultiFernet([Fernet(Fernet.generate_key())]))


def a_contact(number: int, owner: str = "anouk") -> ContactInHand:
    return ContactInHand(UUID(int=number), owner, At.PHONE, "klantcontact", NOW + timedelta(minutes=number))


async def test_a_contact_comes_back_as_it_was_typed(contacts: ContactsInHand) -> None:
    typed = a_contact(1).with_whom(HER).with_fields({"summary": ("Wil weten of 🧓 het kan.", ""), "matter": ("aow", "")})

    await contacts.take_up(a_contact(1))
    await contacts.change(typed)

    assert await contacts.of(UUID(int=1), "anouk") == typed


async def test_nobody_gets_what_another_has_in_hand(contacts: ContactsInHand) -> None:
    await contacts.take_up(a_contact(1))
    overwritten = a_contact(1, "bram").with_fields({"summary": ("overgeschreven",)})
    await contacts.take_up(overwritten)
    await contacts.change(overwritten)
    await contacts.put_down(UUID(int=1), "bram")

    assert await contacts.of(UUID(int=1), "bram") is None
    assert await contacts.of(UUID(int=1), "anouk") == a_contact(1)


async def test_the_newest_is_first_and_what_was_put_down_is_gone(contacts: ContactsInHand) -> None:
    for number in (1, 2, 3):
        await contacts.take_up(a_contact(number))
    await contacts.put_down(UUID(int=2), "anouk")

    assert [contact.id.int for contact in await contacts.every("anouk")] == [3, 1]


async def test_what_nobody_logged_in_two_weeks_is_forgotten_whosever_it_is(contacts: ContactsInHand) -> None:
    first, later = a_contact(1), replace(a_contact(2, "bram"), opened_at=a_contact(1).opened_at + IN_HAND)
    await contacts.take_up(first)
    await contacts.take_up(later)
    assert await contacts.of(first.id, "anouk") == first

    await contacts.take_up(replace(a_contact(3, "bram"), opened_at=later.opened_at + timedelta(seconds=1)))

    assert await contacts.of(first.id, "anouk") is None
    assert [contact.id.int for contact in await contacts.every("bram")] == [3, 2]


async def test_a_draft_that_comes_late_takes_nothing_up_again(contacts: ContactsInHand) -> None:
    await contacts.take_up(a_contact(1))
    await contacts.put_down(UUID(int=1), "anouk")

    await contacts.change(a_contact(1).with_fields({"summary": ("Nog een letter",)}))

    assert await contacts.of(UUID(int=1), "anouk") is None
    assert await contacts.sending(UUID(int=1), "anouk", NOW) is None


async def test_what_is_sent_again_was_sent_when_it_was_sent_first(contacts: ContactsInHand) -> None:
    await contacts.take_up(a_contact(1))
    first = await contacts.sending(UUID(int=1), "anouk", NOW)
    again = await contacts.sending(UUID(int=1), "anouk", NOW + timedelta(minutes=5))
    await contacts.not_taken(UUID(int=1), "anouk")
    after = await contacts.sending(UUID(int=1), "anouk", NOW + timedelta(minutes=9))

    assert (first, again, after) == (NOW, NOW, NOW + timedelta(minutes=9))
    assert await contacts.sending(UUID(int=1), "bram", NOW) is None


async def test_nothing_that_was_typed_can_be_read_in_the_table(desk_tables: str) -> None:
    async with reading_pool(DatabaseSettings(database_url=desk_tables)) as pool:
        contacts = PostgresContactsInHand(pool, MultiFernet([Fernet(Fernet.generate_key())]))
        await contacts.take_up(a_contact(9).with_whom(HER).with_fields({"caller_number": ("0612345678",)}))
    with psycopg.connect(desk_tables) as connection:
        rows = repr(connection.execute("SELECT * FROM desk.contact_in_hand").fetchall())

    assert "0612345678" not in rows
