"""What the topics say of mandates: the bytes of a batch, read and kept in its transaction."""

from typing import Any
from uuid import UUID

import psycopg

from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, MandateEnded, MandateGranted
from contact_events.topics import CITIZEN_FACTS
from event_bus.records import Arrivals, Handled, ToPark
from for_a_member.edges.book import forget, keep_mandates

READER = "for_a_member"
TOPICS = (CITIZEN_FACTS.name,)
NO_MANDATE = "no_mandate"


async def keep_what_was_said(connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
    """Keeps what a batch says of mandates."""
    parked: list[ToPark] = []
    mandates: list[Event[Any]] = []
    erasures: list[tuple[UUID, CitizenErased]] = []
    others = 0
    for record in batch.records:
        try:
            event = read_in_bulk(record.value or b"")
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
            continue
        match event.data:
            case CitizenErased() as said:
                erasures.append((event.key, said))
            case MandateGranted() | MandateEnded():
                mandates.append(event)
            case _:
                others += 1
    for key, erased in erasures:
        await forget(connection, key, erased)
    new = await keep_mandates(connection, mandates) if mandates else 0
    return Handled(
        kept=new + len(erasures),
        repeated=len(mandates) - new,
        ignored={NO_MANDATE: others} if others else {},
        parked=tuple(parked),
    )
