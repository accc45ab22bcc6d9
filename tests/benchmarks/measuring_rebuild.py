"""Rebuilding: every timeline derived anew from its kept events by `plein rebuild`, and put in the place of what is shown."""

import re
import subprocess
import time
from collections.abc import Collection, Iterator

import psycopg

from an_operator import Operator
from benchmarks.costs import Meter
from benchmarks.figures import Outcome, Run
from benchmarks.pairing import told
from benchmarks.product import LEAST_EVENTS_A_SECOND, LOOK_EVERY_S, START_S, ingest_into
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
_IN_TRANSACTION = """
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
    """Lets an operator rebuild. Seconds are those of its transaction."""
    count = stage.load.expected.count
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as look:
        right = look.execute(_ROWS).fetchone()
        look.execute(_DAMAGE)
        stage.engines.postgres().execute("CHECKPOINT")
        rebuilding = Operator(stage.folder / "engines", url).begins("rebuild")
        seconds, cpu = _in_its_transaction(stage, look, rebuilding, count)
        if seconds is None:
            rebuilding.kill()
        said, _ = rebuilding.communicate()
        faults = _faults(count, rebuilding.returncode, said)
        if look.execute(_ROWS).fetchone() != right:
            faults.append("the rebuilt entries are not those that landed")
    return Run(REBUILD, count, seconds or 1, cpu, faults)


def _in_its_transaction(
    stage: Stage, look: psycopg.Connection, rebuilding: "subprocess.Popen[str]", count: int
) -> tuple[float | None, dict[str, float]]:
    """Returns how long it was in a transaction, and what that used; no seconds when it never was, or still is after its time."""
    deadline = time.monotonic() + START_S + count / LEAST_EVENTS_A_SECOND
    begun, meter = None, Meter({})
    while rebuilding.poll() is None and time.monotonic() < deadline:
        row = look.execute(_IN_TRANSACTION).fetchone()
        since = row[0] if row else None
        if begun is None and since is not None:
            begun, meter = float(since), Meter({REBUILD: rebuilding.pid, "postgres": stage.engines.postgres().pid})
        elif begun is not None and since is None:
            return time.time() - begun, meter.per_thousand(count)
        time.sleep(LOOK_EVERY_S)
    return None, {}


def _faults(count: int, code: int, said: str) -> list[str]:
    """Returns a sentence when the command failed, or did not find the very entry that is wrong among all there are."""
    if code:
        return [f"it ended with code {code}: {said.strip()[-300:]}"]
    derived = _DERIVED.search(said)
    faults = [] if derived and int(derived[1]) == count else [f"it derived {derived[1] if derived else 0} of {count} entries"]
    return faults if _DIFFERS in said else [*faults, "it did not find the one entry that was shown otherwise"]
