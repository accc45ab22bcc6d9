"""From the topic to durable rows: Plein beside the raw COPY, stock Faust, the best of the Python peers and Kafka Connect."""

import statistics
import sys
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from benchmarks.copying import copy_rows
from benchmarks.figures import Outcome, Run, outcome_of_pairs
from benchmarks.jdbc_sink import JDBC_SINK, run_jdbc_sink, why_no_jdbc_sink
from benchmarks.pairing import told
from benchmarks.peer_environment import peers_python
from benchmarks.peer_runs import run_peer
from benchmarks.product import ingest
from benchmarks.stage import Stage
from plein.local.ports import CannotStart

NAMES = ("ingest_vs_copy", "ingest_vs_stock_faust", "ingest_vs_best_python", "ingest_vs_jdbc_sink")
PYTHON_PEERS = {
    "confluent-kafka": "confluent.py",
    "arroyo": "arroyo_batch.py",
    "FastStream": "faststream_batch.py",
    "Quix Streams": "quix.py",
}


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Yields each wanted outcome. Each group of competitors follows a run of Plein; in `small` one run does for a round."""
    competitors, missing = _competitors(stage, wanted)
    rounds: list[dict[str, tuple[Run, Run]]] = []
    for _ in range(stage.size.pairs):
        rounds.append({})
        product: Run | None = None
        for group, peers in competitors.items():
            if product is None or stage.size.name != "small":
                stage.tell(f"{group}:")
                product = told(stage, ingest(stage))
                stage.ingested.append(product)
            rounds[-1] |= {who: (product, told(stage, run())) for who, run in peers.items()}
    for name in wanted:
        if name in missing:
            yield Outcome(name, note=missing[name])
        elif name == "ingest_vs_best_python":
            yield _best_of([who for who in PYTHON_PEERS if who in rounds[0]], rounds)
        else:
            yield outcome_of_pairs(name, [pairs[who] for pairs in rounds for who in competitors[name]])


def _competitors(stage: Stage, wanted: Collection[str]) -> tuple[dict[str, dict[str, Callable[[], Run]]], dict[str, str]]:
    competitors: dict[str, dict[str, Callable[[], Run]]] = {}
    missing: dict[str, str] = {}
    if "ingest_vs_copy" in wanted:
        competitors["ingest_vs_copy"] = {"binary COPY": partial(copy_rows, stage)}
    if "ingest_vs_stock_faust" in wanted:
        faust = partial(run_peer, stage, "stock Faust", "stock_faust.py", Path(sys.executable))
        competitors["ingest_vs_stock_faust"] = {"stock Faust": faust}
    if "ingest_vs_best_python" in wanted:
        try:
            python = peers_python(stage.folder.parent / "bench-peers")
        except CannotStart as fault:
            missing["ingest_vs_best_python"] = str(fault)
        else:
            peers = {who: partial(run_peer, stage, who, script, python) for who, script in PYTHON_PEERS.items()}
            competitors["ingest_vs_best_python"] = dict(peers)
    if "ingest_vs_jdbc_sink" in wanted:
        reason = why_no_jdbc_sink(stage)
        if reason is None:
            competitors["ingest_vs_jdbc_sink"] = {JDBC_SINK: partial(run_jdbc_sink, stage)}
        else:
            missing["ingest_vs_jdbc_sink"] = reason
    return competitors, missing


def _best_of(peers: Collection[str], rounds: list[dict[str, tuple[Run, Run]]]) -> Outcome:
    """Compares with the peer that was fastest over all rounds; a peer whose rows were wrong once is out."""
    right = {who: [pairs[who][1] for pairs in rounds] for who in peers if not any(pairs[who][1].faults for pairs in rounds)}
    wrong = "; ".join(f"{who} was wrong and is out" for who in peers if who not in right)
    name = "ingest_vs_best_python"
    if not right:
        return Outcome(name, note=wrong)
    best = max(right, key=lambda who: statistics.median(run.rate for run in right[who]))
    outcome = outcome_of_pairs(name, [pairs[best] for pairs in rounds], "; ".join(filter(None, [f"the best was {best}", wrong])))
    others = [run for who in right if who != best for run in right[who]]
    return Outcome(name, outcome.values, outcome.broken, outcome.note, [*outcome.runs, *others])
