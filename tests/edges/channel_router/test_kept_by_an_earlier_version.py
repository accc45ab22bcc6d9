"""What was kept by an earlier version is still meant: links before they named whole references, and who was erased."""

from uuid import UUID

import psycopg

from builders import MONDAY_10H, a_policy, a_ref
from channel_router.edges.database import PostgresFacts
from channel_router.handlers import windows_of
from service_runtime.migrations import migrate


async def test_links_and_erasures_from_before_still_hold_after_the_upgrade(fresh_database: str) -> None:
    migrate("channel_router", fresh_database, "channel_router")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("ALTER TABLE channel_router.link DROP COLUMN one_key, DROP COLUMN other_key")
        connection.execute("ALTER TABLE channel_router.choice DROP COLUMN logged_at")
        connection.execute("DROP INDEX channel_router.choice_citizen, channel_router.request_heard_citizen")
        connection.execute("DROP TABLE channel_router.erased_ref, channel_router.forgotten")
        connection.execute("DROP INDEX channel_router.outgoing_key, channel_router.parked_key")
        connection.execute("CREATE TABLE channel_router.erased (ref uuid PRIMARY KEY, erased_at timestamptz NOT NULL)")
        connection.execute("INSERT INTO channel_router.erased VALUES (%s, %s)", (a_ref("erased").uuid, MONDAY_10H))
        connection.execute("UPDATE channel_router.schema_version SET version_num = '0001'")
        ends = (a_ref("a").uuid, MONDAY_10H, MONDAY_10H, "l-1", a_ref("a").uuid, a_ref("b").uuid, True)
        connection.execute("INSERT INTO channel_router.link VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (UUID(int=1), *ends))

    migrate("channel_router", fresh_database, "channel_router")

    async with await psycopg.AsyncConnection.connect(fresh_database) as reading:
        facts = PostgresFacts(reading)
        known = await facts.about([a_ref("a").uuid], MONDAY_10H, windows_of(a_policy()))
        erased = await facts.erased_at([a_ref("erased").uuid])
    assert known[a_ref("a").uuid].linked_to == {a_ref("b")}
    assert erased == {a_ref("erased").uuid: MONDAY_10H}
