"""Kafka Connect with the Debezium JDBC sink, standalone, as its documentation says is fastest, on an empty database."""

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.checking import faults_in
from benchmarks.costs import Meter
from benchmarks.figures import Run
from benchmarks.flat_rows import KEY, schema
from benchmarks.java_peers import NO_GROUPS, java_peer
from benchmarks.product import LEAST_EVENTS_A_SECOND, START_S, engine_pids
from benchmarks.stage import Stage
from plein.local.maven import java_environment
from plein.local.ports import LOOPBACK, CannotStart, free_port
from plein.local.processes import LocalProcess

JDBC_SINK = "Debezium JDBC sink"
_WORKER = "org.apache.kafka.connect.cli.ConnectStandalone"
# Four cost less CPU than one or two, and batches of 500 and 5,000 are no better.
TASKS = 4
BATCH = 2_000
LOOK_EVERY_S = 0.1
# As its users would have it: the sink brings no bytes by UNNEST. Made bytes again before the rows are compared.
_AS_TEXT = "ALTER TABLE timeline.entry ALTER COLUMN raw TYPE text USING convert_from(raw, 'UTF8')"
_AS_BYTES = "ALTER TABLE timeline.entry ALTER COLUMN raw TYPE bytea USING convert_to(raw, 'UTF8')"
# What Kafka Connect logs when a task gives up; the process goes on without it.
_GAVE_UP = "Task is being killed"
# The statistics of tables, because to count rows while they come would take from who brings them.
_COME = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables WHERE schemaname = 'timeline' AND relname LIKE 'entry%'"
_COUNT = "SELECT count(*) FROM timeline.entry"
# A row's moment is when its transaction began, so from one beginning to the last one as many batches end as are counted here.
_PACE = """
WITH warm AS (SELECT percentile_disc(0.1) WITHIN GROUP (ORDER BY landed_at) AS at FROM timeline.entry)
SELECT count(*) FILTER (WHERE landed_at > warm.at), extract(epoch FROM max(landed_at) - min(warm.at)) FROM timeline.entry, warm
"""


def why_no_jdbc_sink(stage: Stage) -> str | None:
    """Returns why the sink cannot run here, in a sentence; None when it can. Fetches it once."""
    if not stage.broker.durable:
        return NO_GROUPS
    try:
        java_peer(_WORKER)
    except CannotStart as fault:
        return str(fault)
    return None


def run_jdbc_sink(stage: Stage) -> Run:
    """Lets the sink write the whole load. The first tenth of its rows warms Java up and does not count."""
    expected, topic = stage.load.expected, stage.flat_topic
    with stage.database() as url, psycopg.connect(url, autocommit=True) as look:
        look.execute(_AS_TEXT)
        connect = _connect(stage, topic, url)
        try:
            _await(look, _COME, 1, 2 * START_S, connect)
            meter = Meter({"connect": connect.pid, **engine_pids(stage)})
            seconds = 30 + expected.count / LEAST_EVENTS_A_SECOND
            _await(look, _COME, expected.count, seconds, connect)
            cpu = meter.per_thousand(expected.count)
            _await(look, _COUNT, expected.count, seconds, connect)
        except CannotStart as fault:
            return Run(JDBC_SINK, expected.count, 1, faults=[str(fault)])
        finally:
            connect.stop()
        counted, took = look.execute(_PACE).fetchone() or (0, 0)
        look.execute(_AS_BYTES)
        return Run(JDBC_SINK, counted, float(took), cpu, faults_in(url, expected))


def _connect(stage: Stage, topic: str, url: str) -> LocalProcess:
    """Starts a worker of its own in an empty folder."""
    folder = stage.folder / "engines" / "connect"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        *java_peer(_WORKER),
        str(_written(folder / "worker.properties", _worker(stage, folder))),
        str(_written(folder / "sink.properties", _sink(topic, url))),
    ]
    log = stage.logs / "connect.log"
    log.unlink(missing_ok=True)
    connect = LocalProcess("connect", command, folder=folder, environment=java_environment(), log=log)
    connect.start()
    return connect


def _worker(stage: Stage, folder: Path) -> dict[str, str]:
    return {
        "bootstrap.servers": stage.broker.address,
        "listeners": f"http://{LOOPBACK}:{free_port()}",
        "offset.storage.file.filename": str(folder / "offsets"),
        "plugin.discovery": "service_load",
        "key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true",
        "value.converter.schema.content": json.dumps(schema()),
        "consumer.auto.offset.reset": "earliest",
        # A batch is never larger than what one poll brought.
        "consumer.max.poll.records": str(BATCH),
    }


def _sink(topic: str, url: str) -> dict[str, str]:
    database = urlsplit(url)
    return {
        # Its consumer group is named after it, and would go on where an earlier run ended.
        "name": f"timeline-{secrets.token_hex(4)}",
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
        "tasks.max": str(TASKS),
        "topics": topic,
        "connection.url": f"jdbc:postgresql://{database.hostname}:{database.port}{database.path}",
        "connection.username": str(database.username),
        "connection.password": str(database.password),
        "collection.name.format": "timeline.entry",
        "schema.evolution": "none",
        # A repeat must change nothing, and within one statement it must not come twice.
        "insert.mode": "upsert",
        "primary.key.mode": "record_value",
        "primary.key.fields": ",".join(KEY),
        "use.reduction.buffer": "true",
        "dialect.postgres.unnest.insert.enabled": "true",
        "batch.size": str(BATCH),
        "use.time.zone": "UTC",
    }


def _written(file: Path, settings: Mapping[str, str]) -> Path:
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    file.chmod(0o600)
    return file


def _await(look: psycopg.Connection, query: str, count: int, seconds: float, connect: LocalProcess) -> None:
    """Returns when the query gives at least so much. Raises CannotStart when that will not be."""
    deadline = time.monotonic() + seconds
    while True:
        row = look.execute(query.encode()).fetchone()
        found = int(row[0]) if row else 0
        if found >= count:
            return
        if not connect.is_running or _GAVE_UP in connect.log.read_text():
            raise CannotStart(f"it gave up after {found} of {count} rows; see {connect.log}")
        if time.monotonic() > deadline:
            raise CannotStart(f"it wrote {found} of {count} rows in {seconds:.0f} s; see {connect.log}")
        time.sleep(LOOK_EVERY_S)
