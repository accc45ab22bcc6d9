"""How long after its 202 an event shows on the timeline that is read by HTTP: open loop, every service a process of its own.

Every event is posted alone; one in twenty, chosen by its number, is looked for: every look is a logged read, and looking
must not become the load that is measured.
"""

import asyncio
import itertools
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import aiohttp
import psycopg
import uvloop

from benchmarks.figures import Outcome, percentile
from benchmarks.stage import Stage
from running_town import COUNTER, PHONE, WEB, RunningTown, a_call, a_form, a_visit

NAMES = ("latency_p50_ms", "latency_p99_ms")
PERCENTS = {"latency_p50_ms": 50, "latency_p99_ms": 99}
LOOKED_FOR = 20
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

    async def run(self, seconds: int) -> Measured:
        doors = itertools.cycle(BODIES)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
            begun = time.perf_counter()
            for number in range(self._rate * seconds):
                await asyncio.sleep(max(0.0, begun + number / self._rate - time.perf_counter()))
                tasks.create_task(self._post_and_look(session, number, next(doors)))
        return self._measured

    async def _post_and_look(self, session: aiohttp.ClientSession, number: int, door: str) -> None:
        measured, bsn, started = self._measured, self._town.new_citizen(), time.perf_counter()
        headers = {"Authorization": f"Bearer {self._tokens[door]}"}
        url = f"{self._town.stack.url_of(door)}/v1/interactions"
        async with session.post(url, json=BODIES[door](bsn), headers=headers) as answer:
            if answer.status != 202:
                measured.refused[answer.status] = measured.refused.get(answer.status, 0) + 1
                return
            told = await answer.json()
        accepted = time.perf_counter()
        measured.accepted_ms.append((accepted - started) * 1000)
        keys = [str(each["eventKey"]) for each in told["interactions"]]
        measured.accepted_keys.update(keys)
        if number % LOOKED_FOR == 0:
            await self._look(session, bsn, keys[0], accepted)

    async def _look(self, session: aiohttp.ClientSession, bsn: str, key: str, accepted: float) -> None:
        """Reads the citizen's timeline with the citizen's own token until the entry shows."""
        headers = {"Authorization": f"Bearer {self._town.stack.token('citizen', bsn=bsn)}"}
        url = f"{self._town.stack.url_of('timeline')}/v1/citizens/me/timeline?limit=5"
        while time.perf_counter() - accepted < GIVE_UP_S:
            async with session.get(url, headers=headers) as answer:
                page = await answer.json()
            if any(entry["id"] == key for entry in page.get("entries", [])):
                self._measured.visible_ms.append((time.perf_counter() - accepted) * 1000)
                return
            await asyncio.sleep(LOOK_AGAIN_S)
        self._measured.never_seen += 1


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
