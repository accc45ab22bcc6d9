"""Accepted means durable: what is answered, and what happens to it when the broker is away, empty, or the journal full."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from event_bus.acceptance import Acceptance, NotAccepted
from event_bus.journal import Accepting, Journal, Verdict
from event_bus.memory import MemoryBus, MemoryPublisher
from event_bus.records import ToSay
from progress import until


def an_event(value: bytes = b"said") -> Accepting:
    """A submission of one event."""
    key = uuid.uuid4()
    return Accepting((ToSay("things", key.bytes, value, key),), b"digest")


def a_call(name: str, content: bytes = b"a", *, questions: int = 3) -> Accepting:
    """A submission of as many events as the call had questions."""
    keys = [uuid.uuid5(uuid.NAMESPACE_URL, f"{name}#{number}") for number in range(1, questions + 1)]
    return Accepting(tuple(ToSay("things", key.bytes, content, key) for key in keys), content[:16])


def said_on(bus: MemoryBus) -> list[bytes]:
    return [record.key for record in bus.records("things") if record.key is not None]


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


async def test_an_accepted_event_is_on_the_broker_and_its_state_says_so(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j") as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        event = an_event()

        verdicts = await acceptance.accept([event])

        assert verdicts == [Verdict.ACCEPTED]
        assert said_on(bus) == [event.key.bytes]
        assert await acceptance.state_of(event.key) == "passed_on"


async def test_at_its_end_it_lets_go_of_the_broker_it_asks(bus: MemoryBus, tmp_path: Path) -> None:
    """A client left open goes on calling a broker that is gone."""
    async with accepting(bus, tmp_path / "j"):
        assert bus.let_go_of == 0

    assert bus.let_go_of == 1


async def test_a_repeat_is_not_said_again(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j") as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        event = an_event()

        verdicts = [*await acceptance.accept([event]), *await acceptance.accept([event])]

        assert verdicts == [Verdict.ACCEPTED, Verdict.REPEATED]
        assert len(said_on(bus)) == 1


async def test_every_event_of_a_submission_is_said_and_of_a_repeat_only_what_was_missing(bus: MemoryBus, tmp_path: Path) -> None:
    """Nothing is said of other content under a known key."""
    async with accepting(bus, tmp_path / "j") as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        half, whole = a_call("half"), a_call("whole")
        await acceptance.accept([Accepting(half.events[:1], half.digest)])

        verdicts = await acceptance.accept([whole, half, a_call("whole", b"b", questions=5)])

        assert verdicts == [Verdict.ACCEPTED, Verdict.REPEATED, Verdict.OTHER_CONTENT]
        assert sorted(said_on(bus)) == sorted(said.key for each in (half, whole) for said in each.events)


async def test_events_accepted_while_the_broker_is_away_arrive_when_it_is_back(bus: MemoryBus, tmp_path: Path) -> None:
    bus.away = True
    async with accepting(bus, tmp_path / "j") as acceptance:
        events = [an_event() for _ in range(20)]

        assert await acceptance.accept(events) == [Verdict.ACCEPTED] * 20
        assert await acceptance.state_of(events[0].key) == "received"
        bus.away = False
        await until(lambda: len(said_on(bus)) == 20)

    assert set(said_on(bus)) == {each.key.bytes for each in events}


async def test_a_broker_that_came_back_empty_is_said_everything_again(bus: MemoryBus, tmp_path: Path) -> None:
    async with accepting(bus, tmp_path / "j", durable=False) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        events = [an_event() for _ in range(20)]
        await acceptance.accept(events)

        bus.restart_empty()
        await until(lambda: len(said_on(bus)) == 20)

    assert set(said_on(bus)) == {each.key.bytes for each in events}


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
        assert said_on(bus) == [event.key.bytes]


async def test_a_full_journal_still_tells_a_repeat_and_other_content_from_what_is_new(bus: MemoryBus, tmp_path: Path) -> None:
    """What it holds can be read: nothing of other content reaches the broker, and every event of what is new does."""
    async with accepting(bus, tmp_path / "j", most_bytes=70_000) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])
        known, large = a_call("known", questions=1), a_call("large", b"x" * 50_000)
        await acceptance.accept([known])

        verdicts = await acceptance.accept([known, a_call("known", b"b"), large, a_call("large", b"y", questions=4)])

        assert verdicts == [Verdict.REPEATED, Verdict.OTHER_CONTENT, Verdict.ACCEPTED, Verdict.OTHER_CONTENT]
        assert sorted(said_on(bus)) == sorted(said.key for each in (known, large) for said in each.events)


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
        await until(lambda: set(said_on(bus)) == {each.key.bytes for each in events})


async def test_what_is_accepted_together_is_published_together(bus: MemoryBus, tmp_path: Path) -> None:
    """A call of the publisher costs more than an event in it."""
    calls: list[int] = []

    class Counting(MemoryPublisher):
        async def publish(self, events: Sequence[ToSay]) -> None:
            calls.append(len(events))
            await super().publish(events)

    async with accepting(bus, tmp_path / "j", publisher=Counting(bus)) as acceptance:
        await until(lambda: not acceptance.health().detail["broker_behind"])

        verdicts = await asyncio.gather(*(acceptance.accept([an_event()]) for _ in range(50)))

        assert verdicts == [[Verdict.ACCEPTED]] * 50
        assert sum(calls) == 50
        assert len(calls) <= 5
