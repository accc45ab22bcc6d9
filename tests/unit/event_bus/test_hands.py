"""Hands at work: how many records each takes and when, what is fetched meanwhile, and what of that still counts."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest

from event_bus import reading as reading_module
from event_bus.dealing import LEAST_A_HAND
from event_bus.ingest import Fenced
from event_bus.memory import MemoryBus, MemoryIngest, MemorySource
from event_bus.reading import FEW_RECORDS, HANDS
from event_bus.records import Batch, Handled, Record, TopicPartition
from unit.event_bus.a_reading import PARTITIONS, Kept, Slow, reading, say, say_to, until


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus({"things": 3})


async def test_after_a_hand_of_few_records_the_next_one_waits_for_company(bus: MemoryBus) -> None:
    """A hand of few costs nearly as much as one of many. The first one does not wait."""
    kept = Kept()
    started = time.monotonic()
    async with reading(bus, MemoryIngest("reader", kept), gather_s=0.5):
        say(bus, 1)
        await until(lambda: len(kept.values) == 1)
        say(bus, 2)
        await until(lambda: len(kept.values) == 3)

    (first, one), (second, two) = kept.hands
    assert (one, two) == (1, 2)
    assert first - started < 0.4 < second - first


async def test_after_a_hand_of_many_records_the_next_one_does_not_wait(bus: MemoryBus) -> None:
    """There is company enough."""
    kept = Kept()
    say(bus, FEW_RECORDS)
    async with reading(bus, MemoryIngest("reader", kept), gather_s=2, most=FEW_RECORDS):
        await until(lambda: len(kept.values) == FEW_RECORDS)
        say(bus, 1)
        await until(lambda: len(kept.values) == FEW_RECORDS + 1)

    (first, many), (second, _) = kept.hands
    assert many == FEW_RECORDS
    assert second - first < 1


async def test_what_came_into_a_hand_while_its_place_was_looked_up_was_not_moved(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hand moved it, and had not told yet."""
    monkeypatch.setattr(reading_module, "LOOK_FOR_MOVES_S", 0.0)
    last = PARTITIONS[2]

    class Crossing(Slow):
        kept, told = asyncio.Event(), asyncio.Event()

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            handled = await super().take(log_id, batches)
            if batches[0].source == last:
                self.kept.set()
                await self.told.wait()
            return handled

        async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
            if last in sources and last in reader._ahead:
                self.answers.set()
                await self.kept.wait()
            found = await super().places(log_id, sources)
            asyncio.get_running_loop().call_later(0.1, self.told.set)
            return found

    ingest = Crossing("reader", Kept())
    async with reading(bus, ingest) as reader:
        for hands, each in enumerate(PARTITIONS, start=1):
            say_to(bus, each)
            await until(lambda: len(reader._in_hand) == min(hands, HANDS))  # noqa: B023 - awaited here
        await until(lambda: ingest.kept.is_set() and ingest.stands[last][1] == 1)
        places = set()
        while not ingest.told.is_set():
            await asyncio.sleep(0.01)
            places.add(reader.is_placed)

    assert places == {True}


async def test_two_hands_write_at_the_same_time_when_there_is_enough_for_both(bus: MemoryBus) -> None:
    """One batch is prepared while another is being written."""

    class WaitsForBoth(MemoryIngest):
        both = asyncio.Barrier(2)

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            async with asyncio.timeout(5):
                await self.both.wait()
            return await super().take(log_id, batches)

    kept = Kept()
    values = say(bus, HANDS * LEAST_A_HAND + 300)
    async with reading(bus, WaitsForBoth("reader", kept), most=len(values)):
        await until(lambda: len(kept.values) == len(values))

    assert sorted(kept.values) == sorted(values)


async def test_a_hand_takes_no_more_than_enough(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest stays ready for the next one."""
    monkeypatch.setattr(reading_module, "ENOUGH_A_HAND", 20)
    kept = Kept()
    say(bus, 900)
    async with reading(bus, MemoryIngest("reader", kept)):
        await until(lambda: len(kept.values) == 900)

    assert max(count for _, count in kept.hands) < HANDS * 20 + 50


async def test_one_fetch_of_each_partition_is_read_ahead_of_a_slow_database(bus: MemoryBus) -> None:
    """It is ready when a hand is, and no more than that is held."""

    kept, values = Kept(), say(bus, 900)
    ingest = Slow("reader", kept)
    async with reading(bus, ingest) as reader:
        await until(lambda: bool(reader._in_hand) and reader._ahead.keys() == set(PARTITIONS))
        ahead = [len(records) for records in reader._ahead.values()]
        ingest.answers.set()
        await until(lambda: len(kept.values) == 900)

    assert ahead == [50, 50, 50]
    assert sorted(kept.values) == sorted(values)


@pytest.mark.parametrize("waits_in_the_source", [False, True])
async def test_what_was_fetched_after_a_refused_batch_is_fetched_again(bus: MemoryBus, *, waits_in_the_source: bool) -> None:
    """It lies beyond what the position says, whether it is here already or still on its way."""

    class RefusesOnce(Slow):
        refused = False

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            await self.answers.wait()
            if not self.refused:
                self.refused = True
                raise Fenced("moved")
            return await super().take(log_id, batches)

    class OnItsWay(MemorySource):
        fetches = 0

        async def fetch(self, partitions: frozenset[TopicPartition], wait_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
            found = await super().fetch(partitions, wait_s)
            self.fetches += bool(found)
            if waits_in_the_source and self.fetches == 2:
                ingest.answers.set()
                await until(lambda: ingest.refused)
                await asyncio.sleep(0)
            return found

    kept, values = Kept(), say(bus, 900)
    ingest = RefusesOnce("reader", kept)
    async with reading(bus, ingest, source=OnItsWay(bus, most=50)) as reader:
        await until(lambda: ingest.refused or reader._ahead.keys() == set(PARTITIONS))
        ingest.answers.set()
        await until(lambda: len(kept.values) >= 900)

    assert sorted(kept.values) == sorted(values)
