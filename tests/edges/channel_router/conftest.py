"""One database for all tests of the router's edges, emptied between them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from engines import Engines
from router_door import Door, open_door

_EVERYTHING = (
    "contact, sending, citizen_fact, link, erased_ref, choice, request_heard, forgotten, outgoing, parked, stream_position"
)


@pytest.fixture(scope="session")
def migrated_database(engines: Engines) -> Iterator[str]:
    with engines.tables_of("channel_router") as url:
        yield url


@pytest.fixture
def router_database(migrated_database: str) -> str:
    """The address of a database with the router's tables, all empty."""
    with psycopg.connect(migrated_database, options="-c search_path=channel_router") as connection:
        connection.execute(f"TRUNCATE {_EVERYTHING} RESTART IDENTITY")
    return migrated_database


@pytest.fixture
async def door(router_database: str, tmp_path: Path) -> AsyncIterator[Door]:
    """The router behind HTTP, on a database of its own."""
    async with open_door(router_database, tmp_path) as opened:
        yield opened
