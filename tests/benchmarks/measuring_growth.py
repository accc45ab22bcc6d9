"""Whether landing gets slower as timelines grow: the same load into a database of many rows, and of a tenth of them."""

from collections.abc import Collection, Iterator
from functools import partial

from benchmarks.figures import Outcome, outcome_of_pairs
from benchmarks.pairing import pairs_of
from benchmarks.product import ingest
from benchmarks.stage import Stage

NAMES = ("growth_ingest",)


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    few, many = stage.filled(stage.size.few_rows), stage.filled(stage.size.rows)
    for filled in (few, many):
        filled.forget_log()
    stage.tell("growth_ingest:")
    pairs = pairs_of(
        stage,
        partial(ingest, stage, many.database, many.expected, who=f"plein on {many.rows:,} rows"),
        partial(ingest, stage, few.database, few.expected, who=f"plein on {few.rows:,} rows"),
        stage.size.pairs,
    )
    outcome = outcome_of_pairs(NAMES[0], pairs, f"{few.rows:,} and {many.rows:,} rows")
    # Both sides are Plein: a fault of either is a broken promise.
    broken = [f"{run.who}: {fault}" for run in outcome.runs for fault in run.faults]
    yield Outcome(outcome.name, outcome.values, broken, outcome.note, outcome.runs)
