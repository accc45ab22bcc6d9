"""One database, and in it one role and one schema per service: nobody reads another's rows."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

DATABASE = "plein"


def provide_databases(administrator_url: str, role_passwords: Mapping[str, str]) -> dict[str, str]:
    """Makes the database, roles and schemas that are missing, sets the passwords, and returns each service's address."""
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
    with psycopg.connect(_with(administrator_url, path=f"/{DATABASE}"), autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for role, password in role_passwords.items():
            _provide(connection, role, password)
    return {
        role: _with(administrator_url, path=f"/{DATABASE}", user=(role, password)) for role, password in role_passwords.items()
    }


def _provide(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    connection.execute(
        sql.SQL("ALTER ROLE {} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(name, sql.Literal(password))
    )
    # A batch lands in a temporary table first (decision 5).
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), name))
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(name, name))
    connection.execute(sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = {}").format(name, sql.Identifier(DATABASE), name))


def _with(url: str, *, path: str, user: tuple[str, str] | None = None) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    who = ":".join(user) if user else parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{who}@{place}", path=path))
