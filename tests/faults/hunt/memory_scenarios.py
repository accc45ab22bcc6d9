"""What a worker holds in memory is bounded by what it takes at once, whatever waits in the topics and for whomever."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import psutil
from aiokafka import AIOKafkaProducer

from builders import an_event
from contact_events.citizen_ref import CitizenRef
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference
from event_bus.settings import sign_in
from faults.hunt.history import ACCEPTED, Told
from faults.hunt.hunted_process import HuntedProcess, awaited
from faults.hunt.proxy import Mode
from faults.hunt.scenario import Ground, scenario
from faults.hunt.showing import timeline_over_http
from faults.hunt.town import TOPIC, HuntedTown

HOT = 1_000_000
HOT_IN_SMALL = 30_000
AT_ONCE = 5_000
SLOW_S = 20.0
SHOWN = 5_000
MOST_BYTES = 512 * 1024 * 1024
LOOK_EVERY_S = 0.1
PATIENCE_S = 900.0


@scenario("hot-citizen-under-a-slow-database", small=True)
def hot_citizen_under_a_slow_database(ground: Ground) -> None:
    """A million contacts of one citizen wait while PostgreSQL is slow: all land, are shown, and no worker grows with them."""
    town = ground.town
    # The embedded broker keeps its log in the memory of this machine.
    count = HOT if town.broker.durable and not ground.is_small else HOT_IN_SMALL
    citizen = CitizenRef(ground.dice.randbytes(16), 1)
    town.all_running()
    with highest_memory_of(town.workers) as highest:
        town.postgres_proxy.mode = Mode.SLOW
        began_at = time.monotonic()
        told = asyncio.run(published(town, citizen, count))
        time.sleep(max(0.0, SLOW_S - (time.monotonic() - began_at)))
        town.postgres_proxy.mode = Mode.PASS
        landed = f"SELECT count(*) FROM timeline.entry WHERE citizen = '{citizen.uuid}'"
        awaited(lambda: town.rows.count(landed) >= count, "all contacts of one citizen have landed", PATIENCE_S)
        with httpx.Client(timeout=10, trust_env=False) as client:
            shown = timeline_over_http(client, town.workers[0].url, town.token("agent"), citizen.uuid, most=SHOWN)
    newest = sorted(((line.occurred_at, line.key) for line in told), reverse=True)[: len(shown)]
    assert [(each.occurred_at, each.key) for each in shown] == newest, "the newest contacts are not those that were sent"
    assert len(shown) >= min(SHOWN, count)
    ground.measure("worker_memory_mb", highest[0] / 2**20)
    assert highest[0] <= MOST_BYTES, f"a worker took {highest[0] / 2**20:.0f} MB"
    town.settled(PATIENCE_S)


@contextmanager
def highest_memory_of(workers: list[HuntedProcess]) -> Iterator[list[int]]:
    """Yields a list with the most resident bytes that any worker had until now."""
    highest, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            for worker in workers:
                with suppress(psutil.NoSuchProcess):
                    highest[0] = max(highest[0], psutil.Process(worker.process.pid).memory_info().rss)

    looking = threading.Thread(target=look, name="hunt-memory", daemon=True)
    looking.start()
    try:
        yield highest
    finally:
        over.set()
        looking.join()


async def published(town: HuntedTown, citizen: CitizenRef, count: int) -> list[Told]:
    """Writes contacts of one citizen straight onto the topic; what the broker acknowledged is told as accepted."""
    producer = AIOKafkaProducer(acks="all", enable_idempotence=town.broker.durable, linger_ms=5, **sign_in(town.broker_settings))
    await producer.start()
    told: list[Told] = []
    try:
        for start in range(0, count, AT_ONCE):
            events = [contact(citizen, number) for number in range(start, min(count, start + AT_ONCE))]
            await asyncio.gather(*[await producer.send(TOPIC, write_event(each), citizen.value) for each in events])
            now = datetime.now(UTC)
            told += [Told(each.source, each.id, each.key, citizen.uuid, each.data.occurred_at, ACCEPTED, now) for each in events]
            town.history.note(told[start:])
    finally:
        await producer.stop()
    return told


def contact(citizen: CitizenRef, number: int) -> Event[InteractionRecorded]:
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=number // 2)
    data = InteractionRecorded(
        citizen=CitizenReference(ref=citizen.text, kind="bsn", assurance="low"),
        channel="web",
        direction="inbound",
        matter="aow",
        occurred_at=at,
        recorded_at=at,
        summary="Wanneer kan ik mijn AOW aanvragen?",
    )
    return an_event(data, event_id=f"{citizen.text} {number}", source="urn:nld:test:hot", logged_at=at)
