"""Send, repeat, reorder, crash, rebalance, freeze, erase, replay, link, unlink in any order: the timelines hold all of it once.

The real driver of a worker reads memory twins; what is told and what is shown goes through the checker of the loss hunt.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from builders import MONDAY_10H, a_citizen, a_ref, an_interaction
from contact_events.codec import write_event
from contact_events.envelope import Event
from event_bus.memory import MemoryBus, MemoryIngest, MemorySource
from event_bus.reading import BatchReader
from event_bus.records import Arrivals, Batch, Handled, Record, TopicPartition, ToSay
from faults.hunt.checking import ShownEntry, check
from faults.hunt.history import ACCEPTED, Told
from handlers.timeline.timeline_histories import MINUTES, NAMES, a_memory_twin, shown_after
from handlers.timeline.timeline_setting import EVERYTHING, Twin, a_link, an_erasure, an_undoing
from timeline.edges.memory import MemoryTimelines

TOPICS = {"interactions": 3, "citizen-facts": 2}
PARTITIONS = tuple(TopicPartition(topic, number) for topic, most in TOPICS.items() for number in range(most))
REFUSED = 410
DEADLINE_S = 5
WHO = st.sampled_from(NAMES)


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


class AnythingCanHappen(RuleBasedStateMachine):
    """Two workers, one log, one timeline; and what was said, in the order in which it was said."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        clock = count()
        self.timelines = MemoryTimelines(now=lambda: MONDAY_10H + timedelta(days=1, seconds=next(clock)))
        self.bus = MemoryBus(TOPICS)
        self.ingest = CrashingIngest("timeline", self._handle, broker_durable=False)
        self.handled: Counter[tuple[int, str, int, int]] = Counter()
        self.reading_of_the_log = 0
        self.said: list[Event[Any]] = []
        self.owners = [0] * len(PARTITIONS)
        self.numbers = count()
        self.loop.run(self._begin())

    async def _begin(self) -> None:
        self.workers = [Worker(self.ingest, self.bus) for _ in range(2)]
        self._own()

    async def _handle(self, arrivals: Arrivals) -> Handled:
        """Counts what is handled: a worker whose position is stale is refused before its records are looked at."""
        self.handled.update((self.reading_of_the_log, each.topic, each.partition, each.offset) for each in arrivals.records)
        return await self.timelines.record_contacts(arrivals)

    @rule(who=WHO, at=MINUTES, occurred_at=MINUTES)
    def send(self, who: str, at: Any, occurred_at: Any) -> None:
        self._say(self._contact(who, at, occurred_at))

    @rule(contacts=st.lists(st.tuples(WHO, MINUTES, MINUTES), min_size=2, max_size=6), dice=st.randoms())
    def send_many_in_any_order(self, contacts: list[tuple[str, Any, Any]], dice: Any) -> None:
        events = [self._contact(*contact) for contact in contacts]
        dice.shuffle(events)
        for event in events:
            self._say(event)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self._append(data.draw(st.sampled_from(self.said)))

    @rule(one=WHO, other=WHO, at=MINUTES)
    def link(self, one: str, other: str, at: Any) -> None:
        if one != other:
            self._say(a_link(a_citizen(one), a_citizen(other), link_id=f"link {next(self.numbers)}", at=at))

    @precondition(lambda self: any(_is_link(event) for event in self.said))
    @rule(data=st.data(), at=MINUTES)
    def unlink(self, data: st.DataObject, at: Any) -> None:
        link = data.draw(st.sampled_from([event.data for event in self.said if _is_link(event)]))
        self._say(an_undoing(link.citizen, link.other, link_id=link.link_id, at=at))

    @rule(who=WHO, at=MINUTES)
    def erase(self, who: str, at: Any) -> None:
        self._say(an_erasure(who, at=at))

    @rule(moment=st.sampled_from(["before", "after"]), who=WHO, at=MINUTES)
    def crash(self, moment: str, who: str, at: Any) -> None:
        """A worker ends with a batch in hand, and is started again."""
        self._thaw()
        self.settle()
        self.ingest.crash = moment
        self._say(self._contact(who, at, at))
        self._until(lambda: any(worker.life.done() for worker in self.workers))
        self.loop.run(self._start_again())

    @rule(owners=st.lists(st.integers(0, 1), min_size=len(PARTITIONS), max_size=len(PARTITIONS)), in_order=st.booleans())
    def rebalance(self, owners: list[int], in_order: bool) -> None:
        """Partitions go to other workers, in order or while the old owner still has them in hand."""
        self.owners = owners
        self.loop.run(self._rebalanced(in_order))

    @rule(number=st.integers(0, 1))
    def freeze(self, number: int) -> None:
        """A worker stands still; the other owns everything, and the frozen one does not know."""
        self._thaw()
        self.workers[number].source.flows.clear()
        self.workers[1 - number].reader.own(PARTITIONS)

    @rule()
    def replay(self) -> None:
        """An operator moves every position to the begin of the log; a worker at rest finds out when it is started again."""
        self.reading_of_the_log += 1
        self.ingest.stands = {each: (stood[0], 0, 0) for each, stood in self.ingest.stands.items()}
        for worker in self.workers:
            worker.reader.find_place_again()

    @rule()
    def lose_the_log(self) -> None:
        """The broker comes back empty, and the journals say everything again."""
        self.reading_of_the_log += 1
        self.bus.restart_empty()
        for worker in self.workers:
            worker.reader.find_place_again()
        for event in self.said:
            self._append(event)

    @rule()
    def settle(self) -> None:
        """Everything is read."""
        self._thaw()
        self._until(self._is_settled)

    def teardown(self) -> None:
        try:
            self.settle()
            self._check()
        finally:
            self.loop.run(self._end())
            self.loop.close()

    def _check(self) -> None:
        """Nothing lost, doubled, invented or out of place; and all of it as if it had come once, in order."""
        assert max(self.handled.values(), default=1) == 1, "a record was handled again by a worker that should have been refused"
        shown = self.loop.run(self._shown())
        found = check([_told(event, self._is_erased(event)) for event in self.said if _is_contact(event)], shown)
        assert found.is_right, found.sentence
        as_it_came = self.loop.run(shown_after(Twin(self.timelines, self.timelines.record_contacts), []))
        assert as_it_came == self.loop.run(shown_after(a_memory_twin(), [self.said]))

    async def _shown(self) -> dict[Any, list[ShownEntry]]:
        """Returns each reference's own entries: a timeline shows those of linked ones too."""
        twin = Twin(self.timelines, self.timelines.record_contacts)
        shown = {}
        for name in NAMES:
            entries = await twin.entries(a_ref(name), EVERYTHING)
            own = [ShownEntry(each.key, each.words.occurred_at) for each in entries if each.citizen == a_ref(name)]
            shown[a_ref(name).uuid] = own
        return shown

    def _is_erased(self, event: Event[Any]) -> bool:
        erasures = [each for each in self.said if each.type == "nl.plein.citizen.erased.v1"]
        return any(event.citizen.text in each.data.refs and event.logged_at <= each.data.erased_at for each in erasures)

    def _contact(self, who: str, at: Any, occurred_at: Any) -> Event[Any]:
        name = f"contact {next(self.numbers)}"
        return an_interaction(event_id=name, citizen=a_citizen(who), occurred_at=occurred_at, logged_at=at)

    def _say(self, event: Event[Any]) -> None:
        self.said.append(event)
        self._append(event)

    def _append(self, event: Event[Any]) -> None:
        topic = "interactions" if _is_contact(event) else "citizen-facts"
        self.bus.append(ToSay(topic, event.citizen.value, write_event(event), event.key))

    def _own(self) -> None:
        for number, worker in enumerate(self.workers):
            worker.reader.own(each for each, owner in zip(PARTITIONS, self.owners, strict=True) if owner == number)

    async def _rebalanced(self, in_order: bool) -> None:
        if in_order:
            for worker in self.workers:
                worker.source.flows.set()
                await worker.reader.let_go(patience_s=1)
        self._own()

    async def _start_again(self) -> None:
        for number, worker in enumerate(self.workers):
            if worker.life.done():
                assert isinstance(worker.life.exception(), Crashed)
                self.workers[number] = Worker(self.ingest, self.bus)
        self._own()

    def _thaw(self) -> None:
        for worker in self.workers:
            worker.source.flows.set()

    def _is_settled(self) -> bool:
        ends = {each: len(self.bus.read(each, 0, 1_000_000)) for each in PARTITIONS}
        return all(self.ingest.stands.get(each, ("", -1, 0))[1] == end for each, end in ends.items())

    def _until(self, is_so: Callable[[], bool]) -> None:
        async def waited() -> None:
            deadline = time.monotonic() + DEADLINE_S
            while not is_so():
                assert time.monotonic() < deadline, f"waited {DEADLINE_S} s in vain"
                await asyncio.sleep(0.001)

        self.loop.run(waited())

    async def _end(self) -> None:
        for worker in self.workers:
            worker.source.flows.set()
            worker.reader.stop()
            await worker.reader.let_go(patience_s=1)
            await asyncio.wait([worker.life])


def _is_contact(event: Event[Any]) -> bool:
    return event.type == "nl.plein.interaction.recorded.v1"


def _is_link(event: Event[Any]) -> bool:
    return event.type == "nl.plein.references.linked.v1"


def _told(event: Event[Any], is_erased: bool) -> Told:
    status = REFUSED if is_erased else ACCEPTED
    return Told(event.source, event.id, event.key, event.citizen.uuid, event.data.occurred_at, status, event.logged_at)


TestAnythingCanHappen = AnythingCanHappen.TestCase
# Making a failing run shorter would wait out the deadline hundreds of times.
TestAnythingCanHappen.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, phases=[Phase.reuse, Phase.generate]
)
