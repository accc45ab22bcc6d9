"""Timelines rebuilt from what was kept: the same to the byte, or what differs is told and put right, and nothing is ever lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, an_event, an_interaction
from contact_events.facts import AddressVerified
from handlers.timeline.timeline_setting import (
    Twin,
    a_correction,
    a_link,
    a_withdrawal,
    an_erasure,
    an_undoing,
)
from timeline.edges.database.deriving import shown_rows
from timeline.edges.database.rebuilding import Rebuilt, rebuild
from timeline.edges.database.tables import LANDING_LOCK

HOUR = timedelta(hours=1)
KEPT = ("entry", "joined", "contact_point_seen", "amendment", "link", "link_undone", "known_event", "source_heard", "erased_ref")
SHAPE = """
SELECT tablename, indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = 'timeline'
UNION ALL SELECT table_name, column_name, concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'timeline'
UNION ALL SELECT inhparent::regclass::text, inhrelid::regclass::text, pg_get_expr(relpartbound, oid)
FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relkind = 'r'
"""


@pytest.fixture
async def operator(timeline_database: str, postgres_twin: Twin) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection beside the twin's own."""
    async with await psycopg.AsyncConnection.connect(timeline_database, autocommit=True) as connection:
        yield connection


async def kept(connection: psycopg.AsyncConnection[Any]) -> dict[str, list[Any]]:
    """Every row of every table, to the byte and the moment."""
    return {table: sorted(await told(connection, f"SELECT {table}::text FROM timeline.{table}")) for table in KEPT}


async def told(connection: psycopg.AsyncConnection[Any], query: str) -> list[Any]:
    return await (await connection.execute(query.encode())).fetchall()


async def a_history(twin: Twin) -> None:
    """Calls of several people, corrected before and after they came, withdrawn, linked, unlinked, and one forgotten."""
    calls = [
        an_interaction(event_id=f"call {n}", citizen=a_citizen(n % 5), contact_points=(a_contact_point(n % 3),))
        for n in range(60)
    ]
    early = an_interaction(event_id="early", occurred_at=MONDAY_10H + HOUR)
    await twin.hear(a_correction(early, event_id="c0", matter="aow", occurred_at=MONDAY_10H - HOUR))
    await twin.hear(early, *calls)
    await twin.hear(*(a_correction(call, event_id=f"c of {call.id}", matter="afval", confidential=True) for call in calls[::7]))
    await twin.hear(a_correction(calls[0], event_id="c1", citizen=a_citizen(4), occurred_at=MONDAY_10H + HOUR))
    await twin.hear(a_withdrawal(calls[1], event_id="w1"))
    facts = [a_link(a_citizen(n), a_citizen(n + 1, kind="phone"), link_id=f"l{n}") for n in range(3)]
    verified = AddressVerified(
        citizen=a_citizen(2), contact_point=a_ref("verified").text, kind="phone", verified_at=MONDAY_10H, verified_how="code"
    )
    await twin.hear(*facts, an_undoing(a_citizen(1), a_citizen(2), link_id="l1", at=MONDAY_10H + HOUR), an_event(verified))
    await twin.hear(an_erasure("4", at=MONDAY_10H + HOUR), topic="citizen-facts")


async def test_what_was_landed_and_what_is_derived_anew_are_the_same_to_the_byte(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """Corrections that came early, under another reference or are gone with it; and no table is left behind."""
    await a_history(postgres_twin)
    before, shape = await kept(operator), await told(operator, SHAPE)

    checked = await rebuild(operator, check=True)
    rebuilt = await rebuild(operator, check=False)

    assert checked == rebuilt == Rebuilt(entries=len(before["entry"]))
    assert len(before["entry"]) > 40
    assert await kept(operator) == before
    assert sorted(await told(operator, SHAPE)) == sorted(shape)


async def test_what_is_derived_otherwise_now_is_told_by_a_check_and_put_right_by_a_rebuild(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """As after a mended fault: rows that an earlier version derived otherwise, or forgot."""
    await a_history(postgres_twin)
    right, shape = await kept(operator), await told(operator, SHAPE)
    [(moved,)] = await told(
        operator, "UPDATE timeline.entry SET occurred_at = occurred_at + interval '1 day' WHERE matter = 'aow' RETURNING event_id"
    )
    await operator.execute("DELETE FROM timeline.joined")
    await operator.execute("UPDATE timeline.contact_point_seen SET point_kind = 'email'")
    wrong = await kept(operator)

    checked = await rebuild(operator, check=True)
    after_check = await kept(operator)
    rebuilt = await rebuild(operator, check=False)
    checked_again = await rebuild(operator, check=True)

    assert (checked.entries_that_differ, checked.differ, checked.swapped) == (1, (moved,), False)
    assert checked.links_that_differ == len(right["joined"]) > 0
    assert checked.points_missing > 0
    assert after_check == wrong
    assert rebuilt == checked._replace(swapped=True)
    assert checked_again.differences == 0
    verified = await told(
        operator, f"SELECT point_kind FROM timeline.contact_point_seen WHERE point = '{a_ref('verified').uuid}'"
    )
    assert verified == [("email",)], "what no entry brought is not this rebuild's to judge"
    await operator.execute("UPDATE timeline.contact_point_seen SET point_kind = 'phone'")
    assert await kept(operator) == right
    assert sorted(await told(operator, SHAPE)) == sorted(shape)


async def test_each_entry_that_is_shown_otherwise_is_found_among_its_neighbours(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """Longer or shorter than it is, at another citizen, and none of those that stand next to it."""
    await postgres_twin.hear(*(an_interaction(event_id=f"call {n:02}", citizen=a_citizen(n % 3)) for n in range(30)))
    right = await kept(operator)
    damages = ("matter = 'één langer onderwerp'", "channel = ''", "confidential = true", f"citizen = '{a_ref('9').uuid}'")
    wrong = []
    for place, damage in enumerate(damages):
        one = f"(SELECT event_id FROM timeline.entry ORDER BY event_id OFFSET {place * 7} LIMIT 1)"
        wrong += await told(operator, f"UPDATE timeline.entry SET {damage} WHERE event_id = {one} RETURNING event_id")

    checked = await rebuild(operator, check=True)
    rebuilt = await rebuild(operator, check=False)

    assert sorted(checked.differ) == sorted(event_id for (event_id,) in wrong)
    assert checked.entries_that_differ == len(damages)
    assert rebuilt.swapped
    assert await kept(operator) == right


async def test_an_amendment_that_an_entry_does_not_show_is_a_difference(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """The entry is then just as its event alone would make it."""
    call = an_interaction(event_id="call", matter="aow")
    await postgres_twin.hear(call, an_interaction(event_id="other"))
    before = await told(operator, "SELECT event_id, changed_at FROM timeline.entry WHERE matter = 'aow'")
    await postgres_twin.hear(a_correction(call, event_id="c1", matter="afval"))
    right = await kept(operator)
    for event_id, changed_at in before:
        await operator.execute(
            "UPDATE timeline.entry SET matter = 'aow', changed_at = %s WHERE event_id = %s", (changed_at, event_id)
        )

    rebuilt = await rebuild(operator, check=False)

    assert rebuilt.entries_that_differ >= 1
    assert await kept(operator) == right


async def test_a_rebuild_reads_one_moment_however_much_lands_meanwhile(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any], timeline_database: str
) -> None:
    await postgres_twin.hear(*(an_interaction(event_id=f"before {n}") for n in range(3)))
    async with operator.transaction():
        [(snapshot,)] = await told(operator, "SELECT pg_export_snapshot()")
        await postgres_twin.hear(*(an_interaction(event_id=f"after {n}") for n in range(2)))
        with psycopg.connect(timeline_database, autocommit=True) as reading:
            shown = list(shown_rows(reading, snapshot))

    assert len(shown) == 3


async def test_a_connection_that_breaks_is_told_as_just_that_and_leaves_nothing_behind(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any], timeline_database: str
) -> None:
    await postgres_twin.hear(an_interaction(event_id="a"))
    before, shape = await kept(operator), await told(operator, SHAPE)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%TO STDOUT%'"
    async with (
        await psycopg.AsyncConnection.connect(timeline_database) as holding,
        await psycopg.AsyncConnection.connect(timeline_database, autocommit=True) as cutting,
    ):
        await holding.execute("LOCK TABLE timeline.entry_03")
        rebuilding = asyncio.create_task(rebuild(operator, check=False))
        async with asyncio.timeout(30):
            while not await told(cutting, f"{cut} AND wait_event_type = 'Lock'"):  # noqa: ASYNC110 - another session has no event
                await asyncio.sleep(0.01)

        with pytest.raises(psycopg.OperationalError):
            await rebuilding

    assert await kept(operator) == before
    assert sorted(await told(operator, SHAPE)) == sorted(shape)


async def test_landing_goes_on_after_a_swap_and_a_swap_after_a_swap(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """Over prepared statements that knew the tables before it."""
    for event_id in ("a", "b", "c"):
        await operator.execute("UPDATE timeline.entry SET matter = 'other'")
        await rebuild(operator, check=False)
        await postgres_twin.hear(an_interaction(event_id=event_id))

    assert sorted(await postgres_twin.ids()) == ["a", "b", "c"]


async def test_a_kept_event_that_this_version_cannot_read_keeps_everything_as_it_is(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any]
) -> None:
    """A swap would lose it."""
    await postgres_twin.hear(an_interaction(event_id="a"), an_interaction(event_id="b"))
    unreadable = "UPDATE timeline.entry SET raw = %s WHERE event_id = (SELECT min(event_id::text)::uuid FROM timeline.entry)"
    await operator.execute(unreadable, (b"{",))
    before = await kept(operator)

    rebuilt = await rebuild(operator, check=False)

    assert (rebuilt.entries, rebuilt.unreadable, rebuilt.swapped, rebuilt.is_whole) == (1, 1, False, False)
    assert await kept(operator) == before


async def test_a_check_keeps_nobody_from_landing_and_a_rebuild_waits_for_who_is(
    postgres_twin: Twin, operator: psycopg.AsyncConnection[Any], timeline_database: str
) -> None:
    async with await psycopg.AsyncConnection.connect(timeline_database) as landing:
        await landing.execute("SELECT pg_advisory_xact_lock_shared(%s)", (LANDING_LOCK,))

        assert (await rebuild(operator, check=True)).differences == 0

        await operator.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await rebuild(operator, check=False)
