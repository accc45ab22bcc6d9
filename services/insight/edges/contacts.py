"""Contacts in PostgreSQL: of each only what is counted, under a reference that is never shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from contact_events.details import NEIGHBOURHOOD
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded, InteractionWithdrawn
from insight.domain.suppression import Group
from insight.ports import By
from service_runtime.database import Pool

_KEEP: LiteralString = """
INSERT INTO insight.contact (event_key, citizen, is_known, logged_at, occurred_at, channel, matter, inbound, neighbourhood)
SELECT * FROM unnest(
    %s::uuid[], %s::uuid[], %s::boolean[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::boolean[], %s::text[]
)
ON CONFLICT (event_key) DO NOTHING
"""
_WITHDRAW: LiteralString = "INSERT INTO insight.withdrawn (event_key) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING"
_FORGET: LiteralString = "DELETE FROM insight.contact WHERE citizen = ANY(%s) AND logged_at <= %s"
_COUNT: LiteralString = """
WITH told AS (
    SELECT citizen, is_known, matter, channel, neighbourhood, occurred_at,
        lag(occurred_at) OVER same AS before, lead(occurred_at) OVER same AS after
    FROM insight.contact AS kept
    WHERE inbound AND occurred_at >= %(start)s - interval '28 days' AND occurred_at < %(end)s + interval '28 days'
        AND NOT EXISTS (SELECT FROM insight.withdrawn AS gone WHERE gone.event_key = kept.event_key)
    WINDOW same AS (PARTITION BY citizen, matter ORDER BY occurred_at)
), counted AS (
    SELECT CASE %(by)s
            WHEN 'channel' THEN channel
            WHEN 'matter' THEN matter
            WHEN 'hour' THEN to_char(occurred_at AT TIME ZONE 'Europe/Amsterdam', 'HH24')
            ELSE coalesce(neighbourhood, '-') END AS name,
        citizen, is_known,
        before IS NOT NULL AND occurred_at - before <= interval '28 days' AS is_repeat,
        after IS NULL OR after - occurred_at > interval '28 days' AS is_solved,
        occurred_at <= %(now)s - interval '28 days' AS can_be_judged
    FROM told WHERE occurred_at >= %(start)s AND occurred_at < %(end)s
)
SELECT name, count(*), count(DISTINCT citizen) FILTER (WHERE is_known), count(*) FILTER (WHERE is_repeat),
    count(*) FILTER (WHERE is_solved AND can_be_judged), count(*) FILTER (WHERE can_be_judged)
FROM counted GROUP BY GROUPING SETS ((name), ())
"""


async def insert_contacts(connection: psycopg.AsyncConnection[Any], events: Sequence[Event[Any]]) -> int:
    """Keeps contacts, and which are taken back, once each and in any order. Returns how many were new."""
    contacts = [event for event in events if isinstance(event.data, InteractionRecorded)]
    withdrawn = [event.data.withdraws.key for event in events if isinstance(event.data, InteractionWithdrawn)]
    columns = [
        [event.key for event in contacts],
        [event.citizen.uuid for event in contacts],
        # One number or address may be of several people, and one visitor leaves several: only a BSN is a person for certain.
        [event.data.citizen.kind == "bsn" for event in contacts],
        [event.logged_at for event in contacts],
        [event.data.occurred_at for event in contacts],
        [event.data.channel for event in contacts],
        [event.data.matter for event in contacts],
        [event.data.direction == "inbound" for event in contacts],
        [event.data.details.get(NEIGHBOURHOOD) for event in contacts],
    ]
    new = (await connection.execute(_KEEP, columns)).rowcount if contacts else 0
    return new + ((await connection.execute(_WITHDRAW, (withdrawn,))).rowcount if withdrawn else 0)


async def delete_contacts(connection: psycopg.AsyncConnection[Any], citizens: Sequence[UUID], until: datetime) -> dict[str, int]:
    """Forgets the contacts of citizens; months that were looked at before are counted without them from now on."""
    return {"contacts": (await connection.execute(_FORGET, (list(citizens), until))).rowcount}


class PostgresContacts:
    """See the port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def counted(self, by: By, start: datetime, end: datetime) -> tuple[Mapping[str, Group], Group]:
        asked = {"by": by.value, "start": start, "end": end, "now": datetime.now(UTC)}
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_COUNT, asked)).fetchall()
        groups = {name: Group(*counts) for name, *counts in rows if name is not None}
        whole = next((Group(*counts) for name, *counts in rows if name is None), Group(0, 0))
        return groups, whole
