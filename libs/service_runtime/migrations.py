"""Brings a service's schema up to date with Alembic. Steps live in `services/<package>/migrations/versions`, no env.py."""

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import OperationalError

from service_runtime.logging import get_logger

START_SECONDS = 60.0

log = get_logger()


def migrate(package: str, database_url: str, schema: str) -> None:
    """Brings the schema to the newest step; makes the schema when it is not there. Blocks; may be called by many at once.

    Each step is its own transaction, with `search_path` on the schema. An advisory lock lets one process work while the
    others wait. Waits a minute for a database that does not answer yet, then raises sqlalchemy's OperationalError.
    """
    script = ScriptDirectory(str(migrations_folder(package)))
    engine = create_engine(sqlalchemy_url(database_url), poolclass=pool.NullPool, hide_parameters=True)
    with _connected(engine) as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": f"plein migrations {schema}"})
        connection.commit()
        _make_schema(connection, schema)
        quoted = connection.dialect.identifier_preparer.quote(schema)
        connection.execute(text(f"SET search_path TO {quoted}, public"))
        connection.commit()
        _upgrade(script, connection, schema)


def _connected(engine: Any) -> Connection:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection: Connection = engine.connect()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return connection


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
