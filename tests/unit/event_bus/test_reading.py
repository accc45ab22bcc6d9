"""The driver of a stream worker on memory twins: every record once, in order, whatever happens between."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest

from event_bus import reading as reading_module
from event_bus.ingest import Fenced, KeeperAway
from event_bus.log_identity import LogBeginsLater, LogEndsEarlier, LogReplaced
from event_bus.memory import MemoryBus, MemoryIngest, MemorySource
from event_bus.reading import FEW_RECORDS, HANDS, BatchReader
from event_bus.records import Batch, Handled, TopicPartition
from progress import until
from unit.event_bus.reading_setting import PARTITIONS, Kept, Slow, reading, say, say_to


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


async def test_a_keeper_that_answers_again_is_not_called_away_until_something_comes(bus: MemoryBus) -> None:
    """A worker that woke, heard that its session was ended and then that its batch was refused, was never ready again."""

    class EndedThenRefused(MemoryIngest):
        asked = 0

        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            self.asked += 1
            if self.asked == 1:
                raise KeeperAway("the session was ended")
            for batch in batches:
                self.stands[batch.source] = (log_id, batch.next_offset, 0)
            raise Fenced("another worker wrote it")

    ingest = EndedThenRefused("reader", Kept())
    say(bus, 300)

    async with reading(bus, ingest) as reader:
        await until(lambda: ingest.asked >= 2)
        await until(lambda: reader.is_placed and not reader.keeper_is_away)


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
