"""Fills the topic past every adapter, as fast as the broker takes it; what it acknowledged is told as accepted."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

import psycopg
from aiokafka import AIOKafkaProducer

from builders import an_event
from contact_events.citizen_ref import CitizenRef
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference
from event_bus.settings import sign_in
from faults.hunt.history import ACCEPTED, Told
from faults.hunt.town import TOPIC, HuntedTown

SOURCE = "urn:nld:test:load"
AT_ONCE = 5_000

Contact = Event[InteractionRecorded]


def contact(citizen: CitizenRef, name: str, at: datetime) -> Contact:
    """Returns a contact as an adapter would say it."""
    data = InteractionRecorded(
        citizen=CitizenReference(ref=citizen.text, kind="bsn", assurance="low"),
        channel="web",
        direction="inbound",
        matter="aow",
        occurred_at=at,
        recorded_at=at,
        summary="Wanneer kan ik mijn AOW aanvragen?",
    )
    return an_event(data, event_id=name, source=SOURCE, logged_at=at)


async def load(town: HuntedTown, contacts: Iterable[Contact]) -> list[Told]:
    """Returns what was told of each, in order, when all of it is in the topic."""
    # The embedded broker knows no idempotent producer, and the hunt sends nothing twice.
    safe = {"acks": "all", "enable_idempotence": town.broker.durable}
    producer = AIOKafkaProducer(**safe, linger_ms=5, **sign_in(town.broker_settings))
    await producer.start()
    told: list[Told] = []
    try:
        for some in _portions(contacts):
            await asyncio.gather(*[await producer.send(TOPIC, write_event(each), each.citizen.value) for each in some])
            now = datetime.now(UTC)
            lines = [
                Told(each.source, each.id, each.key, each.citizen.uuid, each.data.occurred_at, ACCEPTED, now) for each in some
            ]
            town.history.note(lines)
            told += lines
    finally:
        await producer.stop()
    return told


def read_up_to(watching: psycopg.Connection) -> int:
    """Returns how many records of the topic are durable, over all partitions."""
    row = watching.execute("SELECT sum(next_offset) FROM timeline.stream_position WHERE topic = %s", (TOPIC,)).fetchone()
    assert row is not None
    return int(row[0])


def _portions(contacts: Iterable[Contact]) -> Iterator[list[Contact]]:
    waiting = iter(contacts)
    while some := list(islice(waiting, AT_ONCE)):
        yield some
