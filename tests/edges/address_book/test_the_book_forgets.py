"""An erased citizen leaves nothing in the address book's tables: no point, no digest, no mark of what was withdrawn or undone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection

from address_book.domain.changes import Ignored
from address_book.edges.database import PostgresContactPoints
from address_book.handlers.keeping import Done, keep_contact_points
from contact_events.envelope import Event
from handlers.address_book.said_at_the_door import (
    HE,
    NOW,
    SECRETS,
    ago,
    bounced,
    contact,
    erased,
    linked,
    mail,
    mobile,
    unlinked,
    verified,
    withdrawn,
)
from service_runtime.migrations import migrate

TABLES = ("contact_point", "hearing", "known_event", "withdrawn_event", "address_fact", "link", "unlink")


class Book:
    """The book's tables behind its handler."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self.connection = connection

    async def told(self, *events: Event[Any]) -> list[Any]:
        outcomes = await keep_contact_points(events, PostgresContactPoints(self.connection), SECRETS)
        await self.connection.commit()
        return list(outcomes)

    async def left(self) -> dict[str, int]:
        """Returns how many rows each table has, without the empty ones."""
        counts = {}
        for table in TABLES:
            row = await (await self.connection.execute(f"SELECT count(*) FROM address_book.{table}".encode())).fetchone()
            assert row is not None
            counts[table] = row[0]
        await self.connection.commit()
        return {table: count for table, count in counts.items() if count}


@pytest.fixture
async def book(fresh_database: str) -> AsyncIterator[Book]:
    migrate("address_book", fresh_database, "address_book")
    async with await AsyncConnection.connect(fresh_database) as connection:
        yield Book(connection)


HERS = (
    contact("1", mobile(), at=ago(5)),
    contact("2", mobile(), mail(), at=ago(4)),
    verified(ago(3)),
    bounced(ago(2)),
    linked(),
    unlinked(),
    withdrawn("2"),
)


async def test_every_row_of_an_erased_citizen_goes_and_the_book_tells_how_much(book: Book) -> None:
    await book.told(*HERS)
    before = await book.left()

    await book.told(erased(NOW))

    assert set(before) == set(TABLES)
    assert await book.left() == {}
    row = await (await book.connection.execute("SELECT counts FROM address_book.forgotten")).fetchone()
    assert row is not None
    assert row[0] == {"hearings": 3, "address_facts": 2, "links": 1, "outgoing": 0, "parked": 0}


async def test_a_replay_brings_nothing_back_not_even_a_digest(book: Book) -> None:
    await book.told(*HERS, erased(NOW))

    outcomes = await book.told(*HERS)

    assert outcomes == [Ignored.ERASED] * len(HERS)
    assert await book.left() == {}


async def test_somebody_else_with_the_same_number_keeps_it(book: Book) -> None:
    await book.told(contact("1", mobile(), at=ago(5)), contact("3", mobile(), citizen=HE, at=ago(5)))

    outcomes = await book.told(erased(NOW))

    assert outcomes == [Done()]
    assert await book.left() == {"contact_point": 1, "hearing": 1, "known_event": 1}
