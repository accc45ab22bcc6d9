"""The journal forgets what an erasure covers: rows, and every byte of them in the file and beside it."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from event_bus.forgetting import Forgetting, carried_before
from event_bus.journal import Accepting, Journal
from event_bus.records import ToSay

SHE, OTHER = b"s" * 16, b"o" * 16
WORD = b"kanariegeel"


def now() -> datetime:
    return datetime.now(UTC)


def a_contact(key: bytes, value: bytes = WORD) -> Accepting:
    return Accepting((ToSay("interactions", key, value, uuid4()),), b"digest")


def her_erasure(at: datetime | None = None) -> Forgetting:
    return Forgetting(UUID(int=7), frozenset({SHE}), at or now())


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_what_was_published_and_what_waits_is_forgotten_and_nobody_elses(journal: Journal) -> None:
    published, waiting, others = a_contact(SHE), a_contact(SHE), a_contact(OTHER)
    await journal.accept([published, waiting, others])
    await journal.mark_published([published.key], "log 1")

    counts = await journal.forget([her_erasure()], carried_before, log_id="log 1", followed={})

    assert counts == {UUID(int=7): 2}
    assert [await journal.state_of(each.key) for each in (published, waiting, others)] == [None, None, "received"]
    assert [said.key for _, said in await journal.waiting(10)] == [OTHER]


async def test_no_byte_of_it_is_left_in_the_file_or_beside_it(journal: Journal, tmp_path: Path) -> None:
    """Also of one so long that it fills pages of its own."""
    await journal.accept([a_contact(SHE), a_contact(SHE, WORD * 5_000), a_contact(OTHER, b"gewoon")])
    assert WORD in bytes_in(tmp_path)

    await journal.forget([her_erasure()], carried_before, log_id="log 1", followed={})

    assert WORD not in bytes_in(tmp_path)
    assert b"gewoon" in bytes_in(tmp_path)


async def test_what_is_not_covered_stays(journal: Journal) -> None:
    """A contact that was accepted after the moment is a new one."""
    contact = a_contact(SHE)
    await journal.accept([contact])

    counts = await journal.forget([her_erasure(now() - timedelta(hours=1))], carried_before, log_id="log 1", followed={})

    assert counts == {UUID(int=7): 0}
    assert await journal.state_of(contact.key) == "received"


async def test_what_is_accepted_while_the_journal_is_looked_through_is_forgotten_too(journal: Journal) -> None:
    """Others go on accepting meanwhile, and one of them may still bring something of hers."""
    await journal.accept([a_contact(SHE)])
    looking, go_on = threading.Event(), threading.Event()

    def covers(value: bytes | None, carried_at: datetime, erased_at: datetime) -> bool:
        looking.set()
        return go_on.wait(10)

    forgetting = asyncio.create_task(journal.forget([her_erasure()], covers, log_id="log 1", followed={}))
    await asyncio.to_thread(looking.wait, 10)
    await journal.accept([a_contact(SHE)])
    go_on.set()

    assert await forgetting == {UUID(int=7): 2}
    assert await journal.count_waiting() == 0


async def test_an_erasure_that_comes_again_keeps_what_it_told_first(journal: Journal) -> None:
    await journal.accept([a_contact(SHE)])
    assert await journal.told_of(UUID(int=7)) is None

    for _ in range(2):
        await journal.forget([her_erasure()], carried_before, log_id="log 1", followed={})

    told = await journal.told_of(UUID(int=7))
    assert told is not None
    assert told.counts == {"accepted": 1}


async def test_where_it_followed_to_outlives_the_process_and_counts_in_its_own_log(journal: Journal, tmp_path: Path) -> None:
    await journal.forget([], carried_before, log_id="log 1", followed={0: 4, 1: 9})
    await journal.forget([], carried_before, log_id="log 1", followed={1: 12})
    await journal.stop()

    next_life = Journal(tmp_path / "journal.sqlite")
    await next_life.start()

    assert await next_life.followed("log 1") == {0: 4, 1: 12}
    assert await next_life.followed("log 2") == {}
    await next_life.stop()


async def test_a_full_journal_forgets_and_has_room_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "small.sqlite", most_bytes=300_000)
    await journal.start()
    await journal.accept([a_contact(SHE, WORD * 20_000)])

    await journal.forget([her_erasure()], carried_before, log_id="log 1", followed={0: 1})
    await journal.accept([a_contact(OTHER, b"y" * 200_000)])

    assert await journal.count_waiting() == 1
    await journal.stop()
