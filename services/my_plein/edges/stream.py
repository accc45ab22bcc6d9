"""What the topics say of wishes and mandates: the bytes of a batch, read and kept in its transaction."""

from typing import Any
from uuid import UUID

import psycopg

from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.topics import CITIZEN_FACTS
from event_bus.records import Arrivals, Handled, ToPark
from my_plein.edges.facts import CLASSES, forget, keep_facts

READER = "my_plein"
TOPICS = (CITIZEN_FACTS.name,)
OF_ANOTHER_KIND = "of_another_kind"


async def keep_what_was_said(connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
    """Keeps the wishes and mandates of a batch."""
    parked: list[ToPark] = []
    facts: list[Event[Any]] = []
    erasures: list[tuple[UUID, CitizenErased]] = []
    others = 0
    for record in batch.records:
        try:
            event = read_in_bulk(record.value or b"")
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
            continue
        if isinstance(event.data, CitizenErased):
            erasures.append((event.key, event.data))
        elif type(event.data).__name__ in CLASSES:
            facts.append(event)
        else:
            others += 1
    for key, erased in erasures:
        await forget(connection, key, erased)
    new = await keep_facts(connection, facts) if facts else 0
    return Handled(
        kept=new + len(erasures),
        repeated=len(facts) - new,
        ignored={OF_ANOTHER_KIND: others} if others else {},
        parked=tuple(parked),
    )
