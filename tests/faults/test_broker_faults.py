"""The broker dies, hangs, or comes back without its events; what was accepted arrives."""

import asyncio
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from kafka import TopicPartition as KafkaPartition

from event_bus.acceptance import Acceptance
from event_bus.broker_view import BrokerView, admin_client
from event_bus.journal import Accepting, Journal, Verdict
from event_bus.publisher import KafkaPublisher
from faults.loss_hunt import PARTITIONS, Hunt, until


@asynccontextmanager
async def accepting(hunt: Hunt, journal: Path) -> AsyncIterator[Acceptance]:
    """An adapter's acceptance on the hunt's broker."""
    view, publisher = BrokerView(hunt.settings), KafkaPublisher(hunt.settings)
    acceptance = Acceptance(Journal(journal), publisher, view, broker_durable=hunt.broker.durable, ack_timeout_ms=500)
    await publisher.start()
    await acceptance.start()
    try:
        yield acceptance
    finally:
        await acceptance.stop()
        await publisher.stop()


async def accept(hunt: Hunt, acceptance: Acceptance, count: int) -> None:
    """Has events accepted, as many senders at once would, and notes them."""

    async def one() -> uuid.UUID:
        said = hunt.event()
        assert await acceptance.accept([Accepting((said,), b"digest")]) == [Verdict.ACCEPTED]
        return said.event_key

    for _ in range(count // 50):
        hunt.accepted.extend(await asyncio.gather(*(one() for _ in range(50))))


def not_acknowledged(journal: Path) -> int:
    """Returns how many events the journal has not noted as acknowledged by a broker."""
    with closing(sqlite3.connect(journal)) as connection:
        return int(connection.execute("SELECT count(*) FROM accepted WHERE published_in IS NULL").fetchone()[0])


async def test_a_broker_killed_and_started_again_loses_nothing_that_was_accepted(breaking_hunt: Hunt, tmp_path: Path) -> None:
    """The embedded one comes back empty and under another id: the journal says everything again, the reader starts anew."""
    hunt = breaking_hunt
    await hunt.prepare()
    worker = hunt.start_worker()

    async with accepting(hunt, tmp_path / "journal.sqlite") as acceptance:
        await accept(hunt, acceptance, 500)
        await until(lambda: hunt.count() > 0, "the worker writes", explain=hunt.explain)
        worker.send(signal.SIGSTOP)
        await accept(hunt, acceptance, 500)
        await until(lambda: not_acknowledged(tmp_path / "journal.sqlite") == 0, "the broker has acknowledged all of it")
        hunt.broker.kill()
        await accept(hunt, acceptance, 500)
        await asyncio.to_thread(hunt.broker.start)
        await hunt.make_topic()
        worker.send(signal.SIGCONT)
        await accept(hunt, acceptance, 500)
        await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
    assert worker.process.poll() is None


async def test_a_broker_that_hangs_delays_what_was_accepted_and_loses_nothing(breaking_hunt: Hunt, tmp_path: Path) -> None:
    """Its connections stay open and nothing answers: the journal answers the senders after the time-out."""
    hunt = breaking_hunt
    await hunt.prepare()
    hunt.start_worker()

    async with accepting(hunt, tmp_path / "journal.sqlite") as acceptance:
        await accept(hunt, acceptance, 200)
        hunt.broker.pause()
        await accept(hunt, acceptance, 200)
        hunt.broker.resume()
        await accept(hunt, acceptance, 200)
        await hunt.everything_arrived()

    hunt.assert_each_exactly_once()


async def test_an_adapter_that_died_right_after_accepting_says_it_in_its_next_life(embedded_hunt: Hunt, tmp_path: Path) -> None:
    """Accepted while the broker could not be reached, and never stopped in order: the journal alone remembers."""
    hunt = embedded_hunt
    await hunt.prepare()
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.start()
    events = [hunt.event() for _ in range(300)]
    judged = await journal.accept([Accepting((each,), b"digest") for each in events])
    assert {each.verdict for each in judged} == {Verdict.ACCEPTED}
    hunt.accepted.extend(each.event_key for each in events)

    hunt.start_worker()
    async with accepting(hunt, tmp_path / "journal.sqlite"):
        await hunt.everything_arrived()
    await journal.stop()

    hunt.assert_each_exactly_once()


async def test_a_position_beyond_the_end_of_the_log_ends_the_worker_with_a_sentence(durable_hunt: Hunt) -> None:
    """The log lost events, for example to a restored backup: never silently reset."""
    hunt = durable_hunt
    await hunt.prepare()
    await hunt.publish(200)
    first = hunt.start_worker()
    await hunt.everything_arrived()
    first.send(signal.SIGTERM)
    assert await first.ended() == 0

    hunt.execute("UPDATE hunt.stream_position SET next_offset = next_offset + 1000")
    second = hunt.start_worker()

    assert await second.ended() == 1
    assert "but the log ends at" in second.errors.read_text()


async def test_events_deleted_before_they_were_read_end_the_worker_with_a_sentence(durable_hunt: Hunt) -> None:
    """Retention overtook the reader: that is loss, and somebody must know."""
    hunt = durable_hunt
    await hunt.prepare()
    await hunt.publish(200)
    first = hunt.start_worker()
    await hunt.everything_arrived()
    first.send(signal.SIGTERM)
    assert await first.ended() == 0

    await hunt.publish(400)
    admin = admin_client(hunt.settings, timeout_ms=5000)
    await asyncio.to_thread(admin.delete_records, {KafkaPartition(hunt.topic, each): 100 for each in range(PARTITIONS)})
    admin.close()
    second = hunt.start_worker()

    assert await second.ended() == 1
    assert "but the log begins at 100" in second.errors.read_text()


async def test_another_broker_in_the_place_of_a_durable_one_ends_the_worker_with_a_sentence(durable_hunt: Hunt) -> None:
    """A wrong address, or a broker made anew: its offsets mean nothing to the stored positions."""
    hunt = durable_hunt
    await hunt.prepare()
    await hunt.publish(100)
    first = hunt.start_worker()
    await hunt.everything_arrived()
    first.send(signal.SIGTERM)
    assert await first.ended() == 0

    hunt.execute("UPDATE hunt.stream_position SET log_id = 'the one before'")
    second = hunt.start_worker()

    assert await second.ended() == 1
    assert "is not the one" in second.errors.read_text()
