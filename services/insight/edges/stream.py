"""What the topics say of contacts: the bytes of a batch, read and kept in its transaction."""

from typing import Any
from uuid import UUID

import psycopg

from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.interactions import InteractionRecorded, InteractionWithdrawn
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS
from event_bus.records import Arrivals, Handled, ToPark
from insight.edges.contacts import forget, keep_contacts, withdraw

READER = "insight"
TOPICS = (INTERACTIONS.name, CITIZEN_FACTS.name)
NOT_COUNTED = "not_counted"


async def count_contacts(connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
    """Keeps what a batch says that can be counted."""
    parked: list[ToPark] = []
    contacts: list[Event[Any]] = []
    withdrawn: list[UUID] = []
    erasures: list[tuple[UUID, CitizenErased]] = []
    others = 0
    for record in batch.records:
        try:
            event = read_in_bulk(record.value or b"")
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
            continue
        match event.data:
            case InteractionRecorded():
                contacts.append(event)
            case InteractionWithdrawn(withdraws=withdraws):
                withdrawn.append(withdraws.key)
            case CitizenErased() as said:
                erasures.append((event.key, said))
            case _:
                others += 1
    for key, erased in erasures:
        await forget(connection, key, erased)
    new = await keep_contacts(connection, contacts) if contacts else 0
    if withdrawn:
        await withdraw(connection, withdrawn)
    return Handled(
        kept=new + len(withdrawn) + len(erasures),
        repeated=len(contacts) - new,
        ignored={NOT_COUNTED: others} if others else {},
        parked=tuple(parked),
    )
