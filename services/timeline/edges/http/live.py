"""The route that follows a timeline: server-sent events, as entries are kept or amended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse

from service_runtime.metrics import live_readers
from service_runtime.problems import problem_responses
from timeline.domain.cursor import cursor_of
from timeline.domain.entries import Entry
from timeline.edges.http.asking import (
    Anybody,
    AtDesk,
    ChannelQuery,
    CitizenPath,
    Desk,
    MatterQuery,
    PurposeQuery,
    answering,
    asked,
    position_in,
    view_of,
)
from timeline.edges.http.entries import EntryShown, entry_shown
from timeline.handlers import follow_timeline
from timeline.ports import Mark, Unavailable

RECONNECT_MS = 2_000

router = APIRouter(prefix="/v1", tags=["timeline"])


@router.get(
    "/citizens/{citizen}/timeline/live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `entry`, with the entry as JSON, each time one is kept or amended",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problem_responses(400, 401, 403, 503),
    },
    summary="Follow a timeline live",
)
async def live(
    request: Request,
    desk: AtDesk,
    principal: Anybody,
    citizen: CitizenPath,
    purpose: PurposeQuery = None,
    channel: ChannelQuery = None,
    matter: MatterQuery = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> Response:
    """Sends each visible entry when it is kept or amended. Following is logged once, before the first event.

    A reader that reconnects says `Last-Event-ID` and misses nothing; it may get an entry twice, and knows it by its id.
    """
    ask = asked(desk, principal, citizen, purpose, "timeline_live")
    view = view_of(ask.purpose, channels=channel, matters=matter)
    since = position_in(last_event_id or None, "Last-Event-ID")
    following = follow_timeline(
        desk.timelines,
        desk.changes,
        ask.refs,
        view,
        ask.looking,
        since=Mark(since[0]) if since else None,
        heartbeat_s=desk.heartbeat_s,
    )
    async with answering():
        await anext(following)
    stopping: asyncio.Event = request.app.state.stopping
    return StreamingResponse(
        _events(following, desk, stopping),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(following: AsyncIterator[Entry | None], desk: Desk, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """Ends when the service stops, the database goes away, or it is time to show the token again."""
    with live_readers.track_inprogress():
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        ending = asyncio.create_task(stopping.wait())
        try:
            async with asyncio.timeout(desk.longest_live_s), aclosing(following):  # type: ignore[type-var]  # a generator
                while True:
                    coming = asyncio.ensure_future(anext(following, _THE_END))
                    await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
                    if not coming.done():
                        coming.cancel()
                        return
                    entry = coming.result()
                    if isinstance(entry, _End):
                        return
                    yield b": still here\n\n" if entry is None else _event(entry_shown(entry, desk.matters), entry)
        except (TimeoutError, Unavailable):
            return
        finally:
            ending.cancel()


class _End:
    """The following ended by itself."""


_THE_END = _End()


def _event(shown: EntryShown, entry: Entry) -> bytes:
    cursor = cursor_of((entry.changed_at, entry.key))
    return b"id: " + cursor.encode() + b"\nevent: entry\ndata: " + shown.json_bytes() + b"\n\n"
