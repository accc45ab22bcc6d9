"""The whole embedded stack: engines, sign-in and the services, started in order, kept running, stopped in reverse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Protocol

from event_bus.provision import provision
from event_bus.settings import BrokerSettings
from plein.local.broker import EmbeddedBroker
from plein.local.databases import provide_databases
from plein.local.folder import LocalSettings, check_ports
from plein.local.keys import LocalKeys, local_keys
from plein.local.people_register import PeopleRegisterHere
from plein.local.ports import LOOPBACK, CannotStart
from plein.local.postgres import EmbeddedPostgres
from plein.local.processes import end_leftovers
from plein.local.service_process import ServiceProcess
from plein.local.service_settings import SESSION_TIMEOUT_SECONDS, service_settings
from plein.local.sign_in import SignIn
from plein.local.tokens import mint_token, write_issuers
from plein.services import SERVICES, DeployedService
from plein.start_page import StartPage
from plein.theme import plain_theme, provide_theme
from plein.topics import topic_specs
from service_runtime.migrations import migrate

WATCH_SECONDS = 0.25
LOG_BYTES_KEPT = 5_000_000

Tell = Callable[[str], None]


class BrokerEngine(Protocol):
    """A broker on loopback that can be started, killed and started again; `durable` says whether its log outlives it."""

    @property
    def durable(self) -> bool: ...
    @property
    def address(self) -> str: ...
    @property
    def is_running(self) -> bool: ...
    def start(self) -> str: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class LocalStack:
    """Engines and services in one folder. PostgreSQL and the journals keep what is in them over a restart, the broker nothing."""

    def __init__(self, settings: LocalSettings, tell: Tell, *, broker: BrokerEngine | None = None) -> None:
        """`broker` is another engine, such as Apache Kafka, instead of the embedded one."""
        self.settings = settings
        self.folder = settings.folder
        self.logs = self.folder / "logs"
        self.postgres = EmbeddedPostgres(self.folder / "postgres", settings.postgres_port)
        self.broker: BrokerEngine = broker or EmbeddedBroker(self.folder / "broker", settings.broker_port)
        self.sign_in = SignIn(self.folder / "sign_in", settings.sign_in_port)
        self.start_page: StartPage | None = None
        self.people: PeopleRegisterHere | None = None
        self.services: dict[str, ServiceProcess] = {}
        self.databases: dict[str, str] = {}
        self._tell = tell
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    @property
    def broker_settings(self) -> BrokerSettings:
        return BrokerSettings(
            broker_servers=self.broker.address,
            broker_durable=self.broker.durable,
            broker_session_timeout_s=SESSION_TIMEOUT_SECONDS,
        )

    def url_of(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.settings.port_of(service)}"

    def token(self, persona: str, **claims: object) -> str:
        """Returns a token of a persona, its claims replaced by `claims`."""
        return mint_token(self.folder, persona, claims)

    def prepare(self) -> None:
        """Cleans up after a killed run and looks whether the ports are free. Raises CannotStart."""
        ended = end_leftovers(self.folder)
        if ended:
            self._tell(f"ended what a killed run left behind: {', '.join(ended)}")
        check_ports(self.settings)
        _shorten_logs(self.logs)

    def _provide_theme(self) -> None:
        try:
            provide_theme(self.settings.theme_folder)
        except CannotStart as why:
            self._tell(f"{why} Until then the pages look plain.")
            plain_theme(self.settings.theme_folder)

    def start_engines(self) -> None:
        """Starts PostgreSQL, the broker and the sign-in server, with topics, roles and schemas. Raises CannotStart."""
        if self.settings.theme is None:
            self._provide_theme()
        keys = local_keys(self.folder)
        write_issuers(self.folder, keys.signing_key, self.settings.sign_in_port)
        self.sign_in.start()
        self.broker.start()
        self.postgres.start()
        self.provide_topics()
        self.databases = provide_databases(self.postgres.url, keys.role_passwords)

    def provide_topics(self) -> None:
        """Makes the topics of the catalogue where they are missing: an embedded broker that was started again has none."""
        provision(self.broker_settings, topic_specs())

    def migrate(self) -> None:
        """Brings every service's own tables up to date, with that service's own role."""
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.logs / "migrate.log").open("a") as log, redirect_stdout(log):
            for service, url in self.databases.items():
                migrate(service, url, service)

    def start_services(self) -> None:
        """Starts the services and returns when each says it is ready. Raises CannotStart."""
        keys = local_keys(self.folder)
        for service in SERVICES:
            settings = self._settings_of(service, keys)
            port = self.settings.port_of(service.name)
            self.services[service.name] = ServiceProcess(
                service.name, port, settings, folder=self.folder / "services", logs=self.logs
            )
        for process in self.services.values():
            process.start()
        for process in self.services.values():
            process.wait_ready()
        self._open_what_is_served_here()
        self._start_watching()

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Starts nothing again for the time of the block: for a test that breaks an engine on purpose."""
        self._stop_watching()
        yield
        self._start_watching()

    def stop(self) -> None:
        """Stops everything: the services together, then the engines. May be called twice, and halfway a start."""
        self._stop_watching()
        for served in (self.start_page, self.people):
            if served is not None:
                served.stop()
        self.start_page = self.people = None
        for process in self.services.values():
            process.ask_to_stop()
        for process in self.services.values():
            process.stop()
        self.sign_in.stop()
        self.broker.stop()
        self.postgres.stop()

    def _open_what_is_served_here(self) -> None:
        pages = {service.name: self.url_of(service.name) for service in SERVICES if service.has_pages}
        self.start_page = StartPage(self.settings.start_page_port, self.settings.theme_folder, pages, self.sign_in.issuer)
        self.start_page.start()
        self.people = PeopleRegisterHere(self.settings.people_register_port)
        self.people.start()

    def _start_watching(self) -> None:
        self._watch = threading.Thread(target=self._keep_running, name="plein-watch", daemon=True)
        self._watch.start()

    def _stop_watching(self) -> None:
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
        self._stopping.clear()
        self._watch = None

    def _settings_of(self, service: DeployedService, keys: LocalKeys) -> dict[str, str]:
        return service_settings(
            service,
            self.settings,
            keys,
            broker=self.broker.address,
            broker_durable=self.broker.durable,
            database_url=self.databases.get(service.name),
        )

    def _keep_running(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            try:
                self._watch_once()
            except CannotStart as fault:
                self._tell(f"could not start it again: {fault}")

    def _watch_once(self) -> None:
        if not self.postgres.is_running:
            self._tell("PostgreSQL ended by itself and is started again; nothing is lost")
            self.postgres.start()
        if not self.broker.is_running:
            self._tell("the broker ended by itself and is started again, empty; the journals refill it")
            self.broker.start()
            self.provide_topics()
        if not self.sign_in.is_running:
            self.sign_in.start()
        for process in self.services.values():
            told = process.keep_running()
            if told is not None:
                self._tell(told)


def _shorten_logs(logs: Path) -> None:
    """Starts a new log where the last one grew large; the last one stays as `<name>.log.1`."""
    for log in logs.glob("*.log"):
        if log.stat().st_size > LOG_BYTES_KEPT:
            log.replace(log.with_suffix(".log.1"))
