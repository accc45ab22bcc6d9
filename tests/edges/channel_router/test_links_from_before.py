"""Links that were kept before they named whole references are still links."""

from uuid import UUID

import psycopg

from builders import MONDAY_10H, a_policy, a_ref
from channel_router.edges.database import PostgresFacts
from channel_router.handlers import windows_of
from service_runtime.migrations import migrate


async def test_a_link_from_before_joins_the_same_references_under_the_first_key(fresh_database: str) -> None:
    migrate("channel_router", fresh_database, "channel_router")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("ALTER TABLE channel_router.link DROP COLUMN one_key, DROP COLUMN other_key")
        connection.execute("UPDATE channel_router.schema_version SET version_num = '0001'")
        ends = (a_ref("a").uuid, MONDAY_10H, MONDAY_10H, "l-1", a_ref("a").uuid, a_ref("b").uuid, True)
        connection.execute("INSERT INTO channel_router.link VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (UUID(int=1), *ends))

    migrate("channel_router", fresh_database, "channel_router")

    async with await psycopg.AsyncConnection.connect(fresh_database) as reading:
        known = await PostgresFacts(reading).about([a_ref("a").uuid], MONDAY_10H, windows_of(a_policy()))
    assert known[a_ref("a").uuid].linked_to == {a_ref("b")}
