"""A new version starts on what older ones left: their tables, their events in the topics, what they could not process."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit, urlunsplit

import httpx2
import psycopg

from an_operator import Operator
from contact_events.codec import read_event
from contact_events.envelope import Event, EventData
from contact_events.facts import ReferencesUnlinked
from contact_events.purposes import read_registers
from contact_events.topics import topic_of
from contracts.old_readers import kept_examples
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from faults.hunt.checking import check
from faults.hunt.events import Generator
from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import Ground, scenario
from faults.hunt.sending import Post, Senders
from faults.hunt.town import HuntedTown
from faults.hunt.town_world import PURPOSE, first_page
from faults.whatever_happens import shown_by
from handlers.timeline.timeline_setting import Twin
from plein.local.databases import DATABASE
from plein.topics import readers
from service_runtime.migrations import migrate, migrations_folder
from timeline.edges.memory import MemoryTimelines

FIRST_TABLES = "0001_first.py"
AS_IT_BEGAN = "timeline_as_it_began"
WAITING = 200
FAILED = "failed_in_handler"


class Old(NamedTuple):
    """An event as it was kept when its kind was released."""

    topic: str
    raw: bytes
    event: Event[Any]

    @classmethod
    def read(cls, example: tuple[type[EventData], Path]) -> Self:
        event_class, path = example
        raw = path.read_bytes()
        return cls(topic_of(event_class).name, raw, read_event(raw))


@scenario("upgrade-with-old-events-in-the-topics")
def upgrade_with_old_events_in_the_topics(ground: Ground) -> None:
    """Workers of today start on the first version's tables and rows, with every kind of event ever released in the topics."""
    town = HuntedTown(ground.town.kind, ground.town.folder / "upgraded", workers=0, adapters=1)
    try:
        town.start()
        old = [each for each in map(Old.read, kept_examples()) if each.topic in readers()["timeline"]]
        undoing = next(each for each in old if isinstance(each.event.data, ReferencesUnlinked))
        go_back_to_the_first_tables(town, undoing)
        publish(town, [each for each in old if each is not undoing])
        with Senders(town, Generator(ground.seed, datetime.now(UTC), "upgrade")):
            town.history.wait_for(WAITING)
            town.workers = [town.new_worker(f"timeline{number + 1}") for number in range(2)]
            town.all_running()
        town.settled()
        awaited(lambda: is_shown(town, old), "the timelines show what today's rules make of the old events")
        assert town.rows.parked() == [], "an event of an older version was parked"
        theirs = {each.event.citizen.uuid for each in old}
        sent = {who: shown for who, shown in town.rows.timelines().items() if who not in theirs}
        found = check(town.history.lines, sent)
        assert found.is_right, found.sentence
    finally:
        town.stop()


def go_back_to_the_first_tables(town: HuntedTown, undoing: Old) -> None:
    """Leaves the tables as the first version made them, with a row that a later migration fills in from its event."""
    administrator = urlunsplit(urlsplit(town.postgres.url)._replace(path=f"/{DATABASE}"))
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("DROP SCHEMA timeline CASCADE")
        connection.execute("CREATE SCHEMA timeline AUTHORIZATION timeline")
    versions = town.folder / AS_IT_BEGAN / "migrations" / "versions"
    versions.mkdir(parents=True)
    (town.folder / AS_IT_BEGAN / "__init__.py").touch()
    shutil.copy(migrations_folder("timeline") / "versions" / FIRST_TABLES, versions)
    sys.path.insert(0, str(town.folder))
    try:
        migrate(AS_IT_BEGAN, town.rows.database_url, "timeline")
    finally:
        sys.path.remove(str(town.folder))
    with psycopg.connect(town.rows.database_url) as connection:
        connection.execute(
            "INSERT INTO timeline.link_undone (link_id, event_id, citizen, raw) VALUES (%s, %s, %s, %s)",
            (undoing.event.data.link_id, undoing.event.key, undoing.event.citizen.uuid, undoing.raw),
        )


def publish(town: HuntedTown, events: Sequence[Old]) -> None:
    """Writes the kept examples onto their topics, to the byte."""

    async def published() -> None:
        publisher = KafkaPublisher(town.broker_settings)
        try:
            await publisher.publish([ToSay(each.topic, each.event.citizen.value, each.raw, each.event.key) for each in events])
        finally:
            await publisher.stop()

    asyncio.run(published())


def is_shown(town: HuntedTown, events: Sequence[Old]) -> bool:
    """Says whether an agent sees what a timeline in memory makes of the events."""
    refs = {each.event.citizen.text: each.event.citizen for each in events}
    timelines = MemoryTimelines()
    asyncio.run(Twin(timelines, timelines.record_contacts).hear(*(each.raw for each in events)))
    _, purposes = read_registers(None, None)
    expected = asyncio.run(shown_by(timelines, refs, purposes.by_code[PURPOSE]))
    with httpx2.Client(timeout=10, trust_env=False) as client:
        token = town.token("agent")
        return expected == {text: first_page(client, town.workers[0].url, token, ref) for text, ref in refs.items()}


@scenario("redriven-after-a-fix")
def redriven_after_a_fix(ground: Ground) -> None:
    """A version with a fault parks what was accepted; it is listed and shown, and lands once when the fixed one redrives it."""
    town = ground.town
    ground.burst(2)
    town.settled()
    for worker in town.workers:
        worker.arm("in_handler", "fail")
    told = Post(town).send(ground.events.batch(20), town.adapters[0])
    keys = {line.key for line in told}
    awaited(lambda: 0 < _parked(town) == len(town.rows.missing(keys)), "the faulty version has parked what is new")
    for worker in town.workers:
        worker.stop()
    town.all_running()
    operator = Operator(town.folder, town.rows.database_url)
    first = town.rows.count(f"SELECT min(parked_id) FROM timeline.parked WHERE reason = '{FAILED}'")
    listed = operator.runs("parked", "list", "--service", "timeline")
    shown = operator.runs("parked", "show", str(first), "--service", "timeline")
    redriven = operator.runs("parked", "redrive", "--reason", FAILED, "--service", "timeline")
    again = operator.runs("parked", "redrive", "--reason", FAILED, "--service", "timeline")
    assert FAILED in listed[1], listed
    assert "AOW" in shown[1], shown
    assert redriven[0] == 0, redriven
    assert again == (0, "timeline: nothing is parked that was asked for\n"), again
    town.settled()


def _parked(town: HuntedTown) -> int:
    return town.rows.count(f"SELECT count(*) FROM timeline.parked WHERE reason = '{FAILED}'")
