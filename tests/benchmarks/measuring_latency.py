"""How long after its 202 an event shows on the timeline that is read by HTTP: open loop, every service a process of its own.

Every event is posted alone. Some, chosen by their number, are looked for: every look is a logged read, and neither looking nor
posting may become the load that is measured.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
import uvloop

from benchmarks.figures import Outcome, percentile
from benchmarks.stage import Stage
from benchmarks.wire import Connection, request_bytes
from running_town import COUNTER, PHONE, WEB, RunningTown, a_call, a_form, a_visit

NAMES = ("latency_p50_ms", "latency_p99_ms")
PERCENTS = {"latency_p50_ms": 50, "latency_p99_ms": 99}
LOOKED_FOR_A_SECOND = 5
LOOK_AGAIN_S = 0.02
GIVE_UP_S = 10.0
WARM_S = 3
BODIES = {WEB: a_form, PHONE: a_call, COUNTER: a_visit}
PERSONAS = {WEB: "web", PHONE: "phone-log", COUNTER: "counter"}


@dataclass
class Measured:
    """Milliseconds from the 202 until the entry was read, what was accepted, and what went wrong."""

    visible_ms: list[float] = field(default_factory=list)
    accepted_ms: list[float] = field(default_factory=list)
    accepted_keys: set[str] = field(default_factory=set)
    refused: dict[int, int] = field(default_factory=dict)
    never_seen: int = 0


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Runs a whole town of its own, once warm and then as often as there are pairs."""
    size = stage.size
    stage.tell(f"latency, {size.latency_events_per_s} events/s:")
    town = RunningTown(stage.engines.folder / "town", stage.engines.new_broker(stage.broker_kind))
    try:
        town.start()
        runs = [
            uvloop.run(_Sender(town, size.latency_events_per_s).run(seconds))
            for seconds in (WARM_S, *[size.latency_seconds] * size.pairs)
        ]
        broken = _broken(town, runs)
    finally:
        town.stop()
        town.broker.remove()
    for measured in runs[1:]:
        stage.tell(f"  {_told(measured)}")
    for name in wanted:
        values = [percentile(measured.visible_ms, PERCENTS[name]) for measured in runs[1:] if measured.visible_ms]
        yield Outcome(name, values, broken, f"at {size.latency_events_per_s} events/s")


class _Sender:
    """Posts at fixed moments, whatever the answers do: an open loop."""

    def __init__(self, town: RunningTown, rate: int) -> None:
        self._town = town
        self._rate = rate
        self._tokens = {door: town.stack.token(persona) for door, persona in PERSONAS.items()}
        self._measured = Measured()
        self._idle: dict[str, list[Connection]] = {}

    async def run(self, seconds: int) -> Measured:
        doors, every = itertools.cycle(BODIES), max(1, self._rate // LOOKED_FOR_A_SECOND)
        async with asyncio.TaskGroup() as tasks:
            begun = time.perf_counter()
            for number in range(self._rate * seconds):
                await asyncio.sleep(max(0.0, begun + number / self._rate - time.perf_counter()))
                tasks.create_task(self._post_and_look(next(doors), is_looked_for=number % every == 0))
        for connection in itertools.chain.from_iterable(self._idle.values()):
            connection.close()
        return self._measured

    async def _post_and_look(self, door: str, *, is_looked_for: bool) -> None:
        measured, bsn, started = self._measured, self._town.new_citizen(), time.perf_counter()
        body = json.dumps(BODIES[door](bsn)).encode()
        posting = request_bytes("POST", "/v1/interactions", self._tokens[door], body, {"Content-Type": "application/json"})
        status, answer = await self._asked(door, posting)
        if status != 202:
            measured.refused[status] = measured.refused.get(status, 0) + 1
            return
        accepted = time.perf_counter()
        measured.accepted_ms.append((accepted - started) * 1000)
        keys = [str(each["eventKey"]) for each in json.loads(answer)["interactions"]]
        measured.accepted_keys.update(keys)
        if is_looked_for:
            await self._look(bsn, keys[0], accepted)

    async def _look(self, bsn: str, key: str, accepted: float) -> None:
        """Reads the citizen's timeline with the citizen's own token until the entry shows."""
        token = self._town.stack.token("citizen", bsn=bsn)
        looking = request_bytes("GET", "/v1/citizens/me/timeline?limit=5", token)
        while time.perf_counter() - accepted < GIVE_UP_S:
            _, page = await self._asked("timeline", looking)
            if any(entry["id"] == key for entry in json.loads(page).get("entries", [])):
                self._measured.visible_ms.append((time.perf_counter() - accepted) * 1000)
                return
            await asyncio.sleep(LOOK_AGAIN_S)
        self._measured.never_seen += 1

    async def _asked(self, service: str, request: bytes) -> tuple[int, bytes]:
        async with self._connection(service) as connection:
            return await connection.ask(request)

    @asynccontextmanager
    async def _connection(self, service: str) -> AsyncIterator[Connection]:
        """Yields one on which nothing else is asked meanwhile."""
        idle = self._idle.setdefault(service, [])
        port = urlsplit(self._town.stack.url_of(service)).port
        assert port is not None
        connection = idle.pop() if idle else await Connection.to(port)
        yield connection
        idle.append(connection)


def _broken(town: RunningTown, runs: list[Measured]) -> list[str]:
    """Compares what was accepted with what is kept, to the key, and returns a sentence for each difference."""
    accepted = set().union(*(measured.accepted_keys for measured in runs))
    kept = town.awaited(lambda: _kept(town), lambda found: accepted <= found)
    broken = [f"{len(accepted - kept)} accepted events are on no timeline"] if accepted - kept else []
    broken += [f"{len(kept - accepted)} entries are of no accepted event"] if kept - accepted else []
    never_seen = sum(measured.never_seen for measured in runs)
    return broken + ([f"{never_seen} entries did not show within {GIVE_UP_S:.0f} s"] if never_seen else [])


def _kept(town: RunningTown) -> set[str]:
    with psycopg.connect(town.stack.databases["timeline"]) as connection:
        return {str(row[0]) for row in connection.execute("SELECT event_id FROM timeline.entry")}


def _told(measured: Measured) -> str:
    refused = f", REFUSED {measured.refused}" if measured.refused else ""
    if not measured.visible_ms:
        return f"nothing showed{refused}"
    visible, accepted = measured.visible_ms, measured.accepted_ms
    return (
        f"{len(accepted)} accepted in p50 {percentile(accepted, 50):.0f} ms{refused}; {len(visible)} looked for,"
        f" visible after p50 {percentile(visible, 50):.0f}, p99 {percentile(visible, 99):.0f}, longest {max(visible):.0f} ms"
    )
