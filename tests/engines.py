"""The real engines that tests run on: started once a session, a fresh database or broker folder for who asks."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import psutil

from containers import KafkaInContainer, why_no_docker
from plein.local.broker import EmbeddedBroker
from plein.local.kafka import ApacheKafka
from plein.local.keycloak import Keycloak
from plein.local.postgres import EmbeddedPostgres
from service_runtime.migrations import migrate

EMBEDDED = "embedded"
APACHE_KAFKA = "apache_kafka"
KAFKA_CONTAINER = "kafka_container"
KEYCLOAK = "keycloak"
DOCKER = "docker"
REQUIRE_APACHE_KAFKA = "PLEIN_REQUIRE_APACHE_KAFKA"
REQUIRE_KEYCLOAK = "PLEIN_REQUIRE_KEYCLOAK"
REQUIRE_DOCKER = "PLEIN_REQUIRE_DOCKER"


class Broker(Protocol):
    """A broker that a test may start, stop, kill, freeze and start again; it keeps its address."""

    @property
    def address(self) -> str: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def pid(self) -> int: ...
    def start(self) -> str: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


@dataclass
class BrokerUnderTest:
    """A running broker of one of the kinds: its address, and whether its log outlives it."""

    kind: str
    engine: Broker
    folder: Path

    @property
    def address(self) -> str:
        return self.engine.address

    @property
    def is_running(self) -> bool:
        return self.engine.is_running

    @property
    def durable(self) -> bool:
        return self.kind != EMBEDDED

    @property
    def listens_on(self) -> set[str]:
        """Returns the addresses of this machine that lead to it."""
        if isinstance(self.engine, KafkaInContainer):
            return self.engine.listens_on
        connections = psutil.Process(self.engine.pid).net_connections("inet")
        return {each.laddr.ip.removeprefix("::ffff:") for each in connections if each.status == psutil.CONN_LISTEN}

    def start(self, fresh: bool = False) -> str:
        """Starts it again after a stop or kill; `fresh` forgets everything, which the embedded one always does."""
        if isinstance(self.engine, ApacheKafka | KafkaInContainer):
            return self.engine.start(fresh=fresh)
        return self.engine.start()

    def stop(self) -> None:
        self.engine.stop()

    def kill(self) -> None:
        self.engine.kill()

    def remove(self) -> None:
        """Ends it for good, with what it kept."""
        self.engine.kill()
        if isinstance(self.engine, KafkaInContainer):
            self.engine.remove()

    def pause(self) -> None:
        self.engine.pause()

    def resume(self) -> None:
        self.engine.resume()

    def ensure_running(self) -> None:
        """Puts back what the last test stopped or froze."""
        if self.engine.is_running:
            self.engine.resume()
        else:
            self.engine.start()


@dataclass
class Engines:
    """Everything started in this session, and what could not be."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="plein-tests-")))
    _asked: dict[str, str | None] = field(default_factory=dict)
    _postgres: EmbeddedPostgres | None = None
    _brokers: dict[str, BrokerUnderTest] = field(default_factory=dict)

    def postgres(self) -> EmbeddedPostgres:
        """Returns the one PostgreSQL of this session, running."""
        if self._postgres is None:
            self._postgres = EmbeddedPostgres(self.folder / "postgres")
        if not self._postgres.is_running:
            self._postgres.start()
        return self._postgres

    def broker(self, kind: str) -> BrokerUnderTest | None:
        """Returns the session's broker of a kind, running; None when this machine has none such and need not."""
        if self.why_no_broker(kind) is not None:
            return None
        if kind not in self._brokers:
            self._brokers[kind] = self.new_broker(kind)
        found = self._brokers[kind]
        found.ensure_running()
        return found

    def new_broker(self, kind: str) -> BrokerUnderTest:
        """Returns a broker of its own, not started: for a test that breaks it."""
        folder = self.folder / f"{kind}-{secrets.token_hex(4)}"
        return BrokerUnderTest(kind, _new_engine(kind, folder), folder)

    def why_no_broker(self, kind: str) -> str | None:
        """Returns why a broker of this kind is not exercised. Raises when this run requires it."""
        if kind == EMBEDDED:
            return None
        return self.why_no_docker() if kind == KAFKA_CONTAINER else self.why_no_apache_kafka()

    def why_no_apache_kafka(self) -> str | None:
        return self._why_no(APACHE_KAFKA, REQUIRE_APACHE_KAFKA, ApacheKafka.available)

    def why_no_keycloak(self) -> str | None:
        return self._why_no(KEYCLOAK, REQUIRE_KEYCLOAK, Keycloak.available)

    def why_no_docker(self) -> str | None:
        return self._why_no(DOCKER, REQUIRE_DOCKER, why_no_docker)

    def _why_no(self, engine: str, required_by: str, ask: Callable[[], str | None]) -> str | None:
        """Asks once a session. Raises RuntimeError when this run requires the engine."""
        if engine not in self._asked:
            reason = ask()
            if reason is not None and os.environ.get(required_by) == "1":
                raise RuntimeError(f"{required_by}=1, but {reason}")
            self._asked[engine] = reason
        return self._asked[engine]

    def fresh_database(self) -> str:
        """Makes an empty database on the session's PostgreSQL and returns its address."""
        server = self.postgres()
        name = f"test_{secrets.token_hex(6)}"
        server.execute(f"CREATE DATABASE {name}")
        return urlunsplit(urlsplit(server.url)._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        self.postgres().execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")

    @contextmanager
    def tables_of(self, service: str) -> Iterator[str]:
        """Gives the address of a database with the tables of a service, in the schema that bears its name."""
        url = self.fresh_database()
        migrate(service, url, service)
        yield url
        self.drop_database(url)

    def stop(self) -> None:
        for broker in self._brokers.values():
            broker.remove()
        if self._postgres is not None:
            self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _new_engine(kind: str, folder: Path) -> Broker:
    if kind == KAFKA_CONTAINER:
        return KafkaInContainer()
    return ApacheKafka(folder) if kind == APACHE_KAFKA else EmbeddedBroker(folder)
