"""Several hands of a reader: at once, ahead of a slow database, and while partitions go to others."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from event_bus import reading as reading_module
from event_bus.dealing import LEAST_A_HAND
from event_bus.ingest import Fenced
from event_bus.memory import MemoryBus, MemoryIngest, MemorySource
from event_bus.reading import BUSY_WAIT_S, HANDS
from event_bus.records import Batch, Handled, Record, TopicPartition
from progress import until
from unit.event_bus.reading_setting import PARTITIONS, Kept, Slow, reading, say


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


async def test_what_is_in_hand_when_a_rebalance_begins_is_still_written_and_brought_once(bus: MemoryBus) -> None:
    """Also when its partition comes back to the same worker before that."""

    class Slow(MemoryIngest):
        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            brought.update((batch.source, batch.expected_position) for batch in batches)
            await flows.wait()
            return await super().take(log_id, batches)

    kept, values = Kept(), say(bus, 30)
    brought: Counter[tuple[TopicPartition, int]] = Counter()
    flows = asyncio.Event()
    async with reading(bus, Slow("reader", kept)) as reader:
        await until(lambda: len(brought) == 3)

        reader.hand_over()
        reader.own(PARTITIONS)
        values += say(bus, 30)
        await asyncio.sleep(5 * BUSY_WAIT_S)  # time enough to read them again, which it must not
        flows.set()

        await until(lambda: len(kept.values) >= len(values))
        assert sorted(kept.values) == sorted(values)
        assert max(brought.values()) == 1
