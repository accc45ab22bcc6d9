"""One role per service, on the embedded PostgreSQL and by the script of docker-compose.yml: nobody reads another's rows."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from testcontainers.community.postgres import PostgresContainer

from engines import Engines
from plein.local.databases import provide_databases
from plein.local.postgres import ADMINISTRATOR, EmbeddedPostgres, binaries
from plein.services import SERVICES

ROOT = Path(__file__).resolve().parents[3]
PASSWORDS = {service.name: f"only-for-{service.name}" for service in SERVICES if service.has_database}


@pytest.fixture(params=["plein up", "the script of docker compose", "the container of docker compose"])
def databases(request: pytest.FixtureRequest, engines: Engines, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Each service's address, on a server of this test's own, set up in one of the three ways."""
    if request.param == "the container of docker compose":
        if engines.why_no_docker() is not None:
            pytest.skip(f"NOT EXERCISED in a container: {engines.why_no_docker()}")
        with _container() as container:
            yield {role: _as_role(container.get_connection_url(), role, password) for role, password in PASSWORDS.items()}
        return
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    try:
        yield provide_databases(server.url, PASSWORDS) if request.param == "plein up" else _by_the_script(server)
    finally:
        server.kill()


def test_a_service_has_its_own_schema_and_is_refused_every_other(databases: dict[str, str]) -> None:
    for service, url in databases.items():
        with psycopg.connect(url, autocommit=True) as own:
            own.execute("CREATE TABLE rows_of_mine (number int)")
            assert own.execute("SELECT current_schema()").fetchone() == (service,)

    for service, url in databases.items():
        for other in databases.keys() - {service}:
            with psycopg.connect(url) as stranger, pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(f"SELECT * FROM {other}.rows_of_mine".encode())


def test_a_service_makes_no_schema_no_role_and_no_table_elsewhere(databases: dict[str, str]) -> None:
    attempts = (
        "CREATE SCHEMA another",
        "CREATE ROLE another",
        "CREATE TABLE public.rows (number int)",
        "CREATE DATABASE another",
    )

    for attempt in attempts:
        with psycopg.connect(databases["timeline"], autocommit=True) as service, pytest.raises(psycopg.Error):
            service.execute(attempt.encode())


def test_the_databases_may_be_provided_again_with_other_passwords(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    provide_databases(server.url, PASSWORDS)

    again = provide_databases(server.url, {name: f"new-{password}" for name, password in PASSWORDS.items()})

    try:
        with psycopg.connect(again["timeline"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("timeline",)
    finally:
        server.kill()


def _container() -> PostgresContainer:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["postgres"]
    container = PostgresContainer(
        compose["image"], username=ADMINISTRATOR, password="only-for-this-test", dbname="plein", driver=None
    )
    container.with_envs(
        POSTGRES_INITDB_ARGS=compose["environment"]["POSTGRES_INITDB_ARGS"],
        **{f"{role.upper()}_PASSWORD": password for role, password in PASSWORDS.items()},
    )
    return container.with_volume_mapping(ROOT / "deploy/postgres/init", "/docker-entrypoint-initdb.d")


def _as_role(url: str, role: str, password: str) -> str:
    place = urlsplit(url)
    return f"postgresql://{role}:{password}@{place.hostname}:{place.port}/plein"


def _by_the_script(server: EmbeddedPostgres) -> dict[str, str]:
    server.execute("CREATE DATABASE plein")
    place = urlsplit(server.url)
    environment = {
        "PATH": f"{binaries()}:{os.environ['PATH']}",
        "PGHOST": str(place.hostname),
        "PGPORT": str(place.port),
        "PGPASSWORD": str(place.password),
        "POSTGRES_USER": str(place.username),
        "POSTGRES_DB": "plein",
        **{f"{role.upper()}_PASSWORD": password for role, password in PASSWORDS.items()},
    }
    subprocess.run(["sh", ROOT / "deploy/postgres/init/10-roles.sh"], env=environment, check=True)
    return {role: f"postgresql://{role}:{password}@{place.hostname}:{place.port}/plein" for role, password in PASSWORDS.items()}
