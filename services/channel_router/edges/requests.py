"""Requests that came over HTTP: written down once, with the event to say, in one transaction."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from channel_router.edges.database import SCHEMA
from channel_router.edges.stream import to_say
from contact_events.envelope import Event
from contact_events.outreach import OutreachRequested
from contact_events.topics import OUTREACH_REQUESTS
from event_bus.forgetting.tables import hold_together
from event_bus.ingest import keep_outgoing
from service_runtime.tracing import current_traceparent

_NOBODY_YET = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode

_HEAR = """
    INSERT INTO channel_router.request_heard (event_key, citizen, content_digest, heard_at)
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::bytea[], %b::timestamptz[])
    ON CONFLICT (event_key) DO NOTHING RETURNING event_key
"""
_HEARD = "SELECT event_key, content_digest FROM channel_router.request_heard WHERE event_key = ANY(%b::uuid[])"


async def hear(connection: psycopg.AsyncConnection[Any], events: Sequence[Event[OutreachRequested]]) -> list[int]:
    """Writes down the requests that are new and what is to be said about them; all of them, or none.

    Returns the places of those whose id is known with other content; when there are any, roll back. Said again, a request
    is the same one, whoever says it and when.
    """
    digests: dict[UUID, bytes] = {}
    clashing = []
    for place, event in enumerate(events):
        digest = _digest(event.data)
        if digests.setdefault(event.key, digest) != digest:
            clashing.append(place)
    await hold_together(connection, SCHEMA)
    first = {event.key: event for event in reversed(events)}
    keys = list(first)
    columns = (keys, [event.citizen.uuid for event in first.values()], [digests[key] for key in keys])
    heard = await connection.execute(_HEAR, (*columns, [event.logged_at for event in first.values()]))
    new = {row[0] for row in await heard.fetchall()}
    known = dict(await (await connection.execute(_HEARD, (keys,))).fetchall())
    clashing += [place for place, event in enumerate(events) if known[event.key] != digests[event.key]]
    if not clashing:
        await keep_outgoing(
            connection,
            SCHEMA,
            [to_say(OUTREACH_REQUESTS.name, event, current_traceparent()) for key, event in first.items() if key in new],
        )
    return sorted(set(clashing))


def _digest(request: OutreachRequested) -> bytes:
    same = msgspec.structs.replace(request, requested_at=_NOBODY_YET, requested_by="-")
    return hashlib.blake2b(_encode(same), digest_size=16).digest()
