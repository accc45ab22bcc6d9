"""Wishes and mandates in PostgreSQL, each fact as it came; folding decides what holds."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from contact_events.erasure import erased_keys, erased_refs, is_covered
from contact_events.facts import CitizenErased, ContactWishSet, ContactWishWithdrawn, MandateEnded, MandateGranted
from event_bus.forgetting import Forgetting
from event_bus.forgetting.tables import (
    erased_among,
    forget_carried,
    hold_alone,
    hold_together,
    mark_erased,
    note_forgotten,
)
from my_plein.domain.standing import Fact, Kept
from service_runtime.database import Pool

SCHEMA = "my_plein"
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


async def keep_facts(connection: psycopg.AsyncConnection[Any], events: Sequence[Event[Any]]) -> int:
    """Keeps facts, once each. Returns how many were new."""
    await hold_together(connection, SCHEMA)
    erased = await erased_among(connection, SCHEMA, {event.citizen.uuid for event in events})
    standing = [event for event in events if event.logged_at > erased.get(event.citizen.uuid, _LONG_AGO)]
    columns = [
        [event.key for event in standing],
        [event.citizen.uuid for event in standing],
        [_at(event) for event in standing],
        [event.logged_at for event in standing],
        [type(event.data).__name__ for event in standing],
        [_encode(event.data).decode() for event in standing],
    ]
    return (await connection.execute(_KEEP, columns)).rowcount if standing else 0


async def forget(connection: psycopg.AsyncConnection[Any], erasure: UUID, said: CitizenErased) -> None:
    """Forgets what a citizen said, and what comes of it later from before."""
    await hold_alone(connection, SCHEMA)
    forgetting = Forgetting(erasure, erased_keys(said), said.erased_at)
    await mark_erased(connection, SCHEMA, forgetting)
    refs = [ref.uuid for ref in erased_refs(said)]
    counts = {"facts": (await connection.execute(_FORGET, (refs, said.erased_at))).rowcount}
    counts |= await forget_carried(connection, SCHEMA, forgetting, is_covered)
    await note_forgotten(connection, SCHEMA, erasure, counts)


_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


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
