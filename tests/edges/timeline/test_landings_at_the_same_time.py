"""Batches of several workers at the same time, several in one transaction, and one that is taken back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from builders import MONDAY_10H, a_citizen, a_ref, an_interaction
from contact_events.codec import write_event
from contact_events.envelope import Event
from event_bus.records import Batch, Record
from handlers.timeline.timeline_setting import PASSPORTS, Twin, a_correction, a_link, an_erasure
from timeline.edges.database.landing import record_contacts

pytestmark = pytest.mark.usefixtures("as_few_and_as_many")

DEADLINE_S = 10
HOUR = timedelta(hours=1)
Worker = psycopg.AsyncConnection[Any]
Workers = tuple[Worker, Worker]


@pytest.fixture
async def workers(timeline_database: str, postgres_twin: Twin) -> AsyncIterator[Workers]:
    """The connections of two workers, each with a transaction to begin."""
    async with (
        await psycopg.AsyncConnection.connect(timeline_database) as one,
        await psycopg.AsyncConnection.connect(timeline_database) as other,
    ):
        yield one, other


def a_batch(*events: Event[Any], partition: int = 0) -> Batch:
    records = [Record("interactions", partition, n, None, write_event(event)) for n, event in enumerate(events)]
    return Batch("interactions", partition, records)


async def at_the_same_time(workers: Workers, first: Batch, second: Batch) -> None:
    """Begins the second while the first has landed and not committed; the second may have to wait for that."""
    one, other = workers
    await record_contacts(one, first)
    waiting = asyncio.create_task(record_contacts(other, second))
    await asyncio.wait([waiting], timeout=0.2)
    await one.commit()
    async with asyncio.timeout(DEADLINE_S):
        await waiting
    await other.commit()


async def test_a_correction_finds_its_entry_that_lands_at_the_same_time(workers: Workers, postgres_twin: Twin) -> None:
    """Under another reference it comes by another partition, so by another worker."""
    call = an_interaction(event_id="call", matter="afval")
    correction = a_correction(call, event_id="c", citizen=a_citizen("haar telefoon"), matter="paspoort")

    await at_the_same_time(workers, a_batch(call), a_batch(correction, partition=1))

    assert await postgres_twin.ids(purpose=PASSPORTS) == ["call"]


async def test_an_entry_finds_its_correction_that_lands_at_the_same_time(workers: Workers, postgres_twin: Twin) -> None:
    call = an_interaction(event_id="call", matter="afval")
    correction = a_correction(call, event_id="c", citizen=a_citizen("haar telefoon"), matter="paspoort")

    await at_the_same_time(workers, a_batch(correction, partition=1), a_batch(call))

    assert await postgres_twin.ids(purpose=PASSPORTS) == ["call"]


async def test_what_lands_while_its_citizen_is_erased_is_forgotten_too(workers: Workers, postgres_twin: Twin) -> None:
    call = an_interaction(event_id="call")

    await at_the_same_time(workers, a_batch(an_erasure("mevrouw De Vries", at=MONDAY_10H + HOUR)), a_batch(call, partition=1))

    assert await postgres_twin.ids() == []


async def test_two_links_at_the_same_time_never_join_two_bsns(workers: Workers, postgres_twin: Twin) -> None:
    phone = a_citizen("telefoon", kind="phone")
    await postgres_twin.hear(an_interaction(event_id="hers"), an_interaction(event_id="other", citizen=a_citizen("haar zus")))

    await at_the_same_time(
        workers,
        a_batch(a_link("mevrouw De Vries", phone, link_id="l1", at=MONDAY_10H)),
        a_batch(a_link("haar zus", phone, link_id="l2", at=MONDAY_10H + HOUR), partition=1),
    )

    assert await postgres_twin.ids() == ["hers"]
    assert await postgres_twin.ids(a_ref("haar zus")) == ["other"]


async def test_the_same_event_by_two_workers_is_kept_once(workers: Workers, postgres_twin: Twin) -> None:
    call = an_interaction(event_id="call")
    one, other = workers

    first = await record_contacts(one, a_batch(call))
    waiting = asyncio.create_task(record_contacts(other, a_batch(call, partition=1)))
    await asyncio.wait([waiting], timeout=0.2)
    await one.commit()
    async with asyncio.timeout(DEADLINE_S):
        second = await waiting
    await other.commit()

    assert (first.kept, second.kept, second.repeated, second.parked) == (1, 0, 1, [])
    assert await postgres_twin.ids() == ["call"]


async def test_several_batches_land_in_one_transaction(workers: Workers, postgres_twin: Twin) -> None:
    one, _ = workers

    handled = [await record_contacts(one, a_batch(an_interaction(event_id=str(n)), partition=n)) for n in range(3)]
    await one.commit()

    assert [each.kept for each in handled] == [1, 1, 1]
    assert sorted(await postgres_twin.ids()) == ["0", "1", "2"]


async def test_a_batch_that_was_taken_back_lands_whole_when_it_comes_again(workers: Workers, postgres_twin: Twin) -> None:
    one, _ = workers
    call = an_interaction(event_id="call")
    batch = a_batch(call, a_correction(call, event_id="c", matter="afval"), a_link("mevrouw De Vries", "lid", link_id="l"))

    await record_contacts(one, batch)
    await one.rollback()
    nothing = await postgres_twin.ids()
    handled = await record_contacts(one, batch)
    await one.commit()

    assert nothing == []
    assert (handled.kept, handled.repeated) == (3, 0)
    assert await postgres_twin.ids() == ["call"]
