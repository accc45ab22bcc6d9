"""Every timeline derived anew from the events that were kept: into fresh tables beside those that are shown, and compared.

For after a change in what is derived from an event: when it happened, what it is about, who may see it, who is one person.
The kept events, when each was kept, and what is known for ever stay as they are.
"""

from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from timeline.edges.database.deriving import derive_entries
from timeline.edges.database.joining import keep_joined, links_around
from timeline.edges.database.tables import LANDING_LOCK, PARTITIONS

Connection = psycopg.AsyncConnection[Any]

# Who is one person is judged among few links at a time.
_LINKS_AT_ONCE = 50
_MOST_NAMED = 10

_FRESH: tuple[LiteralString, ...] = (
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL maintenance_work_mem = '256MB'",
    "CREATE TABLE timeline.entry_fresh (LIKE timeline.entry INCLUDING DEFAULTS) PARTITION BY HASH (citizen)",
    "CREATE TABLE timeline.joined_fresh (LIKE timeline.joined INCLUDING ALL)",
    "CREATE TABLE timeline.contact_point_seen_fresh (LIKE timeline.contact_point_seen INCLUDING ALL)",
    "CREATE TEMP TABLE differing (event_id uuid NOT NULL) ON COMMIT DROP",
)
_PARTITION: LiteralString = (
    "CREATE TABLE {fresh} PARTITION OF timeline.entry_fresh FOR VALUES WITH (MODULUS {partitions}, REMAINDER {part})"
)
_ANALYSE: tuple[LiteralString, ...] = (
    # The columns that queries choose by; a look at the events themselves would cost more than all the others.
    "ANALYZE timeline.entry_fresh (citizen, occurred_at, event_id, logged_at, confidential, channel, matter)",
    "ANALYZE timeline.joined_fresh",
    "ANALYZE timeline.contact_point_seen_fresh",
)
# What has an amendment is only itself once that has come to it; the rest was compared when it was derived.
_DIFFERING: LiteralString = """
SELECT event_id FROM pg_temp.differing d WHERE NOT EXISTS (SELECT FROM timeline.amendment a WHERE a.target = d.event_id)
UNION ALL
SELECT k.event_id FROM (SELECT DISTINCT target FROM timeline.amendment) a
JOIN timeline.known_event k ON k.event_id = a.target
LEFT JOIN timeline.entry shown ON shown.citizen = k.citizen AND shown.event_id = k.event_id
LEFT JOIN timeline.entry_fresh fresh ON fresh.citizen = k.citizen AND fresh.event_id = k.event_id
WHERE ROW(shown.*) IS DISTINCT FROM ROW(fresh.*)
"""
_COMPARE_JOINED: LiteralString = """
SELECT count(*) FROM timeline.joined shown FULL JOIN timeline.joined_fresh fresh USING (ref, other)
WHERE ROW(shown.*) IS DISTINCT FROM ROW(fresh.*)
"""
# Contact points also come with facts that leave nothing else behind here, so one that no entry brought is no difference.
_COMPARE_POINTS: LiteralString = """
SELECT count(*) FROM timeline.contact_point_seen_fresh fresh LEFT JOIN timeline.contact_point_seen shown USING (point, citizen)
WHERE ROW(shown.*) IS DISTINCT FROM ROW(fresh.*)
"""
_SWAP: tuple[LiteralString, ...] = (
    # Who reads for long, such as a dump, must not make everybody wait behind this one.
    "SET LOCAL lock_timeout = '10s'",
    "DROP TABLE timeline.entry",
    "ALTER TABLE timeline.entry_fresh RENAME TO entry",
    "ALTER INDEX timeline.entry_fresh_pkey RENAME TO entry_pkey",
    "DROP TABLE timeline.joined",
    "ALTER TABLE timeline.joined_fresh RENAME TO joined",
    "ALTER INDEX timeline.joined_fresh_pkey RENAME TO joined_pkey",
    "DELETE FROM timeline.contact_point_seen shown USING timeline.contact_point_seen_fresh fresh"
    " WHERE shown.point = fresh.point AND shown.citizen = fresh.citizen AND ROW(shown.*) IS DISTINCT FROM ROW(fresh.*)",
    "INSERT INTO timeline.contact_point_seen SELECT * FROM timeline.contact_point_seen_fresh ON CONFLICT DO NOTHING",
    "DROP TABLE timeline.contact_point_seen_fresh",
)


class Rebuilt(NamedTuple):
    """What a rebuild found. `differ` names some of the entries that are shown otherwise than they are derived now."""

    entries: int = 0
    entries_that_differ: int = 0
    differ: tuple[UUID, ...] = ()
    links_that_differ: int = 0
    points_missing: int = 0
    unreadable: int = 0
    swapped: bool = False

    @property
    def differences(self) -> int:
        return self.entries_that_differ + self.links_that_differ + self.points_missing

    @property
    def is_whole(self) -> bool:
        """Claims that every entry that is shown could be derived: fresh tables without one would lose it."""
        return self.unreadable == 0


async def rebuild(connection: Connection, *, check: bool) -> Rebuilt:
    """Derives every timeline anew in one transaction on an idle connection, and says what differs from what is shown.

    A check looks at one moment and keeps nobody from landing. Without it landings wait, and where something differs the fresh
    tables take the place of the others at the commit, unless an event could not be read: then nothing changes.
    """
    rebuilt = Rebuilt()
    async with connection.transaction():
        if check:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        else:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        await _make_fresh(connection)
        derived, unreadable = await derive_entries(connection)
        await _derive_who_is_one_person(connection)
        rebuilt = await _compared(connection, derived, unreadable)
        if check or not rebuilt.differences or not rebuilt.is_whole:
            raise psycopg.Rollback
        await _swap(connection)
        return rebuilt._replace(swapped=True)
    return rebuilt


async def _make_fresh(connection: Connection) -> None:
    for statement in _FRESH:
        await connection.execute(statement)
    for part in range(PARTITIONS):
        fresh = sql.Identifier("timeline", f"entry_fresh_{part:02}")
        await connection.execute(sql.SQL(_PARTITION).format(fresh=fresh, partitions=PARTITIONS, part=part))


async def _derive_who_is_one_person(connection: Connection) -> None:
    async with connection.cursor("kept_links") as kept:
        await kept.execute("SELECT one, other FROM timeline.link")
        while rows := await kept.fetchmany(_LINKS_AT_ONCE):
            around = await links_around(connection, {ref for ends in rows for ref in ends})
            await keep_joined(connection, around, table="joined_fresh")


async def _compared(connection: Connection, derived: int, unreadable: int) -> Rebuilt:
    for statement in _ANALYSE:
        await connection.execute(statement)
    count = 0
    named: list[UUID] = []
    async with connection.cursor("differing_entries") as compared:
        await compared.execute(_DIFFERING)
        async for (event_id,) in compared:
            count += 1
            if len(named) < _MOST_NAMED:
                named.append(event_id)
    return Rebuilt(
        entries=derived,
        entries_that_differ=count,
        differ=tuple(named),
        links_that_differ=await _counted(connection, _COMPARE_JOINED),
        points_missing=await _counted(connection, _COMPARE_POINTS),
        unreadable=unreadable,
    )


async def _counted(connection: Connection, query: LiteralString) -> int:
    row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def _swap(connection: Connection) -> None:
    for statement in _SWAP:
        await connection.execute(statement)
        if statement.endswith("RENAME TO entry"):
            for part in range(PARTITIONS):
                for kind, ending in (("TABLE", ""), ("INDEX", "_pkey")):
                    renamed = sql.SQL("ALTER {} {} RENAME TO {}").format(
                        sql.SQL(kind),
                        sql.Identifier("timeline", f"entry_fresh_{part:02}{ending}"),
                        sql.Identifier(f"entry_{part:02}{ending}"),
                    )
                    await connection.execute(renamed)
