"""The tables: as the migrations make them, and read by index only, at any depth, however many rows there are."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from builders import MONDAY_10H, a_ref, an_interaction
from contact_events.codec import write_event
from contact_events.purposes import Purpose
from engines import Engines
from event_bus.records import Record, TopicRecords
from handlers.timeline.timeline_setting import EVERYTHING, PASSPORTS, SHE, Twin, a_look, an_undoing
from service_runtime.database import Pool
from service_runtime.migrations import migrate, sqlalchemy_url
from timeline.domain.timeline import View
from timeline.edges.database import knowing, landing, statements
from timeline.edges.database.tables import SCHEMA, metadata
from timeline.edges.database.timelines import _asked, _wanted

ROWS = 40_000
FILL = """
INSERT INTO timeline.entry (citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw)
SELECT CASE WHEN mod(n, 4) = 0 THEN %s::uuid ELSE md5(mod(n, 500)::text)::uuid END, %s::timestamptz - n * interval '1 minute',
       md5(n::text || 'event')::uuid, now(), 1, mod(n, 7) = 0, 'phone',
       CASE WHEN mod(n, 2) = 0 THEN 'paspoort' ELSE 'afval' END, %s
FROM generate_series(1, %s) AS n
"""
KNOWN = """
INSERT INTO timeline.known_event (event_id, content_digest, citizen)
SELECT md5(n::text || 'known')::uuid, '\\x00'::bytea, md5(n::text)::uuid FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING
"""
READ_WHOLE = "SELECT sum(seq_tup_read)::int FROM pg_stat_xact_user_tables WHERE relname LIKE 'known_event_%'"
LINKED = """
INSERT INTO timeline.joined (ref, other, other_version, other_kind)
SELECT md5(n::text)::uuid, md5((n # 1)::text)::uuid, 1, 'phone' FROM generate_series(0, %s) AS n
"""


def test_the_migrations_make_the_tables_that_the_code_names(timeline_database: str) -> None:
    engine = create_engine(sqlalchemy_url(timeline_database))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "version_table_schema": SCHEMA,
                "version_table": "schema_version",
                "include_name": lambda name, kind, _: name == SCHEMA if kind == "schema" else True,
                "include_object": _is_no_partition,
                "compare_type": True,
            },
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


def test_an_undoing_that_was_kept_before_knows_its_ends_and_moment_afterwards(engines: Engines) -> None:
    url = engines.fresh_database()
    migrate("timeline", url, SCHEMA)
    undoing = an_undoing("mevrouw De Vries", "telefoon", link_id="l1", at=MONDAY_10H)
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE timeline.link_undone DROP COLUMN other, DROP COLUMN logged_at")
        connection.execute("DROP INDEX timeline.link_undone_citizen")
        connection.execute("DROP TABLE timeline.erased_event")
        connection.execute("UPDATE timeline.schema_version SET version_num = '0001'")
        connection.execute(
            "INSERT INTO timeline.link_undone (link_id, event_id, citizen, raw) VALUES ('l1', %s, %s, %s)",
            (undoing.key, SHE.uuid, write_event(undoing)),
        )

    migrate("timeline", url, SCHEMA)

    with psycopg.connect(url) as connection:
        kept = connection.execute("SELECT other, logged_at FROM timeline.link_undone").fetchall()
    engines.drop_database(url)
    assert kept == [(a_ref("telefoon").uuid, MONDAY_10H)]


def _is_no_partition(_: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    is_partition = kind == "table" and reflected and name is not None and name[-2:].isdigit() and name[-3] == "_"
    return not is_partition


@pytest.mark.parametrize("purpose", [EVERYTHING, PASSPORTS])
async def test_a_page_at_any_depth_reads_by_index_and_touches_no_more_rows(
    timeline_pool: Pool, timeline_database: str, purpose: Purpose
) -> None:
    raw = write_event(an_interaction())
    with psycopg.connect(timeline_database, autocommit=True) as connection:
        connection.execute(FILL, (SHE.uuid, MONDAY_10H, raw, ROWS))
        connection.execute("ANALYZE timeline.entry")
    first = View(purpose, limit=50)
    deep = View(purpose, limit=50, before=(MONDAY_10H - timedelta(minutes=ROWS * 9 // 10), SHE.uuid))

    plans = [await explained(timeline_pool, statements.PAGE, page_asked(view)) for view in (first, deep)]

    for plan in plans:
        assert [node for node in plan if node["Node Type"] == "Seq Scan" and "Relation Name" in node] == []
        scans = [node for node in plan if node.get("Index Name", "").startswith("entry_")]
        assert scans
        assert all("ROW(" in node["Index Cond"] for node in scans)
    assert touched(plans[1]) <= touched(plans[0]) + 10


@pytest.mark.parametrize("count", [knowing.MANY // 2, knowing.MANY * 2])
async def test_a_batch_looks_its_own_keys_up_and_reads_no_other_that_is_known(timeline_database: str, count: int) -> None:
    """Whatever many there are, a repeat costs the same."""
    interactions = [an_interaction(event_id=str(n)) for n in range(count)]
    records = [Record("interactions", 0, n, None, write_event(each)) for n, each in enumerate(interactions)]
    async with await psycopg.AsyncConnection.connect(timeline_database) as connection:
        await connection.execute(KNOWN, (ROWS,))
        await landing.record_contacts(connection, TopicRecords("interactions", records[:20]))
        await connection.commit()

        handled = await landing.record_contacts(connection, TopicRecords("interactions", records))
        read = await (await connection.execute(READ_WHOLE)).fetchone()
        await connection.rollback()

    assert (handled.kept, handled.repeated) == (count - 20, 20)
    assert read == (0,)


def page_asked(view: View) -> dict[str, Any]:
    before_at, before_key = view.before or (MONDAY_10H + timedelta(days=1), SHE.uuid)
    position = {"before_at": before_at, "before_key": before_key, "limit": view.limit + 1}
    return _asked((SHE, a_ref("telefoon"))) | _wanted(view) | position


async def explained(pool: Pool, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement that ran."""
    async with pool.connection() as connection:
        told = await connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode(), parameters)
        row = await told.fetchone()
    assert row is not None
    return list(nodes(row[0][0]["Plan"]))


def nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def touched(plan: list[dict[str, Any]]) -> int:
    """How many pages of memory the plan touched."""
    return int(plan[0]["Shared Hit Blocks"] + plan[0]["Shared Read Blocks"])


async def test_a_page_is_one_statement_beside_its_lines(postgres_twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first page also asks for weak references; every further page reads once."""
    await postgres_twin.hear(*(an_interaction(event_id=str(n), occurred_at=MONDAY_10H - timedelta(hours=n)) for n in range(9)))
    first = await postgres_twin.read(limit=3)
    said: list[object] = []
    execute = psycopg.AsyncCursor.execute

    async def noted(cursor: Any, query: Any, *more: Any, **options: Any) -> Any:
        said.append(query)
        return await execute(cursor, query, *more, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", noted)
    second = await postgres_twin.timelines.page((SHE,), View(EVERYTHING, limit=3, before=first.page.next), a_look())

    assert len(second.page.entries) == 3
    assert [statement for statement in said if "INSERT" not in str(statement)] == [statements.PAGE]


async def test_a_search_finds_what_a_linked_reference_was_made_from_by_index(timeline_pool: Pool, timeline_database: str) -> None:
    """A reference without contacts of its own has its kind from its links, among those of everybody."""
    with psycopg.connect(timeline_database, autocommit=True) as connection:
        connection.execute(LINKED, (ROWS,))
        connection.execute("ANALYZE timeline.joined")
    parameters = _asked((SHE,)) | _wanted(View(EVERYTHING)) | {"weak": False}

    plan = await explained(timeline_pool, statements.FIND, parameters)

    assert [
        node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == "joined"
    ] == []
    assert any(node.get("Index Name") == "joined_pkey" for node in plan)
