"""What comes in while a contact is in hand: pieces of page, made by the templates of the page itself, in a stream of events."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from contact_events.details import ABOUT_ENTRY, KEEPS_CALL_BACK
from desk.edges.pages.at_desk import DeskPages
from pages.upstream import Away

RECONNECT_MS = 1_000


class HeldStream(StreamingResponse):
    """A stream that holds something, such as another service's, and gives it back also where nobody took its first byte."""

    def __init__(self, content: AsyncIterator[bytes], held: AsyncExitStack, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


async def pieces(desk: DeskPages, request: Request, lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Turns each entry that comes into the piece of page that shows it, until the session ends."""
    yield f"retry: {RECONNECT_MS}\n\n".encode()
    event: dict[str, str] = {}
    try:
        async for line in lines:
            if line:
                name, _, value = line.partition(":")
                event[name] = value.removeprefix(" ")
            elif not await desk.guard.still(request):
                return
            elif event.get("event") == "entry":
                yield _piece(desk, event)
                event = {}
            else:
                event = {}
                yield b": still here\n\n"
    except Away:
        return


def _piece(desk: DeskPages, event: Mapping[str, str]) -> bytes:
    """Returns an entry as a page shows it, and after it what it says about another entry."""
    entry = msgspec.json.decode(event["data"])
    shown = desk.rendering.text("entry.html", entry=entry, about={})
    if about_which(entry):
        shown += desk.rendering.text("said_about.html", other=entry)
    data = "\n".join(f"data: {line}" for line in shown.strip().splitlines())
    return f"id: {event.get('id', '')}\nevent: entry\n{data}\n\n".encode()


def about_which(entry: Mapping[str, Any]) -> str | None:
    """Returns the entry that this one says something about: that it is not right, or that its promise was kept."""
    details: Mapping[str, str] = entry["details"]
    return details.get(ABOUT_ENTRY) or details.get(KEEPS_CALL_BACK)
