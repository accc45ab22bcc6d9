"""`plein replay` beside a real timeline reader on real brokers: everything is read again, and every row stays as it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from an_operator import Operator
from builders import a_citizen, a_contact_point, an_interaction
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.topics import TOPICS
from engines import BrokerUnderTest, Engines
from event_bus.ingest import PostgresIngest
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher
from event_bus.records import Arrivals, Handled, ToSay
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from handlers.timeline.timeline_setting import a_correction
from progress import until
from service_runtime.database import ingest_pool
from service_runtime.migrations import migrate
from service_runtime.settings import DatabaseSettings
from timeline.edges.database.landing import record_contacts

READ = [topic.name for topic in TOPICS if "timeline" in topic.read_by]
KEPT = {
    table: f"SELECT {table}::text FROM timeline.{table}" for table in ("entry", "amendment", "known_event", "contact_point_seen")
}
# When a source was last heard has a row per lane, and which lanes there are depends on which partitions came together.
KEPT |= {"heard": "SELECT source, max(heard_at) FROM timeline.source_heard GROUP BY source"}


@dataclass
class Reading:
    """A timeline's reader with its broker and tables, the operator beside it, and how many records it was handed."""

    broker: BrokerUnderTest
    operator: Operator
    handed: int = 0

    @property
    def settings(self) -> BrokerSettings:
        return BrokerSettings(broker_servers=self.broker.address, broker_durable=self.broker.durable, broker_session_timeout_s=2)

    async def handle(self, connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        handled = await record_contacts(connection, batch)
        self.handed += len(batch.records)
        return handled

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[None]:
        async with ingest_pool(DatabaseSettings(database_url=self.operator.url)) as pool:
            ingest = PostgresIngest(pool, "timeline", "timeline", self.handle, broker_durable=self.broker.durable)
            worker = StreamWorker(self.settings, "timeline", READ, ingest)
            await worker.start()
            try:
                yield
            finally:
                await worker.stop()

    async def publish(self, *events: Event[Any]) -> None:
        publisher = KafkaPublisher(self.settings)
        await publisher.publish([ToSay("interactions", each.citizen.value, write_event(each), each.key) for each in events])
        await publisher.stop()

    async def replay(self, *words: str, answers: str = "") -> tuple[int, str]:
        return await asyncio.to_thread(self.operator.runs, "replay", "--service", "timeline", *words, answers=answers)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row, to the byte and to the moment it was kept."""
        return {table: sorted(self.operator.query(query)) for table, query in KEPT.items()}

    def count(self) -> int:
        return int(self.operator.query("SELECT count(*) FROM timeline.known_event")[0][0])

    def stands_at(self) -> int:
        return int(self.operator.query("SELECT coalesce(sum(next_offset), 0) FROM timeline.stream_position")[0][0])


@pytest.fixture
def reading(breakable_broker: BrokerUnderTest, fresh_database: str, tmp_path: Path) -> Reading:
    """On a broker of its own: the topics are those of the catalogue."""
    migrate("timeline", fresh_database, "timeline")
    settings = {"BROKER_SERVERS": breakable_broker.address, "BROKER_DURABLE": str(breakable_broker.durable).lower()}
    made = Reading(breakable_broker, Operator(tmp_path, fresh_database, **settings))
    provision(made.settings, [TopicSpec(topic, 3, 3_600_000) for topic in READ])
    return made


def contacts(first: int, count: int) -> list[Event[Any]]:
    """Calls of several people, some with a phone number, every fifth corrected."""
    calls = [
        an_interaction(
            event_id=f"call {n}",
            citizen=a_citizen(n % 7),
            contact_points=(a_contact_point(n % 3),),
        )
        for n in range(first, first + count)
    ]
    return [*calls, *(a_correction(of, event_id=f"correction of {of.id}", matter="aow") for of in calls[::5])]


async def test_everything_is_read_again_under_a_running_reader_and_every_row_stays_as_it_was(reading: Reading) -> None:
    """Nothing new comes in that could be refused; what comes after it lands as ever."""
    events = contacts(0, 200)
    async with reading.runs():
        await reading.publish(*events)
        await until(lambda: reading.count() == len(events), seconds=60)
        before = reading.rows()

        code, told = await reading.replay("--from-start", "--yes")
        await until(lambda: reading.handed == 2 * len(events), seconds=60)
        await until(lambda: reading.stands_at() == len(events), seconds=60)
        after = reading.rows()

        await reading.publish(*contacts(200, 50))
        await until(lambda: reading.count() == len(events) + 60, seconds=60)

    assert code == 0, told
    assert f"{len(events)} events are read again" in told
    assert after == before


async def test_events_that_come_during_replays_land_once(reading: Reading) -> None:
    """A reader with work is refused its batch; three times in a row."""
    async with reading.runs():
        for start in (0, 300, 600):
            await asyncio.gather(reading.publish(*contacts(start, 300)), reading.replay("--from-start", "--yes"))
        await until(lambda: reading.count() == 1080, seconds=60)
        await until(lambda: reading.stands_at() == 1080, seconds=60)

    assert reading.operator.query("SELECT count(*), count(DISTINCT event_id) FROM timeline.entry") == [(900, 900)]
    assert reading.handed > 1080


async def test_since_a_moment_only_what_came_then_is_read_again_by_a_reader_that_is_started_later(reading: Reading) -> None:
    first, second = contacts(0, 50), contacts(50, 30)
    async with reading.runs():
        await reading.publish(*first)
        await until(lambda: reading.count() == len(first), seconds=60)
        moment = datetime.now(UTC).isoformat()
        await asyncio.sleep(0.01)  # the next millisecond: the broker counts in them
        await reading.publish(*second)
        await until(lambda: reading.count() == len(first) + len(second), seconds=60)
    reading.handed = 0

    code, told = await reading.replay("--since", moment, "--yes")
    async with reading.runs():
        await until(lambda: reading.stands_at() == len(first) + len(second), seconds=60)

    assert code == 0, told
    assert f"{len(second)} events are read again" in told
    assert reading.handed == len(second)


@pytest.fixture
def at_rest(engines: Engines, fresh_database: str, tmp_path: Path) -> Reading:
    """A reader that does not run, on the session's embedded broker: what is in its topics does not matter."""
    broker = engines.broker("embedded")
    assert broker is not None
    migrate("timeline", fresh_database, "timeline")
    settings = {"BROKER_SERVERS": broker.address, "BROKER_DURABLE": "true"}
    made = Reading(broker, Operator(tmp_path, fresh_database, **settings))
    provision(made.settings, [TopicSpec(topic, 1, 3_600_000) for topic in READ])
    return made


async def test_positions_of_another_log_and_of_partitions_it_does_not_have_are_put_right(at_rest: Reading) -> None:
    """What a reader of a durable broker stops at until an operator says so."""
    with psycopg.connect(at_rest.operator.url) as connection:
        connection.execute(
            "INSERT INTO timeline.stream_position (reader, topic, partition, log_id, next_offset)"
            " VALUES ('timeline', 'interactions', 0, 'another', 7), ('timeline', 'interactions', 99, 'another', 7),"
            " ('timeline', 'somebody-elses', 3, 'another', 7)"
        )

    code, told = await at_rest.replay("--from-start", "--yes")

    assert code == 0, told
    assert "interactions/0: from nowhere in this log to 0" in told
    assert "interactions/99: not in this log, its position is forgotten" in told
    stands = at_rest.operator.query("SELECT topic, partition, log_id = 'another' FROM timeline.stream_position")
    assert ("interactions", 0, False) in stands
    assert [each for each in stands if each[2]] == [("somebody-elses", 3, True)]


async def test_nothing_moves_before_it_is_confirmed_or_without_a_moment_that_can_be_read(at_rest: Reading) -> None:
    answers = [
        await at_rest.replay("--from-start", answers="n\n"),
        await at_rest.replay("--since", "2026-11-24T09:00:00", "--yes"),
        await at_rest.replay("--since", "yesterday", "--yes"),
        await at_rest.replay("--yes"),
        await at_rest.replay("--from-start", "--since", "2026-11-24T09:00:00Z", "--yes"),
    ]
    moved_before = at_rest.operator.query("SELECT 1 FROM timeline.stream_position")
    confirmed = await at_rest.replay("--from-start", answers="y\n")
    again = await at_rest.replay("--from-start")

    assert [code for code, _ in answers] == [1, 2, 2, 2, 2]
    assert moved_before == []
    assert (confirmed[0], again[0]) == (0, 0)
    assert "stands there already: nothing to read again" in again[1]
