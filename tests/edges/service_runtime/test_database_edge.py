"""PostgreSQL as a service meets it: migrations, the engine, the pool, and a database that goes away."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from service_runtime.database import async_engine, database_part, ingest_pool
from service_runtime.migrations import migrate, migrate_when_it_answers
from service_runtime.settings import DatabaseSettings

STEPS = {
    "0001_things.py": """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("CREATE TABLE thing (id int PRIMARY KEY)")
""",
    "0002_names.py": """
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.execute("ALTER TABLE thing ADD COLUMN name text")
    op.execute("INSERT INTO thing VALUES (1, 'first')")
""",
}


def a_package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, **steps: str) -> str:
    versions = folder / name / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (folder / name / "__init__.py").touch()
    for file, step in (STEPS | steps).items():
        (versions / file).write_text(step)
    monkeypatch.syspath_prepend(str(folder))
    return name


def settings_for(url: str) -> DatabaseSettings:
    return DatabaseSettings(database_url=url, database_pool_size=2)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_a_schema_is_made_and_brought_up_to_date_and_a_second_time_nothing_happens(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = a_package(tmp_path, monkeypatch, "things_one")

    migrate(package, fresh_database, "things")
    migrate(package, fresh_database, "things")

    assert rows(fresh_database, "SELECT id, name FROM things.thing") == [(1, "first")]
    assert rows(fresh_database, "SELECT version_num FROM things.schema_version") == [("0002",)]


def test_two_services_in_one_database_do_not_see_each_others_steps(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = a_package(tmp_path, monkeypatch, "things_two")

    migrate(package, fresh_database, "left")
    migrate(package, fresh_database, "right")

    assert rows(fresh_database, 'SELECT count(*) FROM "left".thing') == [(1,)]
    assert rows(fresh_database, 'SELECT count(*) FROM "right".thing') == [(1,)]


def test_processes_that_start_together_take_turns(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alembic's `op` is one per process, so the turn is taken by a lock held elsewhere."""
    package = a_package(tmp_path, monkeypatch, "things_three")
    holder = psycopg.connect(fresh_database, autocommit=True)
    holder.execute("SELECT pg_advisory_lock(hashtextextended('plein migrations things', 0))")
    waiting = threading.Thread(target=migrate, args=(package, fresh_database, "things"))

    waiting.start()
    until_a_lock_is_waited_for(fresh_database)
    before = rows(fresh_database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'things'")
    holder.close()
    waiting.join(30)

    assert before == [(0,)]
    assert rows(fresh_database, "SELECT count(*) FROM things.thing") == [(1,)]


def until_a_lock_is_waited_for(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(10_000):
            found = connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone()
            if found:
                return
    raise AssertionError("nobody waited for the lock")


def test_a_step_that_fails_leaves_the_steps_before_it_and_nothing_of_itself(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = 'from alembic import op\nrevision, down_revision = "0003", "0002"\ndef upgrade():\n'
    broken += '    op.execute("CREATE TABLE more (id int)")\n    op.execute("SELECT nonsense")\n'
    package = a_package(tmp_path, monkeypatch, "things_four", **{"0003_broken.py": broken})

    with pytest.raises(DBAPIError):
        migrate(package, fresh_database, "things")

    assert rows(fresh_database, "SELECT version_num FROM things.schema_version") == [("0002",)]
    assert rows(fresh_database, "SELECT to_regclass('things.more')") == [(None,)]


async def test_a_service_whose_database_breaks_off_while_it_migrates_begins_again(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_once = f"""
from pathlib import Path
from alembic import op
revision, down_revision = "0003", "0002"
broke = Path({str(tmp_path / "broke")!r})
def upgrade():
    op.execute("CREATE TABLE more (id int)")
    if not broke.exists():
        broke.touch()
        op.execute("SELECT pg_terminate_backend(pg_backend_pid())")
"""
    package = a_package(tmp_path, monkeypatch, "things_five", **{"0003_breaks_once.py": breaks_once})

    await migrate_when_it_answers(package, fresh_database, "things")

    assert (tmp_path / "broke").exists()
    assert rows(fresh_database, "SELECT version_num FROM things.schema_version") == [("0003",)]
    assert rows(fresh_database, "SELECT count(*) FROM things.more") == [(0,)]


async def test_a_service_that_starts_before_its_database_migrates_when_it_answers(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = a_package(tmp_path, monkeypatch, "things_six")
    name = fresh_database.rpartition("/")[2].partition("?")[0]
    admin = fresh_database.replace(f"/{name}", "/postgres")
    allow_connections(admin, name, allowed=False)

    with capture_logs() as said:
        migrating = asyncio.create_task(migrate_when_it_answers(package, fresh_database, "things"))
        async with asyncio.timeout(20):
            await until(lambda: len(said) > 1)
        allow_connections(admin, name, allowed=True)
        async with asyncio.timeout(20):
            await migrating

    assert {each["event"] for each in said} == {"database_awaited", "schema_migrated"}
    assert rows(fresh_database, "SELECT id, name FROM things.thing") == [(1, "first")]


async def test_a_service_that_is_stopped_while_it_waits_for_its_database_lets_go_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that takes connections and never answers is the longest wait there is."""
    package = a_package(tmp_path, monkeypatch, "things_seven")
    reached = asyncio.Event()
    silent = await asyncio.start_server(lambda _reader, _writer: reached.set(), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    migrating = asyncio.create_task(migrate_when_it_answers(package, f"postgresql://plein@127.0.0.1:{port}/plein", "things"))

    async with asyncio.timeout(2):
        await reached.wait()
        migrating.cancel()
        await asyncio.wait({migrating})
    silent.close()

    assert migrating.cancelled()


def test_a_package_that_does_not_exist_is_named(fresh_database: str) -> None:
    with pytest.raises(LookupError, match="no_such_package"):
        migrate("no_such_package", fresh_database, "things")


async def test_the_engine_speaks_utc_and_keeps_parameters_out_of_its_errors(fresh_database: str) -> None:
    engine = async_engine(settings_for(fresh_database))

    async with engine.connect() as connection:
        zone = (await connection.execute(text("SHOW timezone"))).scalar_one()
        with pytest.raises(DBAPIError) as refused:
            await connection.execute(text("SELECT CAST(:note AS int), CAST(:bsn AS text)"), {"note": "x", "bsn": "999990342"})
    await engine.dispose()

    assert zone == "UTC"
    assert "999990342" not in str(refused.value)


async def test_a_database_part_opens_the_pool_and_closes_both(fresh_database: str) -> None:
    engine, pool = async_engine(settings_for(fresh_database)), ingest_pool(settings_for(fresh_database))
    part = database_part(engine, pool)
    before = part.health()

    await part.start()
    async with pool.connection() as connection:
        found = await (await connection.execute("SHOW timezone")).fetchone()
    while_running = part.health()
    await part.stop()

    assert (before.ready, while_running.ready, part.health().ready) == (False, True, False)
    assert while_running.detail["waiting"] == 0
    assert found == ("UTC",)
    assert pool.closed


async def test_a_database_part_notices_that_the_database_went_away_and_came_back(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service_runtime.database.LOOK_SECONDS", 0.1)
    part = database_part(async_engine(settings_for(fresh_database)))
    name = fresh_database.rpartition("/")[2].partition("?")[0]
    admin = fresh_database.replace(f"/{name}", "/postgres")

    await part.start()
    await asyncio.to_thread(allow_connections, admin, name, allowed=False)
    async with asyncio.timeout(20):
        await until(lambda: not part.health().ready)
    await asyncio.to_thread(allow_connections, admin, name, allowed=True)
    async with asyncio.timeout(20):
        await until(lambda: part.health().ready)
    await part.stop()


def allow_connections(admin: str, name: str, *, allowed: bool) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allowed}')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


async def until(claim: Callable[[], bool]) -> None:
    while not claim():  # noqa: ASYNC110 - asks again within the caller's deadline; a part has no event to wait for
        await asyncio.sleep(0.01)


async def test_a_database_part_that_is_stopped_while_it_waits_leaves_nothing_open() -> None:
    pool = ingest_pool(settings_for("postgresql://nobody@127.0.0.1:1/nothing"))
    starting = asyncio.create_task(database_part(None, pool).start())
    async with asyncio.timeout(10):
        await until(lambda: not pool.closed)

    starting.cancel()
    await asyncio.wait({starting})

    assert pool.closed


def test_a_database_part_without_anything_to_own_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="an engine or a pool"):
        database_part(None)
