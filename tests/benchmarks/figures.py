"""The arithmetic: one run of one competitor, pairs of runs, and what a measure came to."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measures import Measure, measure_named


@dataclass(frozen=True, slots=True)
class Run:
    """What one competitor did once. `cpu` holds CPU-seconds per 1,000 events of each process that took part.

    A run with a fault scores 0, however fast it was.
    """

    who: str
    count: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)
    faults: Sequence[str] = ()

    @property
    def rate(self) -> float:
        return 0.0 if self.faults else self.count / self.seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a measure came to. Without values it was not measured, and `note` says why.

    `broken` holds a sentence for each promise that did not hold: those, and no disappointing value, fail the bench.
    """

    name: str
    values: Sequence[float] = ()
    broken: Sequence[str] = ()
    note: str = ""
    runs: Sequence[Run] = ()

    @property
    def measure(self) -> Measure:
        return measure_named(self.name)

    @property
    def value(self) -> float | None:
        """The median; None when it was not measured."""
        return statistics.median(self.values) if self.values else None

    @property
    def spread(self) -> tuple[float, float] | None:
        return (min(self.values), max(self.values)) if self.values else None

    @property
    def is_reached(self) -> bool | None:
        return None if self.value is None else not self.broken and self.measure.is_reached_by(self.value)


def outcome_of_pairs(name: str, pairs: Sequence[tuple[Run, Run]], note: str = "") -> Outcome:
    """Returns product ÷ peer of each pair. A pair whose peer was wrong has no ratio: a wrong peer is no measure of anybody."""
    fair = [(product, peer) for product, peer in pairs if not peer.faults]
    wrong = [f"{peer.who} was wrong and does not count: {'; '.join(peer.faults)}" for _, peer in pairs if peer.faults]
    return Outcome(
        name,
        values=[product.rate / peer.rate for product, peer in fair],
        broken=[f"{product.who}: {fault}" for product, _ in pairs for fault in product.faults],
        note="; ".join(filter(None, [note, *dict.fromkeys(wrong)])),
        runs=[run for pair in pairs for run in pair],
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Returns the smallest value that at least `percent` of the values do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def cpu_text(runs: Sequence[Run]) -> str:
    """Returns, per competitor, the median of CPU-seconds per 1,000 events of each of its processes."""
    competitors: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        for process, used in run.cpu.items():
            competitors.setdefault(run.who, {}).setdefault(process, []).append(used)
    return "\n".join(
        f"{who}: {', '.join(f'{process} {statistics.median(used):.3f}' for process, used in processes.items())}"
        for who, processes in competitors.items()
    )
