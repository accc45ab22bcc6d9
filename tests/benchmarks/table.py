"""The one table, for the screen, and the two files of a run."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table

from benchmarks.figures import Outcome, Run, cpu_text


def table_of(outcomes: Sequence[Outcome], title: str) -> Table:
    """Returns the table: what each measure came to, and whether that is what it must be."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("name", "metric"):
        table.add_column(heading, overflow="fold")
    for heading in ("median", "spread", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("reached", "CPU-s per 1,000"):
        table.add_column(heading, overflow="fold")
    for outcome in outcomes:
        table.add_row(*cells_of(outcome), cpu_text(outcome.runs))
    return table


def cells_of(outcome: Outcome) -> tuple[str, str, str, str, str, str]:
    """Returns name, metric, median, spread, target and whether it is reached, in words."""
    value, spread = outcome.value, outcome.spread
    if value is None or spread is None:
        median, between = "-", "-"
    else:
        median, between = number(value), f"{number(spread[0])} to {number(spread[1])}"
    return outcome.name, outcome.measure.metric, median, between, outcome.measure.target_text, verdict(outcome)


def verdict(outcome: Outcome) -> str:
    """Returns `yes`, `no`, `not measured: why`, or what was broken."""
    if outcome.broken:
        return f"BROKEN: {'; '.join(dict.fromkeys(outcome.broken))}"
    if outcome.is_reached is None:
        return f"not measured: {outcome.note}"
    answer = "yes" if outcome.is_reached else "no"
    return f"{answer} ({outcome.note})" if outcome.note else answer


def number(value: float) -> str:
    """Returns three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def write_figures(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Writes bench.json, the figures by name, and bench-runs.json, every run behind them. A broken one has the figure 0."""
    figures = {outcome.name: outcome.value for outcome in outcomes if outcome.value is not None}
    figures |= {outcome.name: 0.0 for outcome in outcomes if outcome.broken}
    (folder / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    runs = {outcome.name: {"values": list(outcome.values), "runs": list(map(_plain, outcome.runs))} for outcome in outcomes}
    (folder / "bench-runs.json").write_text(json.dumps(runs, indent=2) + "\n")


def _plain(run: Run) -> dict[str, object]:
    return {
        "who": run.who,
        "count": run.count,
        "seconds": run.seconds,
        "rate": run.rate,
        "cpu_seconds_per_1000": dict(run.cpu),
        "faults": list(run.faults),
    }
