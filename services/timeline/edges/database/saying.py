"""What the HTTP side writes: lines of the access log and links, each kept here and said to everybody in one transaction."""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from contact_events.codec import CONTENT_TYPE, write_event
from contact_events.envelope import Event
from contact_events.seen import InformationSeen
from contact_events.topics import ACCESS_LOG, CITIZEN_FACTS
from event_bus.ingest import keep_outgoing
from event_bus.records import Batch, Record, ToSay
from timeline.domain.looking import looking_of
from timeline.edges.database.landing import record_contacts
from timeline.edges.database.tables import SCHEMA

# A fact made here is no record of a log; its lane says so.
_NO_PARTITION = -1
_LOG: LiteralString = """
INSERT INTO timeline.access_log (citizen, seen_at, looking, raw)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::bytea[])
"""


async def log_and_say(connection: psycopg.AsyncConnection[Any], lines: Sequence[Event[InformationSeen]]) -> None:
    """Writes lines of the access log, and what my_plein is to hear of them, and commits: all of it in one round trip."""
    if not lines:
        return
    raws = [write_event(line) for line in lines]
    moments = [line.data.seen_at for line in lines]
    parameters = ([line.citizen.uuid for line in lines], moments, [looking_of(line) for line in lines], raws)
    said = [_to_say(ACCESS_LOG.name, line, raw) for line, raw in zip(lines, raws, strict=True)]
    async with connection.pipeline():
        await connection.execute(_LOG, parameters)
        await keep_outgoing(connection, SCHEMA, said)
        await connection.commit()


async def keep_and_say(connection: psycopg.AsyncConnection[Any], event: Event[Any]) -> None:
    """Keeps a fact that was made here as if it had come by the topic, so that its return there changes nothing."""
    raw = write_event(event)
    record = Record(CITIZEN_FACTS.name, _NO_PARTITION, 0, event.citizen.value, raw)
    await record_contacts(connection, Batch(CITIZEN_FACTS.name, _NO_PARTITION, [record]))
    await keep_outgoing(connection, SCHEMA, [_to_say(CITIZEN_FACTS.name, event, raw)])


async def say_again(connection: psycopg.AsyncConnection[Any], event: Event[Any]) -> None:
    """Lets what was said before be said once more, when it is kept and said next."""
    await connection.execute("DELETE FROM timeline.outgoing WHERE event_key = %s", (event.key,))


def _to_say(topic: str, event: Event[Any], raw: bytes) -> ToSay:
    return ToSay(topic, event.citizen.value, raw, event.key, (("content-type", CONTENT_TYPE),))
