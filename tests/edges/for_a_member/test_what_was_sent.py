"""What an organisation sent, in its table: the newest first, a page at a time, and never another organisation's."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from engines import Engines
from for_a_member.edges.book import PostgresBook
from for_a_member.ports import Sent
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
CLUB, OTHER = "urn:nld:kvk:00000001", "urn:nld:kvk:00000002"


@pytest.fixture(scope="module")
def tables(engines: Engines) -> Iterator[str]:
    """The address of a database with the tables of the pages for helpers."""
    with engines.tables_of("for_a_member") as url:
        yield url


@pytest.fixture
async def book(tables: str) -> AsyncIterator[PostgresBook]:
    async with reading_pool(DatabaseSettings(database_url=tables)) as pool:
        yield PostgresBook(pool)


def a_question(number: int, organisation: str = CLUB) -> Sent:
    """Two of each minute, so that some were sent at one moment."""
    at = NOW + timedelta(minutes=number // 2)
    return Sent(UUID(int=number), organisation, f"R{number}", "L-20417", "aow", "Koos Smit", at)


async def test_a_page_goes_on_where_the_one_before_it_ended(book: PostgresBook) -> None:
    await book.note([a_question(number) for number in range(1, 8)])
    await book.note([a_question(8, OTHER)])
    await book.note([a_question(7)])

    first = await book.sent(CLUB, 4)
    then = await book.sent(CLUB, 4, first[-1].event_key)

    assert [each.event_key.int for each in first] == [7, 6, 5, 4]
    assert [each.event_key.int for each in then] == [3, 2, 1]
    assert first[0] == a_question(7)


async def test_nobody_goes_on_from_a_question_of_another(book: PostgresBook) -> None:
    await book.note([a_question(21, OTHER)])

    assert await book.sent(CLUB, 4, UUID(int=21)) == []
    assert await book.one(CLUB, UUID(int=21)) is None
