"""A hunt per test, with all its processes ended after it, on one broker of each kind that only this folder breaks."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from engines import APACHE_KAFKA, EMBEDDED, KAFKA_CONTAINER, BrokerUnderTest, Engines
from faults.loss_hunt import Hunt
from plein.local.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def breakable() -> Iterator[Engines]:
    """Brokers that no other folder uses: whoever kills, freezes or empties one gives the next test a running one back."""
    started = Engines()
    yield started
    started.stop()


@pytest.fixture(params=[EMBEDDED, APACHE_KAFKA, KAFKA_CONTAINER])
def broker(engines: Engines, breakable: Engines, request: pytest.FixtureRequest) -> BrokerUnderTest:
    """A running broker of each kind in turn."""
    return _running(engines, breakable, request.param)


@pytest.fixture
def embedded_broker(engines: Engines, breakable: Engines) -> BrokerUnderTest:
    """The embedded broker alone."""
    return _running(engines, breakable, EMBEDDED)


def _running(engines: Engines, breakable: Engines, kind: str) -> BrokerUnderTest:
    reason = engines.why_no_broker(kind)
    found = None if reason else breakable.broker(kind)
    if found is None:
        pytest.skip(f"NOT EXERCISED on {kind}: {reason}")
    return found


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
def durable_hunt(engines: Engines, breakable: Engines, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt on Apache Kafka alone, whose log outlives it."""
    made = Hunt(_running(engines, breakable, APACHE_KAFKA), fresh_database, tmp_path)
    yield made
    made.end()


@pytest.fixture
def breaking_hunt(broker: BrokerUnderTest, fresh_database: str, tmp_path: Path) -> Iterator[Hunt]:
    """A hunt that kills, freezes and empties its broker. What a broker loses is said again, so a repeat is no row."""
    made = Hunt(broker, fresh_database, tmp_path, once=True)
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
