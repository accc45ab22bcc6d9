"""A hunt per test, with all its processes ended after it."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from engines import APACHE_KAFKA, BrokerUnderTest, Engines
from faults.loss_hunt import Hunt
from plein.local.postgres import EmbeddedPostgres


@pytest.fixture
def hunt(broker: BrokerUnderTest, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt on the session's broker, embedded and Apache Kafka in turn."""
    made = Hunt(broker, fresh_database, tmp_path)
    yield made
    made.end()


@pytest.fixture
def embedded_hunt(embedded_broker: BrokerUnderTest, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt on the embedded broker alone."""
    made = Hunt(embedded_broker, fresh_database, tmp_path)
    yield made
    made.end()


@pytest.fixture
def durable_hunt(engines: Engines, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt on Apache Kafka alone, whose log outlives it."""
    broker = engines.broker(APACHE_KAFKA)
    if broker is None:
        pytest.skip(f"NOT EXERCISED on Apache Kafka: {engines.why_no_apache_kafka()}")
    made = Hunt(broker, fresh_database, tmp_path)
    yield made
    made.end()


@pytest.fixture
def breaking_hunt(breakable_broker: BrokerUnderTest, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt on a broker of its own, to kill, freeze and empty. What a broker loses is said again, so a repeat is no row."""
    made = Hunt(breakable_broker, fresh_database, tmp_path, once=True)
    yield made
    made.end()


@pytest.fixture(scope="session")
def breakable_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL apart from the session's, to kill."""
    folder = tmp_path_factory.mktemp("breakable-postgres")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)  # PostgreSQL runs as nobody when tests run as root
    made = EmbeddedPostgres(folder)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def database_hunt(broker: BrokerUnderTest, breakable_postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt whose database may be killed, on the embedded broker and Apache Kafka in turn."""
    name = f"hunt_{secrets.token_hex(6)}"
    breakable_postgres.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(breakable_postgres.url)._replace(path=f"/{name}"))
    made = Hunt(broker, url, tmp_path)
    yield made
    made.end()
