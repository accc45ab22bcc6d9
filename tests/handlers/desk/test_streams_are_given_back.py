"""What a page follows at another service is let go when its browser is gone, at whichever moment."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from desk.edges.pages.live import HeldStream
from pages.session import Session, Tokens
from pages.upstream import Away, Upstream
from service_runtime.tokens import Principal

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SCOPE = {"type": "http", "method": "GET", "path": "/nieuw", "headers": [], "asgi": {"version": "3.0", "spec_version": "2.3"}}


class Lines(httpx2.AsyncByteStream):
    """A stream of another service that says one line and then waits, or breaks."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"event: entry\n"
        if self.fault:
            raise self.fault
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.is_closed = True


def an_upstream(lines: Lines) -> Upstream:
    return Upstream("timeline", "http://timeline", httpx2.MockTransport(lambda _: httpx2.Response(200, stream=lines)))


def a_session() -> Session:
    she = Principal(subject="s", roles=frozenset({"agent"}), issuer="urn:i")
    return Session(b"key", she, Tokens("t", NOW), "csrf", NOW, NOW)


async def followed(lines: Lines) -> HeldStream:
    held = AsyncExitStack()
    found = await held.enter_async_context(an_upstream(lines).following(a_session(), "/live", {}, None))

    async def content() -> AsyncIterator[bytes]:
        async for line in found:
            yield line.encode()

    return HeldStream(content(), held, "text/event-stream", {})


async def gone() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


async def test_a_browser_that_is_gone_before_the_first_byte_holds_nothing() -> None:
    lines = Lines()
    answer = await followed(lines)

    async def never_taken(_message: MutableMapping[str, Any]) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await answer(SCOPE, gone, never_taken)

    assert lines.is_closed


async def test_a_browser_that_goes_while_it_reads_holds_nothing() -> None:
    lines = Lines()
    answer = await followed(lines)
    is_read = asyncio.Event()

    async def taken(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            is_read.set()

    async def gone_after_reading() -> MutableMapping[str, Any]:
        await is_read.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(10):
        await answer(SCOPE, gone_after_reading, taken)

    assert lines.is_closed


async def test_a_stream_that_breaks_says_that_the_other_service_is_away() -> None:
    lines = Lines(httpx2.ReadError("broken"))

    async with an_upstream(lines).following(a_session(), "/live", {}, None) as found:
        assert await anext(found) == "event: entry"
        with pytest.raises(Away):
            await anext(found)

    assert lines.is_closed
