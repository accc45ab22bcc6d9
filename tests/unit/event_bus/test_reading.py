"""The driver of a stream worker on memory twins: every record once, in order, whatever happens between."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from event_bus import reading as reading_module
from event_bus.dealing import LEAST_A_HAND
from event_bus.ingest import Fenced, KeeperAway
from event_bus.log_identity import LogBeginsLater, LogEndsEarlier, LogReplaced
from event_bus.memory import MemoryBus, MemoryHandler, MemoryIngest, MemorySource
from event_bus.reading import BUSY_WAIT_S, FEW_RECORDS, GATHER_S, HANDS, BatchReader
from event_bus.records import Arrivals, Batch, Handled, Record, TopicPartition, ToSay

PARTITIONS = [TopicPartition("things", number) for number in range(3)]


class Kept:
    """A handler that remembers what it kept, and may be told to fail first."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.hands: list[tuple[float, int]] = []

    async def __call__(self, batch: Arrivals) -> Handled:
        await asyncio.sleep(0)
        self.hands.append((time.monotonic(), len(batch.records)))
        self.values.extend(record.value for record in batch.records if record.value is not None)
        return Handled(kept=len(batch.records))


class Slow(MemoryIngest):
    """Takes nothing before it is told to."""

    def __init__(self, reader: str, handle: MemoryHandler) -> None:
        super().__init__(reader, handle)
        self.answers = asyncio.Event()

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        await self.answers.wait()
        return await super().take(log_id, batches)


def a_thing() -> ToSay:
    value = uuid.uuid4().bytes
    return ToSay("things", value, value, uuid.UUID(bytes=value))


def say(bus: MemoryBus, count: int) -> list[bytes]:
    things = [a_thing() for _ in range(count)]
    for thing in things:
        bus.append(thing)
    return [thing.value for thing in things]


def say_to(bus: MemoryBus, source: TopicPartition) -> None:
    elsewhere = MemoryBus({"things": 3})
    while (tried := elsewhere.append(a_thing())).partition != source.partition:
        pass
    bus.append(ToSay("things", tried.key or b"", b"", uuid.uuid4()))


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(
    bus: MemoryBus,
    ingest: MemoryIngest,
    *,
    durable: bool = True,
    gather_s: float = GATHER_S,
    most: int = 50,
    source: MemorySource | None = None,
) -> AsyncIterator[BatchReader]:
    reader = BatchReader("reader", ingest, bus, broker_durable=durable, gather_s=gather_s)
    task = asyncio.create_task(reader.read_for_ever(source or MemorySource(bus, most=most)))
    reader.own(PARTITIONS)
    try:
        yield reader
    finally:
        reader.stop()
        await reader.let_go(patience_s=1)
        await task


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus({"things": 3})


async def test_every_record_is_kept_once_and_the_positions_are_stored(bus: MemoryBus) -> None:
    kept, values = Kept(), say(bus, 1000)
    ingest = MemoryIngest("reader", kept)

    async with reading(bus, ingest):
        await until(lambda: len(kept.values) == 1000)

    assert sorted(kept.values) == sorted(values)
    assert sum(stood[1] for stood in ingest.stands.values()) == 1000


async def test_the_next_life_goes_on_where_the_rows_are(bus: MemoryBus) -> None:
    kept = Kept()
    ingest = MemoryIngest("reader", kept)
    say(bus, 100)
    async with reading(bus, ingest):
        await until(lambda: len(kept.values) == 100)

    say(bus, 100)
    async with reading(bus, ingest):
        await until(lambda: len(kept.values) >= 200)

    assert len(set(kept.values)) == len(kept.values) == 200


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


async def test_a_keeper_that_is_away_is_waited_for_and_nothing_is_skipped(bus: MemoryBus) -> None:
    kept, values = Kept(), say(bus, 200)
    ingest = MemoryIngest("reader", kept, away=True)

    async with reading(bus, ingest) as reader:
        await until(lambda: reader.keeper_is_away)
        ingest.away = False
        await until(lambda: len(kept.values) == 200)

    assert sorted(kept.values) == sorted(values)


async def test_a_batch_whose_answer_was_lost_is_not_kept_again(bus: MemoryBus) -> None:
    class LosesAnAnswer(MemoryIngest):
        lost = False

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            handled = await super().take(log_id, batches)
            if not self.lost:
                self.lost = True
                raise KeeperAway("the answer was lost")
            return handled

    kept = Kept()
    say(bus, 300)

    async with reading(bus, LosesAnAnswer("reader", kept)):
        await until(lambda: len(set(kept.values)) == 300)

    assert len(kept.values) == 300


async def test_a_refused_batch_makes_the_reader_find_its_place_again(bus: MemoryBus) -> None:
    """Another worker moved the position: what it did is not done again, what it did not do is."""

    class MovedOnce(MemoryIngest):
        moved = False

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            if not self.moved:
                self.moved = True
                first = batches[0]
                self.stands[first.source] = (log_id, first.first_offset + 1, 0)
                raise Fenced("moved")
            return await super().take(log_id, batches)

    kept = Kept()
    say(bus, 300)

    async with reading(bus, MovedOnce("reader", kept)):
        await until(lambda: len(kept.values) >= 299)

    assert len(set(kept.values)) == len(kept.values) == 299


async def test_a_reader_without_work_that_was_moved_goes_on_from_there(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes that could be refused, and a database that is away for a while is no obstacle."""
    monkeypatch.setattr(reading_module, "LOOK_FOR_MOVES_S", 0.02)
    looked = 0

    class AwayAtFirst(MemoryIngest):
        async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
            nonlocal looked
            looked += 1
            if looked < 3:
                raise KeeperAway("away")
            return await super().places(log_id, sources)

    kept = Kept()
    ingest = AwayAtFirst("reader", kept)
    say(bus, 90)

    async with reading(bus, ingest) as reader:
        await until(lambda: len(kept.values) == 90 and looked > 3)
        assert not reader.keeper_is_away
        moved = PARTITIONS[0]
        log_id, stood, _ = ingest.stands[moved]
        ingest.stands[moved] = (log_id, 0, 0)
        await until(lambda: len(kept.values) >= 90 + stood)

    assert kept.values[90:] == [record.value for record in bus.read(moved, 0, 1000)]


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


async def test_a_log_that_came_back_empty_is_read_from_its_begin(bus: MemoryBus) -> None:
    kept = Kept()
    ingest = MemoryIngest("reader", kept, broker_durable=False)
    say(bus, 90)
    async with reading(bus, ingest, durable=False) as reader:
        await until(lambda: len(kept.values) == 90)
        bus.restart_empty()
        values = say(bus, 30)
        reader.find_place_again()
        await until(lambda: len(kept.values) == 120)

    assert sorted(kept.values[90:]) == sorted(values)


async def test_a_durable_log_under_another_id_ends_the_reading(bus: MemoryBus) -> None:
    kept = Kept()
    ingest = MemoryIngest("reader", kept, stands={PARTITIONS[0]: ("another", 5, 0)})
    reader = BatchReader("reader", ingest, bus, broker_durable=True)
    reader.own(PARTITIONS)

    with pytest.raises(LogReplaced):
        await reader.read_for_ever(MemorySource(bus))


async def test_a_position_outside_the_log_ends_the_reading(bus: MemoryBus) -> None:
    log_id = await bus.log_id()
    beyond = BatchReader("r", MemoryIngest("r", Kept(), stands={PARTITIONS[0]: (log_id, 5, 0)}), bus, broker_durable=True)
    beyond.own(PARTITIONS)
    before = BatchReader("r", MemoryIngest("r", Kept(), stands={PARTITIONS[0]: (log_id, -1, 0)}), bus, broker_durable=True)
    before.own(PARTITIONS)

    with pytest.raises(LogEndsEarlier):
        await beyond.read_for_ever(MemorySource(bus))
    with pytest.raises(LogBeginsLater):
        await before.read_for_ever(MemorySource(bus))


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


async def test_letting_go_cuts_off_a_write_that_does_not_end(bus: MemoryBus) -> None:
    """Who is asked to stop does not wait for a database that hangs."""

    class Hangs(MemoryIngest):
        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            await asyncio.Event().wait()
            return {}

    ingest = Hangs("reader", Kept())
    say(bus, 10)
    async with reading(bus, ingest) as reader:
        await until(lambda: len(ingest.stands) == 3)
        await until(lambda: bool(reader._in_hand))

        started = time.monotonic()
        await reader.let_go(patience_s=0.1)

        assert time.monotonic() - started < 1
        assert reader.positions == {}
