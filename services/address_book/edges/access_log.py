"""The access log in PostgreSQL: a line of our own, and the same said to everybody, in one transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncConnection as SqlAlchemyConnection

from address_book.edges import statements
from address_book.ports import AccessLine
from contact_events.citizen_ref import Assurance
from contact_events.codec import CONTENT_TYPE, write_event
from contact_events.envelope import Event
from contact_events.seen import InformationSeen
from contact_events.topics import ACCESS_LOG
from contact_events.words import CitizenReference
from event_bus.outgoing import say_later
from event_bus.records import ToSay

SOURCE = "urn:plein:address-book"
SCHEMA = "address_book"


class PostgresAccessLog:
    """Writes inside the transaction of this connection; after its commit the lines are durable."""

    def __init__(self, connection: SqlAlchemyConnection, driver: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._driver = driver

    async def keep(self, lines: Sequence[AccessLine]) -> None:
        async with self._driver.cursor() as cursor:
            said = [said_of(line) for line in lines]
            await cursor.executemany(
                statements.KEEP_LINES, [_row(each.event_key, line) for each, line in zip(said, lines, strict=True)]
            )
        await say_later(self._connection, SCHEMA, said)


def said_of(line: AccessLine) -> ToSay:
    """Returns what is said to everybody about a line. What stands before the dot in its id, the lines of one look share."""
    event = Event(
        id=f"{line.look_id}.{line.citizen.value.hex()[:12]}",
        source=SOURCE,
        logged_at=line.seen_at,
        data=InformationSeen(
            citizen=CitizenReference(ref=line.citizen.text, kind="citizen", assurance=Assurance.NONE),
            seen_by=line.seen_by,
            role=line.role,
            organisation_name=line.organisation_name,
            purpose=line.purpose,
            legal_basis=line.legal_basis,
            what=line.what,
            seen_at=line.seen_at,
            service="address_book",
            trace_id=line.trace_id,
            span_id=line.span_id,
        ),
    )
    return ToSay(
        topic=ACCESS_LOG.name,
        key=line.citizen.value,
        value=write_event(event),
        event_key=event.key,
        headers=(("content-type", CONTENT_TYPE),),
    )


def _row(line_id: UUID, line: AccessLine) -> tuple[Any, ...]:
    return (
        line_id,
        line.citizen.uuid,
        line.citizen.key_version,
        line.seen_by,
        line.role,
        line.organisation_name,
        line.purpose,
        line.legal_basis,
        line.what,
        line.seen_at,
        line.contact_point,
        line.trace_id,
        line.span_id,
    )
