"""The journal: durable, once, honest about other content, and full without harm."""

import asyncio
import threading
import time
import uuid
from pathlib import Path

import pytest

from event_bus.journal import KEPT_SECONDS, Accepting, Journal, JournalFull, Judged, Verdict
from event_bus.records import ToSay


def an_event(value: bytes = b"said", key: uuid.UUID | None = None) -> Accepting:
    """A submission of one event."""
    event_key = key or uuid.uuid4()
    return Accepting((ToSay("things", event_key.bytes, value, event_key, (("content-type", b"text/\xff"),)),), value[:16])


def a_call(content: bytes = b"a", *, questions: int, name: str = "call") -> Accepting:
    """A submission of as many events as the call had questions; the name is its id."""
    keys = [uuid.uuid5(uuid.NAMESPACE_URL, f"{name}#{number}") for number in range(1, questions + 1)]
    return Accepting(tuple(ToSay("things", b"k", content, key) for key in keys), content)


def verdicts(judged: list[Judged]) -> list[Verdict]:
    return [each.verdict for each in judged]


async def kept_in(journal: Journal) -> list[bytes]:
    return [said.value for _, said in await journal.waiting(1000)]


async def test_an_accepted_event_waits_whole_and_in_order(journal: Journal) -> None:
    events = [an_event(b"one"), an_event(b"two"), an_event(b"three")]

    judged = await journal.accept(events)

    assert judged == [(Verdict.ACCEPTED, each.events) for each in events]
    assert [said for _, said in await journal.waiting(10)] == [said for each in events for said in each.events]


async def test_the_same_event_again_is_a_repeat_and_other_content_is_called_that(journal: Journal) -> None:
    first = an_event(b"one")
    await journal.accept([first])

    again = await journal.accept([first, an_event(b"two", first.key), an_event()])

    assert verdicts(again) == [Verdict.REPEATED, Verdict.OTHER_CONTENT, Verdict.ACCEPTED]
    assert await journal.count_waiting() == 2


async def test_a_repeat_inside_one_call_is_seen_too(journal: Journal) -> None:
    event = an_event()

    assert verdicts(await journal.accept([event, event])) == [Verdict.ACCEPTED, Verdict.REPEATED]


async def test_of_two_contents_under_one_id_in_one_call_nothing_of_the_second_is_kept(journal: Journal) -> None:
    """Also not the questions that the first does not have."""
    judged = await journal.accept([a_call(b"a", questions=1), a_call(b"b", questions=3)])

    assert verdicts(judged) == [Verdict.ACCEPTED, Verdict.OTHER_CONTENT]
    assert await kept_in(journal) == [b"a"]


async def test_of_two_contents_under_one_id_sent_at_once_one_is_kept_whole_and_the_other_not_at_all(journal: Journal) -> None:
    """Whichever is first; they share a commit."""
    short, long = a_call(b"a", questions=2), a_call(b"b", questions=3)

    heard = await asyncio.gather(*(journal.accept([each]) for each in (short, long, short, long)))

    assert [verdicts(each) for each in heard] == [
        [Verdict.ACCEPTED],
        [Verdict.OTHER_CONTENT],
        [Verdict.REPEATED],
        [Verdict.OTHER_CONTENT],
    ]
    assert await kept_in(journal) == [b"a", b"a"]


async def test_a_submission_that_was_kept_by_half_is_completed_when_it_comes_again(journal: Journal) -> None:
    """As an earlier version could leave it. What was missing is named, because it is still to be said."""
    whole = a_call(questions=3)
    await journal.accept([Accepting(whole.events[:1], whole.digest)])

    again = await journal.accept([whole, whole])

    assert again == [(Verdict.REPEATED, whole.events[1:]), (Verdict.REPEATED, ())]
    assert await kept_in(journal) == [b"a"] * 3


async def test_judging_says_what_accepting_would_and_keeps_nothing(journal: Journal) -> None:
    await journal.accept([a_call(b"a", questions=1)])
    submissions = [a_call(b"b", questions=3), a_call(b"a", questions=1), a_call(questions=2, name="another")]

    judged = await journal.judge(submissions)

    assert await kept_in(journal) == [b"a"]
    assert judged == await journal.accept(submissions)


async def test_what_was_accepted_is_there_in_the_next_life(journal: Journal, tmp_path: Path) -> None:
    """Opened beside the first one, which was never stopped: what it answered was on disk."""
    event = an_event()
    await journal.accept([event])

    next_life = Journal(tmp_path / "journal.sqlite")
    await next_life.start()

    assert [said for _, said in await next_life.waiting(10)] == [*event.events]
    await next_life.stop()


async def test_a_published_event_no_longer_waits_until_the_log_is_another(journal: Journal) -> None:
    event = an_event()
    key = event.key
    await journal.accept([event])

    await journal.mark_published([key], "log 1")
    states = [await journal.state_of(key), await journal.distrust_other_logs("log 1"), await journal.count_waiting()]
    after = [await journal.distrust_other_logs("log 2"), await journal.state_of(key), await journal.count_waiting()]

    assert states == ["passed_on", 0, 0]
    assert after == [1, "received", 1]
    assert await journal.state_of(uuid.uuid4()) is None


async def test_old_events_are_forgotten_but_never_one_that_still_waits(journal: Journal) -> None:
    published, waiting = an_event(), an_event()
    await journal.accept([published, waiting])
    await journal.mark_published([published.key], "log 1")

    forgotten = await journal.forget_old(time.time() + KEPT_SECONDS + 60)

    assert forgotten == 1
    assert await journal.state_of(waiting.key) == "received"


async def test_a_full_journal_refuses_keeps_what_it_has_and_takes_again_when_there_is_room(tmp_path: Path) -> None:
    """The same error a full disk gives; nothing of the refused call is kept."""
    journal = Journal(tmp_path / "small.sqlite", most_bytes=300_000)
    await journal.start()
    kept: list[Accepting] = []

    async def fill() -> None:
        for _ in range(100):
            event = an_event(b"x" * 10_000)
            await journal.accept([event])
            kept.append(event)

    with pytest.raises(JournalFull):
        await fill()

    assert await journal.count_waiting() == len(kept) > 5
    await journal.mark_published([each.key for each in kept], "log 1")
    await journal.forget_old(time.time() + KEPT_SECONDS + 60)
    assert verdicts(await journal.accept([an_event(b"y" * 10_000)])) == [Verdict.ACCEPTED]
    await journal.stop()


async def test_many_senders_at_once_share_commits_and_each_hears_its_own_verdict(journal: Journal) -> None:
    events = [an_event() for _ in range(500)]

    judged = await asyncio.gather(*(journal.accept([each]) for each in [*events, *events[:100]]))

    assert [verdicts(each) for each in judged] == [[Verdict.ACCEPTED]] * 500 + [[Verdict.REPEATED]] * 100
    assert await journal.count_waiting() == 500


async def test_a_call_that_finds_no_room_does_not_take_others_down_with_it(tmp_path: Path) -> None:
    """They share a commit, not a fate."""
    journal = Journal(tmp_path / "small.sqlite", most_bytes=70_000)
    await journal.start()

    outcomes = await asyncio.gather(
        *(journal.accept([an_event(b"x" * size)]) for size in (10, 100_000, 10, 100_000, 10)),
        journal.count_waiting(),
        return_exceptions=True,
    )

    assert [isinstance(each, JournalFull) for each in outcomes] == [False, True, False, True, False, False]
    assert await journal.count_waiting() == 3
    await journal.stop()


async def test_who_asks_from_another_event_loop_hears_the_verdict_there(journal: Journal) -> None:
    heard: list[Judged] = []
    elsewhere = threading.Thread(target=lambda: heard.extend(asyncio.run(journal.accept([an_event()]))), daemon=True)

    elsewhere.start()
    await asyncio.to_thread(elsewhere.join, 5)
    here = await journal.accept([an_event()])

    assert verdicts(heard) == verdicts(here) == [Verdict.ACCEPTED]
