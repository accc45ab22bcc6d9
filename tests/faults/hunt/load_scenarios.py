"""Under full load workers leave and join: nothing is lost, and most of the speed stays."""

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from contact_events.citizen_ref import CitizenRef
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from faults.hunt.history import ACCEPTED, Told
from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import Ground, scenario
from faults.hunt.town import TOPIC, HuntedTown
from timeline.edges.database.tables import LANDING_LOCK

SOURCE = "urn:nld:test:load"
WORKERS = 4
LOADED = 60_000
AT_ONCE = 2_000
CITIZENS = 3_000
LEAVES_EVERY_S = 5.0
PATIENCE_S = 240.0


@scenario("one-of-four-leaves-and-joins")
def one_of_four_leaves_and_joins(ground: Ground) -> None:
    """One of four workers leaves and joins every 5 s under full load: nothing is lost; 0.7 of the speed should stay.

    The speed that stayed is told below the table and fails nothing: on few cores it is mostly the price of starting a
    process, and somebody else's load moves it.
    """
    town = ground.town
    with four_workers(town):
        undisturbed = speed(town, disturbed=False)
        disturbed = speed(town, disturbed=True)
        ground.measure("events_s_undisturbed", undisturbed)
        ground.measure("events_s_leaving_and_joining", disturbed)
        ground.measure("speed_kept_of_0.7", disturbed / undisturbed)
    town.settled()


@contextmanager
def four_workers(town: HuntedTown) -> Iterator[None]:
    """Runs four workers for the time of the block."""
    usual = list(town.workers)
    town.workers += [town.new_worker(f"timeline{number + 1}") for number in range(len(usual), WORKERS)]
    try:
        town.all_running()
        yield
    finally:
        for worker in town.workers[len(usual) :]:
            worker.stop()
        town.workers = usual
        town.all_running()


def speed(town: HuntedTown, *, disturbed: bool) -> float:
    """Loads the topic while nobody may write, and returns how many events a second become durable after that."""
    with psycopg.connect(town.rows.database_url) as holding:
        holding.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        asyncio.run(_loaded(town))
        began_with = _done(town)
    started, over = time.monotonic(), threading.Event()
    leaving = threading.Thread(target=_leave_and_join, args=(town, over), name="hunt-leaving", daemon=True)
    if disturbed:
        leaving.start()
    try:
        awaited(lambda: _done(town) >= began_with + LOADED, "all that was loaded is durable", PATIENCE_S)
        return LOADED / (time.monotonic() - started)
    finally:
        over.set()
        if disturbed:
            leaving.join()


def _leave_and_join(town: HuntedTown, over: threading.Event) -> None:
    """One after the other leaves in order and comes back as a new process."""
    turn = 0
    while not over.is_set():
        leaver = town.workers[turn % len(town.workers)]
        leaver.stop()
        leaver.start()
        turn += 1
        over.wait(LEAVES_EVERY_S)


def _done(town: HuntedTown) -> int:
    return town.rows.count(f"SELECT sum(next_offset) FROM timeline.stream_position WHERE topic = '{TOPIC}'")


async def _loaded(town: HuntedTown) -> None:
    """Writes events straight onto the topic; what the broker acknowledged is told as accepted."""
    publisher = KafkaPublisher(town.broker_settings)
    try:
        for _ in range(0, LOADED, AT_ONCE):
            events = [_event() for _ in range(AT_ONCE)]
            await publisher.publish([ToSay(TOPIC, each.citizen.value, write_event(each), each.key) for each in events])
            now = datetime.now(UTC)
            town.history.note(
                Told(each.source, each.id, each.key, each.citizen.uuid, each.data.occurred_at, ACCEPTED, now) for each in events
            )
    finally:
        await publisher.stop()


def _event() -> Event[InteractionRecorded]:
    number = uuid.uuid4()
    ref = CitizenRef(uuid.UUID(int=number.int % CITIZENS).bytes, 1)
    now = datetime.now(UTC)
    data = InteractionRecorded(
        citizen=CitizenReference(ref=ref.text, kind="bsn", assurance="low"),
        channel="web",
        direction="inbound",
        matter="aow",
        occurred_at=now,
        recorded_at=now,
        summary="Wanneer kan ik mijn AOW aanvragen?",
    )
    return Event(id=number.hex, source=SOURCE, logged_at=now, data=data)
