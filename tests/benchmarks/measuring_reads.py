"""Reading: a page of 50 over HTTP, its purpose checked and its line in the access log durable, beside the bare SELECT."""

import asyncio
import json
import random
import statistics
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg

from benchmarks.figures import Outcome, Run, percentile
from benchmarks.prefilling import Filled
from benchmarks.product import a_service
from benchmarks.stage import Stage
from benchmarks.wire import Connection, request_bytes
from plein.local.service_process import ServiceProcess
from plein.local.tokens import mint_token
from timeline.domain.cursor import cursor_of
from timeline.edges.database.statements import PAGE

NAMES = ("read_vs_sql_p99", "read_page_depth", "growth_read_p99")
A_PAGE = 50
DEEP = 1_000
NO_LIMIT = "1000000"
WARM = 50
_LAST_SHOWN = """
SELECT occurred_at, event_id FROM timeline.entry WHERE citizen = %s::uuid
ORDER BY occurred_at DESC, event_id DESC OFFSET %s LIMIT 1
"""
_EVERYTHING = {
    "every_matter": True,
    "matters": [],
    "confidential": False,
    "every_channel": True,
    "channels": [],
    "before_at": "9999-12-31T00:00:00Z",
    "before_key": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "limit": A_PAGE + 1,
}


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Reads from one service on many rows and, for growth, from another on a tenth of them, in turn."""
    stage.tell("reads:")
    many = stage.filled(stage.size.rows)
    with ExitStack() as running:
        service = _reading(running, stage, many)
        if "read_vs_sql_p99" in wanted:
            yield _beside_sql(stage, many, service)
        if "read_page_depth" in wanted:
            yield _by_depth(stage, many, service)
        if "growth_read_p99" in wanted:
            few = stage.filled(stage.size.few_rows)
            yield _grown(stage, (few, _reading(running, stage, few)), (many, service))


def _reading(running: ExitStack, stage: Stage, filled: Filled) -> ServiceProcess:
    more = {"requests_per_second": NO_LIMIT, "request_burst": NO_LIMIT}
    filled.forget_log()
    broker = running.enter_context(stage.side_broker())
    service = running.enter_context(a_service(stage, "timeline", filled.url, broker, **more))
    service.wait_ready()
    return service


def _beside_sql(stage: Stage, filled: Filled, service: ServiceProcess) -> Outcome:
    values, runs, broken = [], [], []
    for number in range(stage.size.pairs):
        refs = _some(filled, stage.size.reads, seed=number)
        before = _looks(filled)
        pages, faults = asyncio.run(_read(stage, service, refs))
        if _looks(filled) - before < len(refs):
            faults.append("a page was shown without a line in the access log")
        selects, counts = _selected(filled, refs)
        if counts != [A_PAGE] * len(refs):
            faults.append("a citizen has fewer rows than a page")
        broken += faults
        values.append(percentile(pages, 99) / percentile(selects, 99))
        runs += [Run("page over HTTP", len(refs), sum(pages), {}, faults), Run("bare SELECT", len(refs), sum(selects))]
        stage.tell(f"  {_told(pages, 'page over HTTP')}; {_told(selects, 'SELECT')}")
    return Outcome("read_vs_sql_p99", values, broken, f"{filled.rows:,} rows", runs)


def _by_depth(stage: Stage, filled: Filled, service: ServiceProcess) -> Outcome:
    ref = filled.reference(0)
    cursor = _cursor_at(filled, ref, DEEP)
    values: list[float] = []
    broken: list[str] = []
    for _ in range(stage.size.pairs):
        times: dict[str, list[float]] = {"": [], cursor: []}
        for each in (*times, *times):  # A B A B
            pages, faults = asyncio.run(_read(stage, service, [ref] * (stage.size.reads // 4), cursor=each))
            times[each] += pages
            broken += faults
        values.append(statistics.median(times[cursor]) / statistics.median(times[""]))
        stage.tell(f"  {_told(times[''], 'page 1')}; {_told(times[cursor], f'page {DEEP:,}')}")
    return Outcome("read_page_depth", values, broken)


def _grown(stage: Stage, few: tuple[Filled, ServiceProcess], many: tuple[Filled, ServiceProcess]) -> Outcome:
    values: list[float] = []
    broken: list[str] = []
    for number in range(stage.size.pairs):
        times: list[list[float]] = []
        for filled, service in (few, many):
            pages, faults = asyncio.run(_read(stage, service, _some(filled, stage.size.reads, seed=100 + number)))
            times.append(pages)
            broken += faults
        values.append(percentile(times[1], 99) / percentile(times[0], 99))
        stage.tell(f"  {_told(times[0], f'{few[0].rows:,} rows')}; {_told(times[1], f'{many[0].rows:,} rows')}")
    return Outcome("growth_read_p99", values, broken, f"{few[0].rows:,} and {many[0].rows:,} rows")


async def _read(stage: Stage, service: ServiceProcess, refs: Sequence[str], *, cursor: str = "") -> tuple[list[float], list[str]]:
    """Reads a page of each, one after the other. Returns the seconds, and a sentence when a page was not right."""
    token = mint_token(stage.folder / "engines", "agent")
    connection = await Connection.to(service.port)
    seconds, wrong = [], 0
    for number, ref in enumerate([*refs[:WARM], *refs]):
        request = request_bytes("GET", _path(ref, cursor), token)
        started = time.perf_counter()
        status, body = await connection.ask(request)
        took = time.perf_counter() - started
        wrong += not _is_right(status, body, ref)
        if number >= WARM or number >= len(refs):
            seconds.append(took)
    connection.close()
    return seconds[-len(refs) :], [f"{wrong} pages were not right"] if wrong else []


def _is_right(status: int, body: bytes, ref: str) -> bool:
    """Says whether it is a full page of this citizen, newest first, each entry once."""
    if status != 200:
        return False
    page: dict[str, Any] = json.loads(body)
    moments = [entry["occurredAt"] for entry in page["entries"]]
    ids = {entry["id"] for entry in page["entries"]}
    return page["citizen"] == ref and len(ids) == A_PAGE and moments == sorted(moments, reverse=True)


def _cursor_at(filled: Filled, ref: str, page: int) -> str:
    """Returns the cursor that a reader has who came as far as that page."""
    shown = (ref.removeprefix("c1-"), (page - 1) * A_PAGE - 1)
    with psycopg.connect(filled.url, options="-c timezone=UTC") as connection:
        last = connection.execute(_LAST_SHOWN, shown).fetchone()
    assert last is not None, f"the long timeline has no page {page}"
    return cursor_of((last[0], last[1]))


def _path(ref: str, cursor: str) -> str:
    more = f"&cursor={cursor}" if cursor else ""
    return f"/v1/citizens/{ref}/timeline?purpose=klantcontact&limit={A_PAGE}{more}"


def _selected(filled: Filled, refs: Sequence[str]) -> tuple[list[float], list[int]]:
    """Runs the timeline's own SELECT, prepared, on a connection of its own. Returns the seconds and the sizes of the pages."""
    seconds, counts = [], []
    with psycopg.connect(filled.url, autocommit=True, options="-c timezone=UTC") as connection:
        for number, ref in enumerate([*refs[:WARM], *refs]):
            asked = _EVERYTHING | {"refs": [ref.removeprefix("c1-")], "versions": [1]}
            started = time.perf_counter()
            rows = connection.execute(PAGE, asked, prepare=True).fetchall()
            took = time.perf_counter() - started
            if number >= min(WARM, len(refs)):
                seconds.append(took)
                counts.append(min(A_PAGE, len(rows)))
    return seconds, counts


def _some(filled: Filled, count: int, *, seed: int) -> list[str]:
    chance = random.Random(seed)
    return filled.references([chance.randint(1, filled.citizens) for _ in range(count)])


def _looks(filled: Filled) -> int:
    with psycopg.connect(filled.url) as connection:
        found = connection.execute("SELECT count(*) FROM timeline.access_log").fetchone()
    assert found is not None
    return int(found[0])


def _told(seconds: Sequence[float], what: str) -> str:
    return f"{what} p50 {percentile(seconds, 50) * 1000:.2f} ms, p99 {percentile(seconds, 99) * 1000:.2f} ms"
