"""The hunted town: real engines behind proxies, two adapters, some timeline workers, and the history of what was told."""

import time
from pathlib import Path

from kafka.errors import KafkaError

from contact_events.citizen_ref import PseudonymKeys
from engines import APACHE_KAFKA, BrokerUnderTest
from event_bus.broker_view import admin_client
from event_bus.provision import provision
from event_bus.settings import BrokerSettings
from faults.hunt.history import History
from faults.hunt.hunted_process import HuntedProcess, awaited
from faults.hunt.proxy import Mode, TcpProxy
from faults.hunt.showing import Rows
from plein.local.broker import EmbeddedBroker
from plein.local.databases import provide_databases
from plein.local.kafka import ApacheKafka
from plein.local.keys import local_keys
from plein.local.ports import LOOPBACK, free_port
from plein.local.postgres import EmbeddedPostgres
from plein.local.tokens import AUDIENCE, mint_token, write_issuers
from plein.topics import topic_specs
from service_runtime.migrations import migrate

SESSION_S = 3.0
TOPIC = "interactions"
PARTITIONS_AT_FIRST = 6
SETTLED_S = 90.0
JOURNAL_BYTES = 4_000_000_000


class HuntedTown:
    """Everything real, in one folder. Every method may be called while senders send."""

    def __init__(self, kind: str, folder: Path, *, workers: int = 2, adapters: int = 2) -> None:
        self.kind = kind
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.history = History(folder / "history.jsonl")
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.postgres_proxy = TcpProxy(self.postgres.port)
        broker_port = free_port()
        self.broker_proxy = TcpProxy(broker_port)
        self.broker = BrokerUnderTest(kind, _engine(kind, folder / "broker", broker_port, self.broker_proxy), folder / "broker")
        self._keys = local_keys(folder)
        self.pseudonyms = PseudonymKeys.from_text(self._keys.pseudonym_keys)
        self._counts = (workers, adapters)
        self.workers: list[HuntedProcess] = []
        self.adapters: list[HuntedProcess] = []
        self.partitions = PARTITIONS_AT_FIRST

    @property
    def broker_settings(self) -> BrokerSettings:
        return BrokerSettings(
            broker_servers=self.broker_proxy.address,
            broker_durable=self.broker.durable,
            broker_session_timeout_s=SESSION_S,
        )

    def start(self) -> None:
        """Starts everything and returns when every process says it is ready."""
        write_issuers(self.folder, self._keys.signing_key, free_port())
        self.postgres.start()
        self.postgres_proxy.start()
        self.broker_proxy.start()
        self.start_broker()
        direct = provide_databases(self.postgres.url, {"timeline": self._keys.role_passwords["timeline"]})["timeline"]
        migrate("timeline", direct, "timeline")
        self.rows = Rows(direct)
        self._database = direct.replace(f":{self.postgres.port}/", f":{self.postgres_proxy.port}/")
        workers, adapters = self._counts
        self.adapters = [self.new_adapter(f"web{number + 1}") for number in range(adapters)]
        self.workers = [self.new_worker(f"timeline{number + 1}") for number in range(workers)]
        self.all_running()

    def start_broker(self, *, fresh: bool = False) -> None:
        """Starts the broker, with its topics."""
        self.broker.start(fresh=fresh)
        awaited(self._broker_answers, "the broker answers")
        self.provide_topics(self.partitions)

    def provide_topics(self, partitions: int) -> None:
        """Makes the topics of the catalogue, with so many partitions for the one that the hunt loads."""
        self.partitions = partitions
        provision(
            self.broker_settings,
            [spec._replace(partitions=partitions) if spec.name == TOPIC else spec for spec in topic_specs()],
        )

    def new_adapter(self, name: str, *, journal: Path | None = None, journal_bytes: int = JOURNAL_BYTES) -> HuntedProcess:
        """Returns another adapter of the website, not started."""
        kept = journal or self.folder / "journals" / f"{name}.sqlite"
        settings = {"journal_file": str(kept), "journal_most_bytes": str(journal_bytes), "sealing_key": self._keys.sealing_key}
        return HuntedProcess(name, "web_adapter", self._settings() | settings, self.folder / "processes")

    def new_worker(self, name: str) -> HuntedProcess:
        """Returns another timeline process, not started."""
        settings = self._settings() | {"database_url": self._database}
        return HuntedProcess(name, "timeline", settings, self.folder / "processes")

    def all_running(self) -> None:
        """Puts back whatever a fault took away, and waits until all of it is ready."""
        self.postgres_proxy.mode = self.broker_proxy.mode = Mode.PASS
        if not self.postgres.is_running:
            self.postgres.start()
        if not self.broker.is_running:
            self.start_broker()
        for each in (*self.adapters, *self.workers):
            each.start()
        for each in (*self.adapters, *self.workers):
            each.wait_ready()

    def settled(self, patience_s: float = SETTLED_S) -> float:
        """Returns after how many seconds everything that was accepted is known to the timeline. Raises InVain."""
        started = time.monotonic()
        awaited(lambda: not self.rows.missing(self.history.accepted), "all that was accepted has arrived", patience_s)
        return time.monotonic() - started

    def token(self, persona: str) -> str:
        return mint_token(self.folder, persona)

    def stop(self) -> None:
        """Ends everything, also when it was never wholly started."""
        for process in (*self.adapters, *self.workers):
            process.kill()
        self.broker.kill()
        self.postgres.kill()
        for proxy in (self.postgres_proxy, self.broker_proxy):
            proxy.stop()
        self.history.close()

    def _broker_answers(self) -> bool:
        try:
            admin = admin_client(self.broker_settings, timeout_ms=2_000)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            admin.close()

    def _settings(self) -> dict[str, str]:
        return {
            "http_host": LOOPBACK,
            "log_level": "info",
            "token_issuers_file": str(self.folder / "issuers.toml"),
            "token_audience": AUDIENCE,
            "requests_per_second": "100000",
            "request_burst": "100000",
            "broker_servers": self.broker_proxy.address,
            "broker_durable": str(self.broker.durable).lower(),
            "broker_session_timeout_s": str(SESSION_S),
            "pseudonym_keys": self._keys.pseudonym_keys,
        }


def _engine(kind: str, folder: Path, port: int, proxy: TcpProxy) -> ApacheKafka | EmbeddedBroker:
    """Returns the broker; it tells its clients to come back through the proxy."""
    if kind == APACHE_KAFKA:
        return ApacheKafka(folder, port, {"advertised.listeners": f"CLIENTS://{proxy.address}"})
    return EmbeddedBroker(folder, port, advertised_port=proxy.port)
