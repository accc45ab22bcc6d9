"""Accepted means durable: what is answered, and what happens to it when the broker is away, empty, or the journal full."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from event_bus.acceptance import Acceptance, NotAccepted
from event_bus.journal import Accepting, Journal, Verdict
from event_bus.memory import MemoryBus, MemoryPublisher
from event_bus.records import ToSay


def an_event(value: bytes = b"said") -> Accepting:
    key = uuid.uuid4()
    return Accepting(ToSay("things", key.bytes, value, key), b"digest")


def said_on(bus: MemoryBus) -> list[bytes]:
    return [record.key for record in bus.records("things") if record.key is not None]


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def accepting(
    bus: MemoryBus, path: Path, *, durable: bool = True, most_bytes: int = 10_000_000, publisher: MemoryPublisher | None = None
) -> AsyncIterator[Acceptance]:
    acceptance = Acceptance(
        Journal(path, most_bytes=most_bytes),
        publisher or MemoryPublisher(bus),
        bus,
        broker_durable=durable,
        ack_timeout_ms=100,
    )
    await acceptance.start()
    try:
        yield acceptance
    finally:
        await acceptance.stop()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus({"things": 2})


async def test_an_accepted_event_is_on_the_broker_and_its_state_says_so(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j") as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        event = an_event()

        verdicts = await acceptance.accept([event])

        assert verdicts == [Verdict.ACCEPTED]
        assert said_on(bus) == [event.to_say.key]
        assert await acceptance.state_of(event.to_say.event_key) == "passed_on"


async def test_a_repeat_is_not_said_again(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j") as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        event = an_event()

        verdicts = [*await acceptance.accept([event]), *await acceptance.accept([event])]

        assert verdicts == [Verdict.ACCEPTED, Verdict.REPEATED]
        assert len(said_on(bus)) == 1


async def test_events_accepted_while_the_broker_is_away_arrive_when_it_is_back(bus: MemoryBus, tmp_path: Path) -> None:
    bus.away = True
    async with accepting(bus, tmp_path / "j") as acceptance:
        events = [an_event() for _ in range(20)]

        assert await acceptance.accept(events) == [Verdict.ACCEPTED] * 20
        assert await acceptance.state_of(events[0].to_say.event_key) == "received"
        bus.away = False
        await until(lambda: len(said_on(bus)) == 20)

    assert set(said_on(bus)) == {each.to_say.key for each in events}


async def test_a_broker_that_came_back_empty_is_said_everything_again(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j", durable=False) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        events = [an_event() for _ in range(20)]
        await acceptance.accept(events)

        bus.restart_empty()
        await until(lambda: len(said_on(bus)) == 20)

    assert set(said_on(bus)) == {each.to_say.key for each in events}


async def test_a_publisher_that_does_not_answer_in_time_does_not_keep_the_sender(bus: MemoryBus, tmp_path: Path) -> None:
    class Hanging(MemoryPublisher):
        async def publish(self, events: Sequence[ToSay]) -> None:
            await asyncio.Event().wait()

    async with accepting(bus, tmp_path / "j", publisher=Hanging(bus)) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])

        async with asyncio.timeout(2):
            verdicts = await acceptance.accept([an_event()])

        assert verdicts == [Verdict.ACCEPTED]
        assert acceptance.health().detail["broker_behind"] is True


async def test_a_full_journal_leaves_it_to_a_durable_broker(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j", most_bytes=70_000) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        event = an_event(b"x" * 100_000)

        verdicts = await acceptance.accept([event])

        assert verdicts == [Verdict.ACCEPTED]
        assert said_on(bus) == [event.to_say.key]


@pytest.mark.parametrize(("durable", "away"), [(False, False), (True, True)])
async def test_a_full_journal_and_a_broker_that_cannot_be_relied_on_refuse(
    bus: MemoryBus, tmp_path: Path, durable: bool, away: bool
) -> None:
    bus.away = away
    async with accepting(bus, tmp_path / "j", durable=durable, most_bytes=70_000) as acceptance:
        with pytest.raises(NotAccepted):
            await acceptance.accept([an_event(b"x" * 100_000)])

        assert acceptance.health().ready is False
        assert await acceptance.accept([an_event()]) == [Verdict.ACCEPTED]
        assert acceptance.health().ready is True


async def test_an_event_the_broker_never_takes_is_not_in_the_way_of_others(tmp_path: Path) -> None:
    bus = MemoryBus({"things": 1}, max_message_bytes=1000)
    bus.away = True
    async with accepting(bus, tmp_path / "j") as acceptance:
        await acceptance.accept([an_event(b"x" * 5000)])
        events = [an_event() for _ in range(5)]
        await acceptance.accept(events)

        bus.away = False
        await until(lambda: set(said_on(bus)) == {each.to_say.key for each in events})
