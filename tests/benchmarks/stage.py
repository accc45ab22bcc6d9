"""What every measure stands on: PostgreSQL, a broker with the load in it, and databases to land in."""

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.figures import Run
from benchmarks.flat_rows import FLAT_ROWS, preload_flat
from benchmarks.prefilling import Filled
from benchmarks.preloading import Preloaded, preload
from benchmarks.sizes import Size
from engines import APACHE_KAFKA, EMBEDDED, BrokerUnderTest, Engines
from event_bus.provision import TopicSpec, provision
from event_bus.settings import BrokerSettings
from plein.local.keys import LocalKeys, local_keys
from plein.local.processes import RECORD_SUFFIX, end_recorded
from plein.local.tokens import write_issuers
from plein.topics import topic_specs
from service_runtime.migrations import migrate

SESSION_TIMEOUT_S = 6
# Where a bare producer may put what means nothing.
PRODUCED_BARE = TopicSpec("produced-bare", partitions=12, kept_ms=3_600_000)
_TEMPLATE = "as_migrated"

Tell = Callable[[str], None]


class Stage:
    """Starts each engine when it is first asked for. PostgreSQL and Apache Kafka write to disk as they do in production."""

    def __init__(self, folder: Path, size: Size, tell: Tell) -> None:
        self.folder = folder
        self.size = size
        self.tell = tell
        # Plein's runs of the ingest so far: what other figures are set against.
        self.ingested: list[Run] = []
        self._filled: dict[int, Filled] = {}
        # Bytes on disk of an entry and of an event's key, with their indexes, where there were most of them.
        self.most_rows = 0
        self.row_bytes: tuple[float, float] | None = None
        self.logs = folder / "logs"
        for record in folder.rglob(f"*{RECORD_SUFFIX}"):
            end_recorded(record)  # of a bench that was killed
        for old in (self.logs, folder / "engines"):
            shutil.rmtree(old, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.engines = Engines(folder / "engines")
        self.engines.folder.mkdir(parents=True)

    @cached_property
    def broker_kind(self) -> str:
        """Apache Kafka where this machine can run it; else the embedded broker, said loudly."""
        reason = self.engines.why_no_apache_kafka()
        if reason is None:
            return APACHE_KAFKA
        self.tell(f"NOT ON APACHE KAFKA, so no figure is one to publish: {reason}. This runs on the embedded broker.")
        return EMBEDDED

    @cached_property
    def broker(self) -> BrokerUnderTest:
        found = self.engines.broker(self.broker_kind)
        assert found is not None
        provision(self.broker_settings_of(found), topic_specs())
        return found

    @contextmanager
    def side_broker(self) -> Iterator[BrokerUnderTest]:
        """Yields a broker of the same kind with the topics and nothing in them, and removes it after."""
        broker = self.engines.new_broker(self.broker_kind)
        broker.start()
        try:
            provision(self.broker_settings_of(broker), [*topic_specs(), PRODUCED_BARE])
            yield broker
        finally:
            broker.remove()

    @property
    def broker_settings(self) -> BrokerSettings:
        return self.broker_settings_of(self.broker)

    def broker_settings_of(self, broker: BrokerUnderTest) -> BrokerSettings:
        return BrokerSettings(
            broker_servers=broker.address, broker_durable=broker.durable, broker_session_timeout_s=SESSION_TIMEOUT_S
        )

    @cached_property
    def keys(self) -> LocalKeys:
        """The secrets of this bench, with the issuers file that services check tokens by."""
        keys = local_keys(self.folder / "engines")
        write_issuers(self.folder / "engines", keys.signing_key, 1)
        return keys

    @property
    def issuers_file(self) -> Path:
        return self.folder / "engines" / "issuers.toml"

    @cached_property
    def load(self) -> Preloaded:
        """The events, in the topic `interactions`, and what must become of them."""
        settings, started = self.broker_settings, time.monotonic()
        loaded = preload(settings, self.size, self.folder / "engines" / "rows.copy")
        self.tell(
            f"loaded {loaded.records:,} events of {loaded.bytes_each:.0f} bytes in {time.monotonic() - started:.0f} s"
            f" ({self.broker_kind.replace('_', ' ')}, {loaded.expected.count:,} different ones)"
        )
        return loaded

    @cached_property
    def flat_topic(self) -> str:
        """The name of the topic with the same load as rows, made when it is first asked for."""
        assert self.load
        preload_flat(self.broker_settings, self.size)
        return FLAT_ROWS.name

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Yields the address of a database of its own with the timeline's tables, and drops it after. Starts at a checkpoint."""
        server = self.engines.postgres()
        name = f"bench_{secrets.token_hex(4)}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template or self.template} STRATEGY FILE_COPY")
        server.execute("CHECKPOINT")
        url = self.url_of(name)
        try:
            yield url
        finally:
            self.engines.drop_database(url)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Yields the address of a database with nothing in it, and drops it after: a service makes its own tables."""
        url = self.engines.fresh_database()
        try:
            yield url
        finally:
            self.engines.drop_database(url)

    def filled(self, rows: int) -> Filled:
        """Returns the database that has so many rows in it, made the first time it is asked for."""
        if rows not in self._filled:
            started = time.monotonic()
            self._filled[rows] = Filled(rows, self.template, self.engines.postgres(), self.url_of(f"filled_{rows}"))
            self.tell(f"made {rows:,} rows in {time.monotonic() - started:.0f} s")
        return self._filled[rows]

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.engines.postgres().url)._replace(path=f"/{database}"))

    def stop(self) -> None:
        self.engines.stop()

    @cached_property
    def template(self) -> str:
        """The name of an empty database with the timeline's tables. Looks that PostgreSQL writes durably."""
        server = self.engines.postgres()
        with psycopg.connect(server.url) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                shown = connection.execute(f"SHOW {setting}".encode()).fetchone()
                assert shown == ("on",), f"{setting} is {shown}: a figure without it is no figure"
        server.execute(f"CREATE DATABASE {_TEMPLATE}")
        with (self.logs / "migrate.log").open("a") as log, redirect_stdout(log):
            migrate("timeline", self.url_of(_TEMPLATE), "timeline")
        return _TEMPLATE
