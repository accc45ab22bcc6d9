"""Rebuilding: every timeline derived anew from its kept events by `plein rebuild`, and put in the place of what is shown."""

import re
import subprocess
import time
from collections.abc import Collection, Iterator
from resource import RUSAGE_CHILDREN, getrusage

import psycopg

from an_operator import Operator
from benchmarks.costs import Meter, cpu_seconds
from benchmarks.figures import Outcome, Run
from benchmarks.pairing import told
from benchmarks.product import LEAST_EVENTS_A_SECOND, LOOK_EVERY_S, ingest_into
from benchmarks.stage import Stage

NAMES = ("rebuild_vs_ingest",)
REBUILD = "plein rebuild"
# Every column of every row, to the byte.
_ROWS = "SELECT count(*), coalesce(sum(('x' || left(md5(entry::text), 15))::bit(60)::bigint), 0) FROM timeline.entry"
# One entry is shown otherwise than its event says, so that what is derived anew must take the place of all that is shown.
_DAMAGE = """
UPDATE timeline.entry SET occurred_at = occurred_at + interval '1 day', matter = 'zoekgeraakt'
WHERE event_id = (SELECT min(event_id::text)::uuid FROM timeline.entry)
"""
_BEGUN = """
SELECT extract(epoch FROM min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'plein operator'
"""
_DERIVED, _DIFFERS = re.compile(r"^(\d+) entries derived", re.MULTILINE), "1 differ from what is shown"


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Sets rebuilding beside the ingest that brought those very rows, a run of each in turn."""
    stage.tell("rebuild_vs_ingest:")
    runs, values, broken = [], [], []
    for _ in range(stage.size.pairs):
        with stage.database() as url:
            landed = told(stage, ingest_into(stage, url, stage.load.expected))
            rebuilt = told(stage, _rebuild(stage, url))
        stage.ingested.append(landed)
        runs += [rebuilt, landed]
        broken += [f"{run.who}: {fault}" for run in (rebuilt, landed) for fault in run.faults]
        values.append(rebuilt.rate / landed.rate if landed.rate else 0.0)
    yield Outcome(NAMES[0], values, broken, f"{stage.load.expected.count:,} entries, compared to the byte", runs)


def _rebuild(stage: Stage, url: str) -> Run:
    """Lets an operator rebuild. Seconds run from when its transaction began until the command has ended."""
    count = stage.load.expected.count
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as look:
        right = look.execute(_ROWS).fetchone()
        look.execute(_DAMAGE)
        stage.engines.postgres().execute("CHECKPOINT")
        before = _cpu_of_ended()
        rebuilding = Operator(stage.folder / "engines", url).begins("rebuild")
        begun = _await_begin(look, rebuilding)
        meter, started = Meter({"postgres": stage.engines.postgres().pid}), cpu_seconds(rebuilding.pid)
        try:
            said, _ = rebuilding.communicate(timeout=60 + count / LEAST_EVENTS_A_SECOND)
        except subprocess.TimeoutExpired:
            rebuilding.kill()
            said, _ = rebuilding.communicate()
        ended = time.time()
        cpu = {REBUILD: (_cpu_of_ended() - before - started) * 1000 / count, **meter.per_thousand(count)}
        faults = _faults(count, rebuilding.returncode, said)
        if look.execute(_ROWS).fetchone() != right:
            faults.append("the rebuilt entries are not those that landed")
    return Run(REBUILD, count, ended - begun, cpu, faults)


def _await_begin(look: psycopg.Connection, rebuilding: "subprocess.Popen[str]") -> float:
    """Returns when the rebuild's transaction began; the moment of now when it ended without one."""
    while rebuilding.poll() is None:
        begun = look.execute(_BEGUN).fetchone()
        if begun is not None and begun[0] is not None:
            return float(begun[0])
        time.sleep(LOOK_EVERY_S)
    return time.time()


def _faults(count: int, code: int, said: str) -> list[str]:
    """Returns a sentence when the command failed, or did not find the very entry that is wrong among all there are."""
    if code:
        return [f"it ended with code {code}: {said.strip()[-300:]}"]
    derived = _DERIVED.search(said)
    faults = [] if derived and int(derived[1]) == count else [f"it derived {derived[1] if derived else 0} of {count} entries"]
    return faults if _DIFFERS in said else [*faults, "it did not find the one entry that was shown otherwise"]


def _cpu_of_ended() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
