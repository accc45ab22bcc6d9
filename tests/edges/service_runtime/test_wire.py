"""Before there is a request, over a real connection: heads that are too large, too slow or no HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from service_runtime import wire
from unit.service_runtime.doors import a_service, a_token


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(a_service(folder), port=0, http=wire.Wire, log_config=None, ws="none"))
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await server.shutdown()


async def answer_to(port: int, *pieces: bytes) -> tuple[int, dict[str, str], dict[str, str]]:
    """Sends the pieces and returns status, headers and the problem."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        raw = await reader.read()
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split(" ")[1]), headers, json.loads(body)


async def test_what_is_no_http_is_answered_as_a_problem(tmp_path: Path) -> None:
    async with listening(tmp_path) as port:
        status, headers, problem = await answer_to(port, b"HELLO there\r\n\r\n")

    assert (status, problem["type"]) == (400, "urn:plein:problem:invalid-http")
    assert headers["content-type"] == "application/problem+json"
    assert headers["api-version"] == "1.0.0"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("start", [b"GET /v1/nothing HTTP/1.1\r\nx-note: ", b"GET /v1/"])
async def test_a_head_without_end_is_refused_before_it_fills_the_memory(start: bytes, tmp_path: Path) -> None:
    async with listening(tmp_path) as port:
        status, _, problem = await answer_to(port, start, *(b"x" * 8192 for _ in range(8)))

    assert (status, problem["type"]) == (431, "urn:plein:problem:head-too-large")


@pytest.mark.parametrize("start", [b"", b"GET /v1/noth"])
async def test_a_head_that_does_not_come_gives_its_connection_back(
    start: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)

    async with listening(tmp_path) as port:
        status, headers, problem = await answer_to(port, start)

    assert (status, problem["type"], headers["connection"]) == (408, "urn:plein:problem:too-slow", "close")


async def test_a_body_that_does_not_come_gives_its_connection_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(wire, "HEAD_SECONDS", 60)
    head = f"POST /v1/things HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {a_token()}\r\n"
    head += "content-type: application/json\r\ncontent-length: 50\r\n\r\n"

    async with listening(tmp_path) as port:
        status, headers, problem = await answer_to(port, head.encode(), b'{"name":')

    assert (status, problem["type"], headers["connection"]) == (408, "urn:plein:problem:too-slow", "close")


async def test_many_requests_on_one_connection_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are per head, not per connection; each head comes in three pieces, so that the middle one is counted."""
    monkeypatch.setattr(wire, "MAX_HEAD_BYTES", 400)
    statuses = []

    async with listening(tmp_path) as port, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(10):
            for piece in (b"GET /v1/things/desk HTTP/1.1\r\nhost: x\r\n", b"x-note: " + b"y" * 200, b"\r\n\r\n"):
                writer.write(piece)
                for _ in range(5):  # the server shares this loop: a few turns and it has read the piece
                    await asyncio.sleep(0)
            head = await reader.readuntil(b"\r\n\r\n")
            statuses.append(head.split(b" ")[1])
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]))
        writer.close()

    assert set(statuses) == {b"200"}
