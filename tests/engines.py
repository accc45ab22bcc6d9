"""The real engines that tests run on: started once a session, a fresh database or broker folder for who asks."""

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from plein.local.broker import EmbeddedBroker
from plein.local.kafka import ApacheKafka
from plein.local.postgres import EmbeddedPostgres

EMBEDDED = "embedded"
APACHE_KAFKA = "apache_kafka"
REQUIRE_APACHE_KAFKA = "PLEIN_REQUIRE_APACHE_KAFKA"


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
        return self.kind == APACHE_KAFKA

    def start(self, fresh: bool = False) -> str:
        """Starts it again after a stop or kill; `fresh` forgets everything, which the embedded one always does."""
        if isinstance(self.engine, ApacheKafka):
            return self.engine.start(fresh=fresh)
        return self.engine.start()

    def stop(self) -> None:
        self.engine.stop()

    def kill(self) -> None:
        self.engine.kill()

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
    not_exercised: dict[str, str] = field(default_factory=dict)
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
        """Returns the session's broker of a kind, running; None when this machine has no Apache Kafka and need not."""
        if kind == APACHE_KAFKA and self.why_no_apache_kafka() is not None:
            return None
        if kind not in self._brokers:
            self._brokers[kind] = self.new_broker(kind)
        found = self._brokers[kind]
        found.ensure_running()
        return found

    def new_broker(self, kind: str) -> BrokerUnderTest:
        """Returns a broker of its own, not started: for a test that breaks it."""
        folder = self.folder / f"{kind}-{secrets.token_hex(4)}"
        engine: Broker = ApacheKafka(folder) if kind == APACHE_KAFKA else EmbeddedBroker(folder)
        return BrokerUnderTest(kind, engine, folder)

    def why_no_apache_kafka(self) -> str | None:
        """Returns why Apache Kafka is not exercised. Raises when this run requires it."""
        if APACHE_KAFKA in self.not_exercised:
            return self.not_exercised[APACHE_KAFKA]
        reason = ApacheKafka.available()
        if reason is not None:
            if os.environ.get(REQUIRE_APACHE_KAFKA) == "1":
                raise RuntimeError(f"{REQUIRE_APACHE_KAFKA}=1, but {reason}")
            self.not_exercised[APACHE_KAFKA] = reason
        return reason

    def fresh_database(self) -> str:
        """Makes an empty database on the session's PostgreSQL and returns its address."""
        server = self.postgres()
        name = f"test_{secrets.token_hex(6)}"
        server.execute(f"CREATE DATABASE {name}")
        return urlunsplit(urlsplit(server.url)._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        self.postgres().execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")

    def stop(self) -> None:
        for broker in self._brokers.values():
            broker.kill()
        if self._postgres is not None:
            self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
