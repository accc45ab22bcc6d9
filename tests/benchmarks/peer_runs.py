"""Runs a peer as a process of its own, on an empty database, and looks whether every row is right."""

import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from benchmarks.checking import faults_in
from benchmarks.costs import Meter
from benchmarks.figures import Run
from benchmarks.product import LEAST_EVENTS_A_SECOND, START_S, engine_pids
from benchmarks.stage import Stage
from contact_events.topics import INTERACTIONS
from timeline.edges.database.knowing import LOOK_UP
from timeline.edges.database.staging import COPY_ENTRIES, COPY_KNOWN, COPY_STAGING, CREATE_STAGING

TESTS = Path(__file__).parents[1]
PEERS = TESTS / "benchmarks" / "peers"
# Tried between 2,000 and 40,000: larger ones win nothing.
BATCH = 10_000
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


def run_peer(stage: Stage, who: str, script: str, python: Path) -> Run:
    """Lets a peer read the whole load into a database. Seconds run from its first records in hand to its last commit."""
    load = stage.load
    with stage.database() as url:
        asked = asked_of(stage, url)
        told = told_by(stage, [str(python), str(PEERS / script)], asked, seconds=load.records / LEAST_EVENTS_A_SECOND)
        if isinstance(told, str):
            return Run(who, load.expected.count, 1, faults=[told])
        counted = load.expected.count * told.counted // load.records
        return Run(who, counted, told.seconds, told.cpu, faults_in(url, load.expected))


def asked_of(stage: Stage, database: str = "") -> dict[str, Any]:
    """Returns what a process is asked for: the whole load, under a group of its own."""
    return {
        "broker": stage.broker.address,
        "durable": stage.broker.durable,
        "topic": stage.load.topic,
        "partitions": INTERACTIONS.partitions,
        "group": f"peer-{secrets.token_hex(4)}",
        "database": database,
        "folder": str(stage.folder / "engines" / "peers"),
        "batch": BATCH,
        "total": stage.load.records,
        "create": CREATE_STAGING,
        "stage": COPY_STAGING,
        "look_up": LOOK_UP,
        "copy_known": COPY_KNOWN,
        "copy_entries": COPY_ENTRIES,
    }


class Told:
    """What a process told of its work: between its first and its last line."""

    def __init__(self, first: Mapping[str, Any], last: Mapping[str, Any], cpu: Mapping[str, float]) -> None:
        self.counted = int(last["done"]) - int(first["done"])
        self.seconds = float(last["time"]) - float(first["time"])
        self.cpu = {"process": (last["cpu"] - first["cpu"]) * 1000 / max(1, self.counted), **cpu}
        self.last = last


def told_by(stage: Stage, command: Sequence[str], asked: Mapping[str, Any], *, seconds: float) -> Told | str:
    """Starts a process, waits for its first and its last line, and ends it. Returns what it told, or why it told nothing."""
    folder = stage.folder / "engines" / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    log = stage.logs / f"{Path(command[-1]).stem}.log"
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "PYTHONPATH": str(TESTS),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*command, json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            cwd=folder,
        )
    try:
        lines = _lines_of(process.stdout)
        first = _line(lines, process, "first", START_S)
        meter = Meter(engine_pids(stage))
        last = _line(lines, process, "last", seconds)
        cpu = meter.per_thousand(max(1, int(last["done"]) - int(first["done"])))
    except TimeoutError as fault:
        return f"{fault}; see {log}"
    finally:
        _end(process)
    return Told(first, last, cpu)


def _lines_of(stream: IO[bytes] | None) -> "Queue[dict[str, Any]]":
    assert stream is not None
    lines: Queue[dict[str, Any]] = Queue()

    def read() -> None:
        for line in stream:
            if line.startswith(b'{"at"'):
                lines.put(json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    return lines


def _line(lines: "Queue[dict[str, Any]]", process: "subprocess.Popen[bytes]", at: str, seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=0.1)
        except Empty:
            if process.poll() is not None and lines.empty():
                raise TimeoutError(f"it ended with code {process.returncode} before its {at} event") from None
            continue
        if line["at"] == at:
            return line
    raise TimeoutError(f"it did not come to its {at} event in {seconds:.0f} s")


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
