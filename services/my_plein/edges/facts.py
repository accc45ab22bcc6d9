"""Wishes and mandates in PostgreSQL, each fact as it came; folding decides what holds."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from contact_events.facts import ContactWishSet, ContactWishWithdrawn, MandateEnded, MandateGranted
from my_plein.domain.standing import Fact, Kept
from service_runtime.database import Pool

CLASSES: dict[str, type[Fact]] = {
    each.__name__: each for each in (ContactWishSet, ContactWishWithdrawn, MandateGranted, MandateEnded)
}

_KEEP: LiteralString = """
INSERT INTO my_plein.fact (event_key, citizen, at, logged_at, what, body)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
ON CONFLICT (event_key) DO NOTHING
"""
_OF: LiteralString = "SELECT event_key, at, what, body FROM my_plein.fact WHERE citizen = ANY(%s)"
_FORGET: LiteralString = "DELETE FROM my_plein.fact WHERE citizen = ANY(%s) AND logged_at <= %s"

_decoders = {name: msgspec.json.Decoder(each) for name, each in CLASSES.items()}
_encode = msgspec.json.Encoder().encode


async def insert_facts(connection: psycopg.AsyncConnection[Any], events: Sequence[Event[Any]]) -> int:
    """Keeps facts, once each. Returns how many were new."""
    columns = [
        [event.key for event in events],
        [event.citizen.uuid for event in events],
        [_at(event) for event in events],
        [event.logged_at for event in events],
        [type(event.data).__name__ for event in events],
        [_encode(event.data).decode() for event in events],
    ]
    return (await connection.execute(_KEEP, columns)).rowcount


async def delete_facts(connection: psycopg.AsyncConnection[Any], citizens: Sequence[UUID], until: datetime) -> dict[str, int]:
    """Forgets what citizens said until then."""
    return {"facts": (await connection.execute(_FORGET, (list(citizens), until))).rowcount}


def _at(event: Event[Any]) -> datetime:
    match event.data:
        case ContactWishSet(set_at=at) | ContactWishWithdrawn(withdrawn_at=at) | MandateEnded(ended_at=at):
            return at
        case _:
            return event.logged_at


class PostgresFacts:
    """See the port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, refs: Collection[str]) -> Sequence[Kept]:
        wanted = [CitizenRef.from_text(ref).uuid for ref in refs]
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_OF, (wanted,))).fetchall()
        return [Kept(key, at, _decoders[what].decode(body)) for key, at, what, body in rows]
