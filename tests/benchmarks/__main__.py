"""`make bench`: measures, prints one table, writes build/bench.json and build/bench.md.

Ends with code 1 only when a promise is broken: rows lost, doubled or wrong, or something accepted that never shows.
A ratio that disappoints is a figure like any other.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks import (
    measuring_accept,
    measuring_choices,
    measuring_growth,
    measuring_ingest,
    measuring_latency,
    measuring_pages,
    measuring_reads,
    measuring_rebuild,
    measuring_stream_layer,
)
from benchmarks.figures import Outcome
from benchmarks.measures import NAMES
from benchmarks.results_page import results_page
from benchmarks.sizes import FULL, SIZES
from benchmarks.stage import Stage
from benchmarks.table import table_of, write_figures
from plein.local.ports import CannotStart

BUILD = Path(__file__).parents[2] / "build"
Measuring = Callable[[Stage, Collection[str]], Iterator[Outcome]]
GROUPS: tuple[tuple[Sequence[str], Measuring], ...] = (
    (measuring_ingest.NAMES, measuring_ingest.measure),
    (measuring_stream_layer.NAMES, measuring_stream_layer.measure),
    (measuring_latency.NAMES, measuring_latency.measure),
    (measuring_accept.NAMES, measuring_accept.measure),
    (measuring_reads.NAMES, measuring_reads.measure),
    (measuring_pages.NAMES, measuring_pages.measure),
    (measuring_growth.NAMES, measuring_growth.measure),
    (measuring_choices.NAMES, measuring_choices.measure),
    (measuring_rebuild.NAMES, measuring_rebuild.measure),
)


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code."""
    asked = _asked(arguments)
    size = replace(SIZES[asked.size], pairs=asked.pairs or SIZES[asked.size].pairs)
    console = Console(soft_wrap=False)
    started = time.monotonic()
    stage = Stage(BUILD / "bench", size, lambda line: console.print(line, highlight=False, markup=False))
    try:
        found = {outcome.name: outcome for outcome in _outcomes(stage, asked.only)}
        outcomes = [found[name] for name in NAMES if name in found]
        BUILD.mkdir(exist_ok=True)
        write_figures(BUILD, outcomes)
        (BUILD / "bench.md").write_text(results_page(outcomes, stage))
    finally:
        stage.stop()
    took = time.monotonic() - started
    title = f"{size.name}, pairs: {size.pairs}, {stage.broker_kind.replace('_', ' ')}, {took:.0f} s"
    Console(width=max(console.width, 150)).print(table_of(outcomes, title))
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _outcomes(stage: Stage, only: Collection[str]) -> Iterator[Outcome]:
    for names, measuring in GROUPS:
        wanted = [name for name in names if name in only]
        if not wanted:
            continue
        try:
            yield from measuring(stage, wanted)
        except CannotStart as fault:
            yield from (Outcome(name, note=str(fault)) for name in wanted)
        except Exception as fault:
            # The other measures still count; this one fails the bench, because nobody knows what it would have found.
            traceback.print_exc()
            yield from (Outcome(name, broken=[f"the measurement itself failed: {type(fault).__name__}"]) for name in wanted)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measures the speed of Plein beside its peers.")
    parser.add_argument("--size", choices=SIZES, default=FULL, help="SIZE=small takes minutes, medium half an hour, full hours")
    parser.add_argument("--only", type=_names, default=NAMES, help="ONLY=name,... of build/bench.json")
    parser.add_argument("--pairs", type=int, default=0, help="PAIRS=n: how often product and peer take turns")
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, text.split(",")))
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no such measure: {', '.join(unknown)}. There are: {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
