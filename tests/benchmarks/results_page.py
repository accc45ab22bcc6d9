"""build/bench.md: the results section of tests/benchmarks/README.md, as one run found it: generated, then copied as it is."""

import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.figures import Outcome, Run
from benchmarks.measuring_rebuild import REBUILD
from benchmarks.projection import ENTRIES, Assumed, Needed, Seen, left_at, needed
from benchmarks.sizes import FULL
from benchmarks.stage import Stage
from benchmarks.table import cells_of, number
from plein.local.kafka import KAFKA_VERSION


def results_page(outcomes: Sequence[Outcome], stage: Stage) -> str:
    """Returns the section in Markdown."""
    lines = ["## Results", "", _conditions(stage), "", *_table(outcomes), "", "### Every competitor", "", *_competitors(outcomes)]
    lines += ["", "### 18 million citizens, 1.5 billion entries", "", *_projected(outcomes, stage)]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Names this machine by what counts: processor, cores, memory, system, Python."""
    info = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    model = models[0] if models else platform.processor() or platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {psutil.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def _conditions(stage: Stage) -> str:
    broker = f"Apache Kafka {KAFKA_VERSION}" if stage.broker.durable else "the EMBEDDED broker (NOT TO BE PUBLISHED)"
    size, loads = stage.size, ", ".join(f"{load:.1f}" for load in psutil.getloadavg())
    beside = "" if size.name == FULL else ", which is not the size that the targets are about"
    return (
        f"{datetime.now(UTC):%d %B %Y}, size `{size.name}`{beside}; pairs: {size.pairs}; on {machine()}."
        f" {broker} and PostgreSQL 18, all on that one machine, with fsync, synchronous_commit and full_page_writes on."
        f" {size.events:,} events of {size.citizens:,} citizens. Load average at the end: {loads}."
        " Median, and the least and the most of the pairs."
    )


def _table(outcomes: Sequence[Outcome]) -> list[str]:
    rows = [" | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells_of(outcome)) for outcome in outcomes]
    return ["| name | metric | median | spread | target | reached |", "| --- | --- | --- | --- | --- | --- |"] + [
        f"| {row} |" for row in rows
    ]


def _competitors(outcomes: Sequence[Outcome]) -> list[str]:
    lines = ["| measure | who | a second, median | spread | CPU-seconds per 1,000 |", "| --- | --- | --- | --- | --- |"]
    for outcome in outcomes:
        by_who: dict[str, list[Run]] = {}
        for run in outcome.runs:
            by_who.setdefault(run.who, []).append(run)
        for who, runs in by_who.items():
            rates = [run.rate for run in runs]
            processes = dict.fromkeys(process for run in runs for process in run.cpu)
            cpu = ", ".join(
                f"{process} {statistics.median(run.cpu[process] for run in runs if process in run.cpu):.3f}"
                for process in processes
            )
            spread = f"{number(min(rates))} to {number(max(rates))}"
            lines.append(f"| {outcome.name} | {who} | {number(statistics.median(rates))} | {spread} | {cpu} |")
    return lines


def _projected(outcomes: Sequence[Outcome], stage: Stage) -> list[str]:
    rates = [run.rate for run in stage.ingested if not run.faults]
    rebuilt = [run.rate for outcome in outcomes for run in outcome.runs if run.who == REBUILD and not run.faults]
    growth = next((outcome.value for outcome in outcomes if outcome.name == "growth_ingest"), None)
    if not rates or not rebuilt or growth is None or stage.row_bytes is None:
        return ["Not worked out: that takes the figures of `growth_ingest` and `rebuild_vs_ingest`, and this run lacks one."]
    seen = Seen(statistics.median(rates), statistics.median(rebuilt), *stage.row_bytes, stage.load.bytes_each)
    assumed = Assumed(of_measured=left_at(ENTRIES, stage.size.rows, growth))
    return told_of(seen, assumed, needed(seen, assumed), growth)


def told_of(seen: Seen, assumed: Assumed, need: Needed, growth: float) -> list[str]:
    """Returns the working-out in words, with everything it assumes."""
    return [
        f"Seen here: {seen.rows_per_s:,.0f} rows/s of one worker and {seen.rebuilt_per_s:,.0f} of a rebuild;"
        f" {seen.entry_bytes:.0f} bytes of table and index an entry and"
        f" {seen.known_bytes:.0f} an event's key; {seen.events_bytes:.0f} bytes an event; ten times the rows left {growth:.2f}"
        " of the rate.",
        "",
        f"Assumed: the entries came in {assumed.years:g} years; the busiest hour is {assumed.peak:g} times the average; each"
        f" further factor of ten in rows costs what this one did, which leaves {assumed.of_measured:.2f} at 1.5 billion; a worker"
        f" is at most {assumed.loaded:.0%} busy at the peak, and there are two at least; {assumed.hot:.0%} of the tables are"
        f" touched in a day and fit in memory; topics keep {assumed.kept_days:g} days, {assumed.replicas} times; one machine like"
        " this one for each worker and its share of PostgreSQL.",
        "",
        "| what | worked out |",
        "| --- | --- |",
        f"| events a second, average and peak | {need.average_per_s:,.0f} and {need.peak_per_s:,.0f} |",
        f"| workers, of {need.worker_rows_per_s:,.0f} rows/s each | {need.workers} |",
        f"| partitions | {need.partitions} |",
        f"| disk for tables and indexes, one copy | {need.table_bytes / 1e12:.2f} TB |",
        f"| disk for topics, all copies | {need.topic_bytes / 1e9:,.1f} GB |",
        f"| memory for PostgreSQL's pages | {need.memory_bytes / 2**30:,.0f} GiB |",
        f"| rebuilding every timeline from the kept events, by one process | {need.rebuild_hours:,.1f} hours |",
        f"| disk for that while it runs, beside the tables | {need.rebuild_bytes / 1e12:.2f} TB |",
    ]
