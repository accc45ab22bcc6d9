"""Send, repeat, reorder, crash, rebalance, freeze, erase, replay, link, unlink in any order: the timelines hold all of it once.

The rules are those of the loss hunt; here the real driver of a worker reads memory twins.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import Phase, settings

from builders import MONDAY_10H, a_citizen, a_ref, an_interaction
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.words import CitizenReference
from event_bus.memory import MemoryBus, MemoryIngest, MemorySource
from event_bus.reading import BatchReader
from event_bus.records import Arrivals, Batch, Handled, Record, TopicPartition, ToSay
from faults.hunt.history import Told
from faults.whatever_happens import KINDS, NAMES, WORKERS, AnythingCanHappen, Shown, is_contact, shown_by
from timeline.edges.memory import MemoryTimelines

TOPICS = {"interactions": 3, "citizen-facts": 2}
PARTITIONS = tuple(TopicPartition(topic, number) for topic, most in TOPICS.items() for number in range(most))
DEADLINE_S = 5


class Crashed(RuntimeError):
    """The process of a worker ended here."""


class CrashingIngest(MemoryIngest):
    """Ends its worker once, before or after a batch is kept."""

    crash: str | None = None

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        crash, self.crash = self.crash, None
        if crash == "before":
            raise Crashed
        handled = await super().take(log_id, batches)
        if crash == "after":
            raise Crashed
        return handled


class FreezableSource(MemorySource):
    """Reads on only while its worker is not frozen."""

    def __init__(self, bus: MemoryBus) -> None:
        super().__init__(bus, most=3)
        self.flows = asyncio.Event()
        self.flows.set()

    async def fetch(self, partitions: frozenset[TopicPartition], wait_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        await self.flows.wait()
        return await super().fetch(partitions, 0.001)


class Worker:
    """One life of a worker process."""

    def __init__(self, ingest: MemoryIngest, bus: MemoryBus) -> None:
        self.source = FreezableSource(bus)
        self.reader = BatchReader("timeline", ingest, bus, broker_durable=False, gather_s=0)
        self.life = asyncio.ensure_future(self.reader.read_for_ever(self.source))


class MemoryWorld:
    """Two workers, one log, one timeline, all in this process. See World."""

    began_at = MONDAY_10H

    def __init__(self) -> None:
        self._loop = asyncio.Runner()
        clock = count()
        self._timelines = MemoryTimelines(now=lambda: MONDAY_10H + timedelta(days=1, seconds=next(clock)))
        self._bus = MemoryBus(TOPICS)
        self._ingest = CrashingIngest("timeline", self._handle, broker_durable=False)
        self._handled: Counter[tuple[int, str, int, int]] = Counter()
        self._reading_of_the_log = 0
        self._owners: Sequence[int] = [0] * len(PARTITIONS)
        self._loop.run(self._begin())

    def citizen(self, who: str) -> CitizenReference:
        return a_citizen(who, kind=KINDS[who])

    def contact(self, name: str, who: str, *, logged_at: datetime, occurred_at: datetime) -> Event[Any]:
        return an_interaction(event_id=name, citizen=self.citizen(who), occurred_at=occurred_at, logged_at=logged_at)

    def say(self, event: Event[Any]) -> None:
        topic = "interactions" if is_contact(event) else "citizen-facts"
        self._bus.append(ToSay(topic, event.citizen.value, write_event(event), event.key))

    def crash(self, moment: str, event: Event[Any]) -> None:
        self._thaw()
        self.settle()
        self._ingest.crash = moment
        self.say(event)
        self._until(lambda: any(worker.life.done() for worker in self._workers))
        self._loop.run(self._start_again())

    def rebalance(self, owners: Sequence[int], *, in_order: bool) -> None:
        self._owners = owners
        self._loop.run(self._rebalanced(in_order))

    def freeze(self, number: int) -> None:
        self._thaw()
        self._workers[number].source.flows.clear()
        self._workers[1 - number].reader.own(PARTITIONS)

    def replay(self) -> None:
        """A worker at rest finds out when it is started again."""
        self._reading_of_the_log += 1
        self._ingest.stands = {each: (stood[0], 0, 0) for each, stood in self._ingest.stands.items()}
        for worker in self._workers:
            worker.reader.find_place_again()

    def lose_the_log(self, said: Sequence[Event[Any]]) -> None:
        self._reading_of_the_log += 1
        self._bus.restart_empty()
        for worker in self._workers:
            worker.reader.find_place_again()
        for event in said:
            self.say(event)

    def settle(self) -> None:
        self._thaw()
        self._until(self._is_settled)

    def shown(self, expected: Mapping[str, Shown]) -> Mapping[str, Shown]:
        assert max(self._handled.values(), default=1) == 1, "a record was handled again by a worker that should have been refused"
        return self._loop.run(shown_by(self._timelines, {name: a_ref(name) for name in NAMES}))

    def end(self, told: Sequence[Told]) -> None:
        self._loop.run(self._end())
        self._loop.close()

    async def _begin(self) -> None:
        self._workers = [Worker(self._ingest, self._bus) for _ in range(WORKERS)]
        self._own()

    async def _handle(self, arrivals: Arrivals) -> Handled:
        """Counts what is handled: a worker whose position is stale is refused before its records are looked at."""
        self._handled.update((self._reading_of_the_log, each.topic, each.partition, each.offset) for each in arrivals.records)
        return await self._timelines.record_contacts(arrivals)

    def _own(self) -> None:
        for number, worker in enumerate(self._workers):
            worker.reader.own(each for each, owner in zip(PARTITIONS, self._owners, strict=True) if owner == number)

    async def _rebalanced(self, in_order: bool) -> None:
        if in_order:
            for worker in self._workers:
                worker.source.flows.set()
                await worker.reader.let_go(patience_s=1)
        self._own()

    async def _start_again(self) -> None:
        for number, worker in enumerate(self._workers):
            if worker.life.done():
                assert isinstance(worker.life.exception(), Crashed)
                self._workers[number] = Worker(self._ingest, self._bus)
        self._own()

    def _thaw(self) -> None:
        for worker in self._workers:
            worker.source.flows.set()

    def _is_settled(self) -> bool:
        ends = {each: len(self._bus.read(each, 0, 1_000_000)) for each in PARTITIONS}
        return all(self._ingest.stands.get(each, ("", -1, 0))[1] == end for each, end in ends.items())

    def _until(self, is_so: Callable[[], bool]) -> None:
        async def waited() -> None:
            deadline = time.monotonic() + DEADLINE_S
            while not is_so():
                assert time.monotonic() < deadline, f"waited {DEADLINE_S} s in vain"
                await asyncio.sleep(0.001)

        self._loop.run(waited())

    async def _end(self) -> None:
        for worker in self._workers:
            worker.source.flows.set()
            worker.reader.stop()
            await worker.reader.let_go(patience_s=1)
            await asyncio.wait([worker.life])


class AnythingCanHappenInMemory(AnythingCanHappen):
    """A world of its own for each example."""

    def __init__(self) -> None:
        super().__init__(MemoryWorld())


TestAnythingCanHappen = AnythingCanHappenInMemory.TestCase
# Making a failing run shorter would wait out the deadline hundreds of times.
TestAnythingCanHappen.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, phases=[Phase.reuse, Phase.generate]
)
