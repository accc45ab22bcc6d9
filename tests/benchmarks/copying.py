"""The limit of the ingest: the same rows into the same table by one raw binary COPY, with nothing to read, decode or decide."""

import time

import psycopg

from benchmarks.checking import faults_in
from benchmarks.costs import Meter
from benchmarks.figures import Run
from benchmarks.preloading import COPY_ROWS
from benchmarks.stage import Stage

COPY = "binary COPY"
_CHUNK = 1 << 18


def copy_rows(stage: Stage) -> Run:
    """Copies the rows and commits. Seconds run from the first byte until the commit."""
    load = stage.load
    with stage.database() as url:
        with psycopg.connect(url) as connection, connection.cursor() as cursor, load.rows_file.open("rb") as rows:
            meter = Meter({"postgres": stage.engines.postgres().pid})
            started = time.perf_counter()
            with cursor.copy(COPY_ROWS) as copy:
                while chunk := rows.read(_CHUNK):
                    copy.write(chunk)
            connection.commit()
            seconds = time.perf_counter() - started
            cpu = meter.per_thousand(load.expected.count)
        return Run(COPY, load.expected.count, seconds, cpu, faults_in(url, load.expected))
