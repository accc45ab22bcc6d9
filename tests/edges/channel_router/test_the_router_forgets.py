"""An erased citizen leaves nothing in the router's tables, also when a choice or a request falls in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from builders import a_citizen, a_policy, a_ref, a_request, an_event, an_interaction, no_phone
from channel_router.edges.requests import hear
from channel_router.edges.stream import READER, Stream
from contact_events.codec import read_event, write_event
from contact_events.envelope import Event
from contact_events.erasure import erasure_of
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS, OUTREACH_REQUESTS
from event_bus.ingest import keep_outgoing
from event_bus.records import Batch, Handled, Record

NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
TABLES = ("contact", "sending", "citizen_fact", "link", "choice", "request_heard", "outgoing", "parked")


def an_erasure(at: datetime = NOW) -> Event[Any]:
    return erasure_of([a_ref()], kind="reference", erased_at=at, ground="z-1", source="urn:plein:timeline")


def a_batch(topic: str, *events: Event[Any]) -> Batch:
    return Batch(topic, 0, [Record(topic, 0, n, each.citizen.value, write_event(each)) for n, each in enumerate(events)])


class Router:
    """The router's stream on a connection of its own: a batch is a transaction."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection
        self._stream = Stream(a_policy(), lambda: NOW)

    async def takes(self, topic: str, *events: Event[Any], commits: bool = True) -> Handled:
        handled = await self._stream.handle(self.connection, a_batch(topic, *events))
        await keep_outgoing(self.connection, READER, handled.say)
        if commits:
            await self.connection.commit()
        return handled

    async def left(self) -> dict[str, int]:
        """Returns how many rows each table has, without the empty ones."""
        counts = {}
        for table in TABLES:
            row = await (await self.connection.execute(f"SELECT count(*) FROM channel_router.{table}".encode())).fetchone()
            assert row is not None
            counts[table] = row[0]
        await self.connection.commit()
        return {table: count for table, count in counts.items() if count}


async def test_every_row_of_an_erased_citizen_goes_and_the_router_tells_how_much(router_database: str) -> None:
    async with await psycopg.AsyncConnection.connect(router_database) as connection:
        router = Router(connection)
        request = an_event(a_request(), event_id="r", logged_at=NOW - MINUTE)
        await router.takes(INTERACTIONS.name, an_interaction(event_id="c", logged_at=NOW - MINUTE))
        await router.takes(CITIZEN_FACTS.name, an_event(no_phone(), logged_at=NOW - MINUTE))
        assert await hear(connection, [request]) == []
        await router.takes(OUTREACH_REQUESTS.name, request)
        before = await router.left()

        await router.takes(CITIZEN_FACTS.name, an_erasure())

        assert before == {"contact": 1, "citizen_fact": 1, "choice": 1, "request_heard": 1, "outgoing": 2}
        assert await router.left() == {}
        row = await (await connection.execute("SELECT counts FROM channel_router.forgotten")).fetchone()
        assert row is not None
        assert {kind: count for kind, count in row[0].items() if count} == {
            "contacts": 1, "facts": 1, "choices": 1, "requests": 1, "outgoing": 2,
        }  # fmt: skip


async def test_a_choice_made_before_the_router_heard_of_the_erasure_is_covered_by_it_everywhere(router_database: str) -> None:
    """It is logged with its request: made later than the erasure, it still says what was asked before."""
    async with await psycopg.AsyncConnection.connect(router_database) as connection:
        router = Router(connection)
        request = an_event(a_request(), event_id="r", logged_at=NOW - 2 * MINUTE)
        [said] = (await router.takes(OUTREACH_REQUESTS.name, request)).say

        await router.takes(CITIZEN_FACTS.name, an_erasure(NOW - MINUTE))

        choice = read_event(said.value)
        assert choice.data.chosen_at > NOW - MINUTE > choice.logged_at
        assert await router.left() == {}


async def test_what_is_learned_while_an_erasure_is_carried_out_is_forgotten_too(router_database: str) -> None:
    """Two workers: the one that erases waits for the one that learns, or the other way round."""
    contact = an_interaction(event_id="c", logged_at=NOW - MINUTE)
    async with (
        await psycopg.AsyncConnection.connect(router_database) as one,
        await psycopg.AsyncConnection.connect(router_database) as other,
    ):
        learning, erasing = Router(one), Router(other)
        await learning.takes(INTERACTIONS.name, contact, commits=False)
        waiting = asyncio.create_task(erasing.takes(CITIZEN_FACTS.name, an_erasure()))
        await asyncio.wait([waiting], timeout=0.2)
        await one.commit()
        await waiting

        assert await erasing.left() == {}


async def test_somebody_else_is_not_forgotten(router_database: str) -> None:
    async with await psycopg.AsyncConnection.connect(router_database) as connection:
        router = Router(connection)
        other = an_interaction(event_id="o", citizen=a_citizen("haar zus"), logged_at=NOW - MINUTE)
        await router.takes(INTERACTIONS.name, other)

        await router.takes(CITIZEN_FACTS.name, an_erasure())

        assert await router.left() == {"contact": 1}
