"""Server-sent events from a real server on a real database: kept in another connection, seen at once."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import uvicorn

from builders import an_interaction
from contact_events.citizen_ref import RefKind
from contact_events.words import CitizenReference
from handlers.timeline.timeline_callers import BSN, KEYS, agent, timeline_app
from handlers.timeline.timeline_setting import Twin
from service_runtime.database import Pool
from timeline.edges.database.timelines import PostgresTimelines
from timeline.edges.live import ListeningChanges

DEADLINE_S = 10
SHE = KEYS.ref(RefKind.BSN, BSN)
HER = CitizenReference(ref=SHE.text, kind="bsn", assurance="high")
LIVE = f"/v1/citizens/{SHE.text}/timeline/live"


@pytest.fixture
async def server(timeline_pool: Pool, timeline_database: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of the timeline's app, on a port of its own."""
    changes = ListeningChanges(timeline_database)
    app = timeline_app(PostgresTimelines(timeline_pool, said=lambda: None), changes, tmp_path, heartbeat_s=0.2)
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await changes.start()
        serving = asyncio.create_task(running.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        app.state.stopping.set()
        running.should_exit = True
        await changes.stop()
        async with asyncio.timeout(DEADLINE_S):
            await serving


async def entries(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The `entry` events of a stream, with their ids."""
    event_id = ""
    async for line in lines:
        if line.startswith("id: "):
            event_id = line[4:]
        if line.startswith("data: "):
            yield event_id, json.loads(line[6:])


async def test_an_entry_kept_elsewhere_comes_live_and_after_a_reconnect_nothing_is_missed(
    server: str, postgres_twin: Twin
) -> None:
    async with asyncio.timeout(DEADLINE_S), httpx2.AsyncClient(base_url=server) as client:
        async with client.stream("GET", LIVE, params={"purpose": "klantcontact"}, headers=agent()) as stream:
            lines = stream.aiter_lines()
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert await anext(lines) == "retry: 2000"
            coming = entries(lines)

            await postgres_twin.hear(
                an_interaction(event_id="care", citizen=HER, matter="wmo-melding"),
                an_interaction(event_id="call", citizen=HER, summary="vraag"),
            )
            last, entry = await anext(coming)

        assert entry["summary"] == "vraag"
        await postgres_twin.hear(an_interaction(event_id="missed", citizen=HER, summary="gemist"))
        headers = agent() | {"Last-Event-ID": last}
        async with client.stream("GET", LIVE, params={"purpose": "klantcontact"}, headers=headers) as stream:
            again = entries(stream.aiter_lines())
            seen = {(await anext(again))[1]["summary"], (await anext(again))[1]["summary"]}

    assert seen == {"vraag", "gemist"}


async def test_silence_is_a_comment_that_keeps_the_line_open(server: str) -> None:
    async with (
        asyncio.timeout(DEADLINE_S),
        httpx2.AsyncClient(base_url=server) as client,
        client.stream("GET", LIVE, params={"purpose": "klantcontact"}, headers=agent()) as stream,
    ):
        lines = [line async for line in _first(stream.aiter_lines(), 5)]

    assert lines.count(": still here") >= 1


async def test_live_asks_for_a_purpose_and_a_readable_last_event_id(
    server: str,
) -> None:
    async with httpx2.AsyncClient(base_url=server) as client:
        without = await client.get(LIVE, headers=agent())
        unreadable = await client.get(LIVE, params={"purpose": "klantcontact"}, headers=agent() | {"Last-Event-ID": "x"})

    assert (without.status_code, unreadable.status_code) == (400, 400)


async def test_a_lost_listening_connection_is_made_again_and_nobody_misses_anything(
    server: str, postgres_twin: Twin, timeline_database: str
) -> None:
    async with (
        asyncio.timeout(DEADLINE_S),
        httpx2.AsyncClient(base_url=server, timeout=DEADLINE_S) as client,
        client.stream("GET", LIVE, params={"purpose": "klantcontact"}, headers=agent()) as stream,
    ):
        lines = stream.aiter_lines()
        await anext(lines)
        with psycopg.connect(timeline_database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plein live'"
                " AND datname = current_database()"
            )
        await postgres_twin.hear(an_interaction(event_id="call", citizen=HER, summary="vraag"))
        _, entry = await anext(entries(lines))

    assert entry["summary"] == "vraag"


async def _first(lines: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        count -= 1
        if not count:
            return
