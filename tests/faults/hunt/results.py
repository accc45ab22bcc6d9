"""What a hunt found: one table for people, one file for programs, and whether a promise was broken."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from faults.hunt.checking import Findings

STOCK_FAUST = "stock_faust_lost"
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

    @property
    def told(self) -> str:
        """Says what went wrong and what was found."""
        return ". ".join(part for part in (self.fault, None if self.findings.is_right else self.findings.sentence) if part)


@dataclass
class Results:
    """Everything found so far."""

    played: list[Played] = field(default_factory=list)
    runs: int = 0
    needs_stock_faust: bool = True
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
            "stock_faust_lost": int(min(self.measured[STOCK_FAUST])) if self.measured.get(STOCK_FAUST) else None,
        }
        return figures | {name: round(median(self.measured[name]), 2) if self.measured.get(name) else None for name in RECOVERIES}

    @property
    def broken(self) -> list[str]:
        """Says in sentences what went wrong; nothing when every promise was kept and the harness can see loss."""
        sentences = [
            f"{each.name} on {each.engine}: {each.told}. To repeat it: {each.again}" for each in self.played if not each.is_right
        ]
        if self.needs_stock_faust and not self.figures[STOCK_FAUST]:
            sentences.append("stock Faust was not seen losing: this hunt cannot see loss, and its figures do not count")
        return sentences


def _together(played: Sequence[Played]) -> dict[tuple[str, str], list[Played]]:
    """Returns what was played under one name on one engine."""
    found: dict[tuple[str, str], list[Played]] = {}
    for each in played:
        found.setdefault((each.engine, each.name), []).append(each)
    return found


def _parts(found: Findings) -> tuple[frozenset[str], ...]:
    return found.lost, found.duplicated, found.phantom, found.out_of_place


def write_figures(results: Results, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results.figures, indent=2) + "\n")


def show(results: Results, console: Console) -> None:
    """Prints the one table, and below it what was broken and what was not hunted."""
    table = Table(title="The loss hunt", title_justify="left")
    for column in ("engine", "scenario", "seconds", "accepted", "lost", "twice", "phantom", "misplaced", ""):
        table.add_column(column, justify="left" if column in {"engine", "scenario", ""} else "right", overflow="fold")
    for (engine, name), played in _together(results.played).items():
        findings = [each.findings for each in played]
        counts = [sum(map(len, kinds)) for kinds in zip(*([*map(_parts, findings)]), strict=True)]
        verdict = "right" if all(each.is_right for each in played) else "WRONG"
        times = f" ×{len(played)}" if len(played) > 1 else ""  # noqa: RUF001  # times, as people write it
        seconds = sum(each.seconds for each in played)
        numbers = [str(number) for number in (sum(each.accepted for each in played), *counts)]
        table.add_row(engine, name + times, f"{seconds:.1f}", *numbers, verdict)
    console.print(table)
    for name, value in results.figures.items():
        console.print(f"{name:<22} {'not measured' if value is None else value}", highlight=False)
    for name in sorted(results.measured.keys() - {STOCK_FAUST}):
        told = ", ".join(f"{value:.2f}" for value in results.measured[name])
        console.print(f"{name:<22} {told}", highlight=False)
    for sentence in results.not_hunted:
        console.print(f"NOT HUNTED: {sentence}", style="bold red", highlight=False)
    for sentence in results.broken:
        console.print(f"BROKEN: {sentence}", style="bold red", highlight=False, soft_wrap=True)
