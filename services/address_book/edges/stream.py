"""The stream's side: bytes to events, outcomes to what the worker counts and parks."""

from collections import Counter
from typing import Any

import psycopg

from address_book.domain.changes import Ignored
from address_book.edges.database import PostgresContactPoints
from address_book.handlers.keeping import Done, Parked, keep_contact_points
from address_book.handlers.secrets import Secrets
from address_book.ports import ContactPoints
from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead, Unreadable
from contact_events.envelope import Event
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS
from event_bus.handling import BatchHandler
from event_bus.records import Arrivals, Handled, Record, ToPark

READER = "address_book"
TOPICS = (INTERACTIONS.name, CITIZEN_FACTS.name)


def batch_handler(secrets: Secrets) -> BatchHandler:
    """Returns what the worker calls with each batch, inside its transaction."""

    async def keep(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        return await keep_batch(batch, PostgresContactPoints(connection), secrets)

    return keep


async def keep_batch(batch: Arrivals, points: ContactPoints, secrets: Secrets) -> Handled:
    """Reads a batch and keeps what it says. Records that are no event of ours are parked beside those that are."""
    parked: list[ToPark] = []
    read: list[tuple[Record, Event[Any]]] = []
    for record in batch.records:
        try:
            read.append((record, _event(record)))
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
    outcomes = await keep_contact_points([event for _, event in read], points, secrets)
    ignored: Counter[str] = Counter()
    kept = repeated = 0
    for (record, _), outcome in zip(read, outcomes, strict=True):
        match outcome:
            case Parked(reason=reason, detail=detail):
                parked.append(ToPark(record, reason, detail))
            case Done(repeated=True):
                repeated += 1
            case Done():
                kept += 1
            case Ignored():
                ignored[outcome.value] += 1
    return Handled(kept=kept, repeated=repeated, ignored=dict(ignored), parked=tuple(parked))


def _event(record: Record) -> Event[Any]:
    if record.value is None:
        raise CannotRead(Unreadable.NOT_JSON, "the record has no value")
    return read_in_bulk(record.value)
