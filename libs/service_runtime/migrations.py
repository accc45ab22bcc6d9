"""Brings a service's schema up to date with Alembic. Steps live in `services/<package>/migrations/versions`, no env.py."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from service_runtime.logging import get_logger

START_SECONDS = 60.0
CONNECT_SECONDS = 5

log = get_logger()


def migrate(package: str, database_url: str, schema: str) -> None:
    """Brings the schema to the newest step; makes the schema when it is not there. Blocks; may be called by many at once.

    Each step is its own transaction, with `search_path` on the schema. An advisory lock lets one process work while the
    others wait. Raises sqlalchemy's OperationalError when the database cannot be reached.
    """
    engine = create_engine(sqlalchemy_url(database_url), **_ENGINE)
    with engine.connect() as connection:
        _bring_up_to_date(connection, ScriptDirectory(str(migrations_folder(package))), schema)


async def migrate_when_it_answers(package: str, database_url: str, schema: str) -> None:
    """Does what `migrate` does, and begins again for a minute while the database is away or its connection breaks.

    Lets go at once when it is cancelled. Raises sqlalchemy's OperationalError after the minute.
    """
    script = ScriptDirectory(str(migrations_folder(package)))
    engine = create_async_engine(sqlalchemy_url(database_url), **_ENGINE)
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(OperationalError),
        wait=wait_exponential_jitter(multiplier=0.1, max=2),
        stop=stop_after_delay(START_SECONDS),
        before_sleep=_say_that_it_is_away,
        reraise=True,
    ):
        with attempt:
            async with engine.connect() as connection:
                await connection.run_sync(_bring_up_to_date, script, schema)


_ENGINE: dict[str, Any] = {
    "poolclass": pool.NullPool,
    "hide_parameters": True,
    "connect_args": {"connect_timeout": CONNECT_SECONDS},
}


def _say_that_it_is_away(tried: RetryCallState) -> None:
    log.warning("database_awaited", attempt=tried.attempt_number)


def _bring_up_to_date(connection: Connection, script: ScriptDirectory, schema: str) -> None:
    connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": f"plein migrations {schema}"})
    connection.commit()
    _make_schema(connection, schema)
    quoted = connection.dialect.identifier_preparer.quote(schema)
    connection.execute(text(f"SET search_path TO {quoted}, public"))
    connection.commit()
    _upgrade(script, connection, schema)


def _make_schema(connection: Connection, schema: str) -> None:
    """Looks first: a role that owns its schema need not be allowed to make one."""
    there = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": schema}).first()
    if there is None:
        connection.execute(text(f"CREATE SCHEMA {connection.dialect.identifier_preparer.quote(schema)}"))
    connection.commit()


def _upgrade(script: ScriptDirectory, connection: Connection, schema: str) -> None:
    before: list[str] = []

    def steps(revision: Any, _: MigrationContext) -> Any:
        before.extend(revision if isinstance(revision, tuple) else filter(None, [revision]))
        return script._upgrade_revs("heads", revision)

    with EnvironmentContext(Config(), script, fn=steps, destination_rev="heads") as environment:
        environment.configure(
            connection=connection,
            version_table="schema_version",
            version_table_schema=schema,
            include_schemas=True,
            transaction_per_migration=True,
        )
        with environment.begin_transaction():
            environment.run_migrations()
    if set(before) != set(script.get_heads()):
        log.info("schema_migrated", schema=schema, revision=",".join(script.get_heads()))


def sqlalchemy_url(database_url: str) -> str:
    """Returns the address as SQLAlchemy wants it, with the psycopg driver."""
    _, _, rest = database_url.partition("://")
    return f"postgresql+psycopg://{rest}"


def migrations_folder(package: str) -> Path:
    """Returns the folder `migrations` of an importable package. Raises LookupError."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise LookupError(f"the package {package} cannot be found")
    return Path(found.submodule_search_locations[0]) / "migrations"
