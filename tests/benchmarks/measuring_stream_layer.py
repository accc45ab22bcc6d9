"""What the stream worker costs: consume and count through it, beside bare aiokafka `getmany`."""

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.figures import Outcome, Run, outcome_of_pairs
from benchmarks.java_peers import NO_GROUPS, compiled, java_peer
from benchmarks.pairing import pairs_of, told
from benchmarks.peer_runs import PEERS, asked_of, told_by
from benchmarks.stage import Stage
from plein.local.ports import CannotStart

NAMES = ("stream_layer_vs_getmany",)
SUBJECTS = Path(__file__).parent / "subjects"
# Counting is quick; slower than this is a hang.
LEAST_A_SECOND = 2_000


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Beside the pairs, Kafka Streams counts as often: a line of its own, and no target."""
    stage.tell("stream_layer_vs_getmany:")
    product = partial(_counted, stage, "plein's worker", [sys.executable, str(SUBJECTS / "counting_worker.py")])
    peer = partial(_counted, stage, "aiokafka getmany", [sys.executable, str(SUBJECTS / "bare_getmany.py")])
    outcome = outcome_of_pairs(NAMES[0], pairs_of(stage, product, peer, stage.size.pairs))
    try:
        counter = _streams_counter(stage)
    except CannotStart as fault:
        yield replace(outcome, note=f"without Kafka Streams: {fault}")
        return
    others = [told(stage, _counted(stage, "Kafka Streams", counter)) for _ in range(stage.size.pairs)]
    wrong = [f"Kafka Streams: {fault}" for run in others for fault in run.faults]
    yield replace(outcome, runs=[*outcome.runs, *others], note="; ".join(filter(None, [outcome.note, *wrong])))


def _streams_counter(stage: Stage) -> list[str]:
    """Returns the command of the counter. Raises CannotStart."""
    if not stage.broker.durable:
        raise CannotStart(NO_GROUPS)
    return java_peer("StreamsCounter", classes=compiled(PEERS / "StreamsCounter.java", stage.folder / "engines" / "classes"))


def _counted(stage: Stage, who: str, command: Sequence[str]) -> Run:
    """Seconds run from the first line to the last. The product itself fails on a record that is skipped or comes twice."""
    load = stage.load
    counted = told_by(stage, command, asked_of(stage), seconds=load.records / LEAST_A_SECOND)
    if isinstance(counted, str):
        return Run(who, load.records, 1, faults=[counted])
    done = counted.last["done"]
    wrong = [] if done == load.records else [f"{done} records instead of {load.records}"]
    return Run(who, counted.counted, counted.seconds, counted.cpu, wrong)
