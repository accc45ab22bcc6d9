"""What a hunt found: one table for people, one file for programs, and whether a promise was broken."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from faults.hunt.checking import Findings

RECOVERIES = ("recovery_worker_s", "recovery_database_s", "recovery_broker_s")


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario or random fault on one engine. `fault` is a sentence when it failed; `again` repeats it."""

    engine: str
    name: str
    seconds: float
    accepted: int
    findings: Findings
    fault: str | None = None
    again: str = ""

    @property
    def is_right(self) -> bool:
        return self.fault is None and self.findings.is_right


@dataclass
class Results:
    """Everything found so far."""

    played: list[Played] = field(default_factory=list)
    runs: int = 0
    stock_faust_lost: list[int] = field(default_factory=list)
    measured: dict[str, list[float]] = field(default_factory=dict)
    not_hunted: list[str] = field(default_factory=list)

    def measure(self, what: str, seconds: Sequence[float]) -> None:
        self.measured.setdefault(what, []).extend(seconds)

    @property
    def figures(self) -> dict[str, float | int | None]:
        """The figures by the names they are known under; None was not measured in this run."""
        figures: dict[str, float | int | None] = {
            "runs": self.runs,
            "lost": sum(len(each.findings.lost) for each in self.played),
            "duplicated": sum(len(each.findings.duplicated) for each in self.played),
            "phantom": sum(len(each.findings.phantom) for each in self.played),
            "stock_faust_lost": min(self.stock_faust_lost, default=None),
        }
        return figures | {name: round(median(self.measured[name]), 2) if self.measured.get(name) else None for name in RECOVERIES}

    @property
    def broken(self) -> list[str]:
        """Says in sentences what went wrong; nothing when every promise was kept and the harness can see loss."""
        sentences = [
            f"{each.name} on {each.engine}: {each.fault or each.findings.sentence}. To repeat it: {each.again}"
            for each in self.played
            if not each.is_right
        ]
        if not all(self.stock_faust_lost):
            sentences.append("stock Faust was not seen losing: this hunt cannot see loss, and its figures do not count")
        return sentences


def write_figures(results: Results, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results.figures, indent=2) + "\n")


def show(results: Results, console: Console) -> None:
    """Prints the one table, and below it what was broken and what was not hunted."""
    table = Table(title="The loss hunt", title_justify="left")
    for column in ("engine", "scenario", "seconds", "accepted", "lost", "twice", "phantom", "misplaced", ""):
        table.add_column(column, justify="left" if column in {"engine", "scenario", ""} else "right", overflow="fold")
    for each in results.played:
        found = each.findings
        counts = [str(len(part)) for part in (found.lost, found.duplicated, found.phantom, found.out_of_place)]
        verdict = "right" if each.is_right else "WRONG"
        table.add_row(each.engine, each.name, f"{each.seconds:.1f}", str(each.accepted), *counts, verdict)
    console.print(table)
    for name, value in results.figures.items():
        console.print(f"{name:<22} {'not measured' if value is None else value}", highlight=False)
    for name in sorted(results.measured.keys() - set(RECOVERIES)):
        told = ", ".join(f"{value:.2f}" for value in results.measured[name])
        console.print(f"{name:<22} {told}", highlight=False)
    for sentence in results.not_hunted:
        console.print(f"NOT HUNTED: {sentence}", style="bold red", highlight=False)
    for sentence in results.broken:
        console.print(f"BROKEN: {sentence}", style="bold red", highlight=False, soft_wrap=True)
