"""Plein's side of the ingest: `plein service timeline` as it is deployed, a process of its own, on an empty database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.checking import Expected, faults_in
from benchmarks.costs import Meter
from benchmarks.figures import Run
from benchmarks.stage import SESSION_TIMEOUT_S, Stage
from engines import BrokerUnderTest
from plein.local.ports import LOOPBACK, CannotStart, free_port
from plein.local.service_process import ServiceProcess
from plein.local.tokens import AUDIENCE
from plein.services import Secret, service_named

PLEIN = "plein"
LOOK_EVERY_S = 0.01
# Slower than this is a fault and no figure.
LEAST_EVENTS_A_SECOND = 500
START_S = 90
_READ = "SELECT coalesce(sum(next_offset), -1) FROM timeline.stream_position WHERE reader = 'timeline' AND topic = %s"
_BYTES = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s::regclass) WHERE isleaf"
_BEGUN = "SELECT extract(epoch FROM min(landed_at)) FROM timeline.entry WHERE landed_at >= %s"


def ingest(stage: Stage, template: str | None = None, before: Expected | None = None, *, who: str = PLEIN) -> Run:
    """Lets the timeline read the whole load into a database of its own. `before` is what the template holds."""
    with stage.database(template) as url:
        return ingest_into(stage, url, stage.load.expected.and_also(before or Expected()), who=who)


def ingest_into(stage: Stage, url: str, expected: Expected, *, who: str = PLEIN) -> Run:
    """Lets the timeline read the whole load into this database, and looks whether every row is right.

    Seconds run from when its first transaction began, with its first events in hand, until the last one's commit.
    """
    load = stage.load
    with psycopg.connect(url, autocommit=True) as look:
        started_at = look.execute("SELECT now()").fetchone()
        assert started_at is not None
        with a_service(stage, "timeline", url) as service:
            _await_position(look, load.topic, 0, time.monotonic() + START_S, service)
            meter = Meter({"timeline": service.pid, **engine_pids(stage)})
            deadline = time.monotonic() + 30 + load.records / LEAST_EVENTS_A_SECOND
            try:
                _await_position(look, load.topic, load.records, deadline, service)
            except CannotStart as fault:
                return Run(who, expected.count, 1, faults=[str(fault)])
            ended = time.time()
            cpu = meter.per_thousand(load.records)
        begun = look.execute(_BEGUN, started_at).fetchone()
        if expected.count >= stage.most_rows:
            stage.most_rows = expected.count
            stage.row_bytes = _bytes_of(look, "entry") / expected.count, _bytes_of(look, "known_event") / expected.count
    faults = faults_in(url, expected)
    if begun is None or begun[0] is None:
        return Run(who, expected.count, 1, cpu, faults or ["nothing landed"])
    return Run(who, load.expected.count, ended - float(begun[0]), cpu, faults)


@contextmanager
def a_service(
    stage: Stage, name: str, database_url: str | None, broker: BrokerUnderTest | None = None, **more: str
) -> Iterator[ServiceProcess]:
    """Runs a service of Plein as `plein service` does, until it is ready and then for the time of the block."""
    broker, port = broker or stage.broker, free_port()
    settings = {
        "http_host": LOOPBACK,
        "http_port": str(port),
        "token_issuers_file": str(stage.issuers_file),
        "token_audience": AUDIENCE,
        "broker_servers": broker.address,
        "broker_durable": str(broker.durable).lower(),
        "broker_session_timeout_s": str(SESSION_TIMEOUT_S),
        **({"database_url": database_url} if database_url else {}),
        **{secret.value: stage.keys.of(secret) for secret in service_named(name).secrets & set(Secret)},
        **more,
    }
    # A folder of its own: a second process of the same name in one folder would end the first.
    folder = stage.folder / "engines" / "services" / str(port)
    service = ServiceProcess(name, port, settings, folder=folder, logs=stage.logs)
    service.start()
    try:
        yield service
    finally:
        service.stop()


def engine_pids(stage: Stage) -> dict[str, int]:
    """Returns the processes that work along, by name."""
    return {"postgres": stage.engines.postgres().pid, "broker": stage.broker.engine.pid}


def _bytes_of(look: psycopg.Connection, table: str) -> float:
    """Returns what a partitioned table takes on disk with its indexes."""
    found = look.execute(_BYTES, (f"timeline.{table}",)).fetchone()
    assert found is not None
    return float(found[0])


def _await_position(look: psycopg.Connection, topic: str, position: int, deadline: float, service: ServiceProcess) -> None:
    """Returns when the reader stands at least there. Raises CannotStart with the reason when that will not be."""
    while True:
        try:
            read = look.execute(_READ, (topic,)).fetchone()
        except psycopg.errors.UndefinedTable:
            read = None
        if read is not None and read[0] >= position:
            return
        if not service.is_running:
            raise CannotStart(f"{service.name} ended: see {service.log}")
        if time.monotonic() > deadline:
            raise CannotStart(f"{service.name} read {read[0] if read else 0} of {position} events in the time it had")
        time.sleep(LOOK_EVERY_S)
