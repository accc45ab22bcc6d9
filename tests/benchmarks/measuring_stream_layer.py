"""What the stream worker costs: consume and count through it, beside bare aiokafka `getmany`."""

import sys
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from benchmarks.figures import Outcome, Run, outcome_of_pairs
from benchmarks.pairing import pairs_of
from benchmarks.peer_runs import asked_of, told_by
from benchmarks.stage import Stage

NAMES = ("stream_layer_vs_getmany",)
SUBJECTS = Path(__file__).parent / "subjects"
# Counting is quick; slower than this is a hang.
LEAST_A_SECOND = 2_000


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    stage.tell("stream_layer_vs_getmany:")
    product = partial(_counted, stage, "plein's worker", "counting_worker.py")
    peer = partial(_counted, stage, "aiokafka getmany", "bare_getmany.py")
    yield outcome_of_pairs(NAMES[0], pairs_of(stage, product, peer, stage.size.pairs))


def _counted(stage: Stage, who: str, script: str) -> Run:
    """The clock starts at the first records in hand. The subject itself fails on a record that is skipped or comes twice."""
    load = stage.load
    told = told_by(stage, Path(sys.executable), SUBJECTS / script, asked_of(stage), seconds=load.records / LEAST_A_SECOND)
    if isinstance(told, str):
        return Run(who, load.records, 1, faults=[told])
    wrong = [] if told.last["done"] == load.records else [f"{told.last['done']} records instead of {load.records}"]
    return Run(who, load.records, told.seconds, told.cpu, wrong)
