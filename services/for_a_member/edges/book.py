"""What an organisation sent, and its mandates, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from contact_events.envelope import Event
from contact_events.facts import MandateEnded, MandateGranted
from for_a_member.domain.mandates import Mandate
from for_a_member.ports import Sent
from service_runtime.database import Pool

_KEEP: LiteralString = """
INSERT INTO for_a_member.mandate_said
    (event_key, citizen, organisation, mandate_id, logged_at, matters, valid_from, valid_until, ended_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (event_key) DO NOTHING
"""
_MANDATES: LiteralString = """
SELECT granted.mandate_id, granted.matters, granted.valid_from, granted.valid_until, ended.ended_at
FROM (
    SELECT DISTINCT ON (mandate_id) mandate_id, matters, valid_from, valid_until FROM for_a_member.mandate_said
    WHERE organisation = %(organisation)s AND valid_until IS NOT NULL ORDER BY mandate_id, logged_at DESC, event_key DESC
) AS granted LEFT JOIN (
    SELECT mandate_id, min(ended_at) AS ended_at FROM for_a_member.mandate_said
    WHERE organisation = %(organisation)s AND ended_at IS NOT NULL GROUP BY mandate_id
) AS ended USING (mandate_id)
"""
_FORGET: LiteralString = "DELETE FROM for_a_member.mandate_said WHERE citizen = ANY(%s) AND logged_at <= %s"
_NOTE: LiteralString = """
INSERT INTO for_a_member.sent (event_key, organisation, receipt, member_number, matter, sent_by, sent_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (event_key) DO NOTHING
"""
_COLUMNS: LiteralString = (
    "SELECT event_key, organisation, receipt, member_number, matter, sent_by, sent_at FROM for_a_member.sent"
)
_OLDER: LiteralString = """
WHERE organisation = %(organisation)s AND (%(before)s::uuid IS NULL OR (sent_at, event_key) < (
    SELECT sent_at, event_key FROM for_a_member.sent WHERE organisation = %(organisation)s AND event_key = %(before)s
)) ORDER BY sent_at DESC, event_key DESC LIMIT %(most)s
"""
_SENT: LiteralString = f"{_COLUMNS} {_OLDER}"
_ONE: LiteralString = f"{_COLUMNS} WHERE organisation = %s AND event_key = %s"


async def insert_mandates(connection: psycopg.AsyncConnection[Any], events: Sequence[Event[Any]]) -> int:
    """Keeps what was said of mandates, once each. Returns how many were new."""
    return sum([(await connection.execute(_KEEP, _row(event))).rowcount for event in events])


async def delete_mandates(connection: psycopg.AsyncConnection[Any], citizens: Sequence[UUID], until: datetime) -> dict[str, int]:
    """Forgets the mandates of citizens until then. Receipts name nobody, and stay with the organisation that has them."""
    return {"mandates": (await connection.execute(_FORGET, (list(citizens), until))).rowcount}


def _row(event: Event[Any]) -> tuple[Any, ...]:
    about = (event.key, event.citizen.uuid, event.data.organisation, event.data.mandate_id, event.logged_at)
    match event.data:
        case MandateGranted(matters=matters, valid_from=start, valid_until=until):
            return (*about, list(matters), start, until, None)
        case MandateEnded(ended_at=ended_at):
            return (*about, [], None, None, ended_at)
        case _:
            raise TypeError(f"{type(event.data).__name__} says nothing of a mandate")


class PostgresBook:
    """See the port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note(self, sent: Sequence[Sent]) -> None:
        async with self._pool.connection() as connection, connection.cursor() as cursor:
            await cursor.executemany(_NOTE, [astuple(each) for each in sent])

    async def sent(self, organisation: str, most: int, before: UUID | None = None) -> Sequence[Sent]:
        asked = {"organisation": organisation, "most": most, "before": before}
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_SENT, asked)).fetchall()
        return [Sent(*row) for row in rows]

    async def one(self, organisation: str, event_key: UUID) -> Sent | None:
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_ONE, (organisation, event_key))).fetchone()
        return Sent(*row) if row else None

    async def mandates(self, organisation: str) -> Sequence[Mandate]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_MANDATES, {"organisation": organisation})).fetchall()
        return [Mandate(number, tuple(matters), start, until, ended) for number, matters, start, until, ended in rows]
