"""What a worker holds in memory is bounded by what it takes at once, whatever waits in the topics and for whomever."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx2
import psutil
import psycopg

from contact_events.citizen_ref import CitizenRef
from faults.hunt.hunted_process import HuntedProcess, awaited
from faults.hunt.loading import Contact, contact, load, read_up_to
from faults.hunt.proxy import Mode
from faults.hunt.scenario import Ground, scenario
from faults.hunt.showing import timeline_over_http

HOT = 1_000_000
HOT_IN_MEMORY = 30_000
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SLOW_PART = 50
SHOWN = 5_000
MOST_BYTES = 384 * 1024 * 1024
LOOK_EVERY_S = 0.1
PATIENCE_S = 900.0


@scenario("hot-citizen-under-a-slow-database")
def hot_citizen_under_a_slow_database(ground: Ground) -> None:
    """A million contacts of one citizen wait while PostgreSQL is slow: all land, are shown, and no worker grows with them."""
    town = ground.town
    # The embedded broker keeps its log in the memory of this machine.
    count = HOT if town.broker.durable else HOT_IN_MEMORY
    citizen = CitizenRef(ground.dice.randbytes(16), 1)
    town.all_running()
    with psycopg.connect(town.rows.database_url, autocommit=True) as watching, highest_memory_of(town.workers) as highest:
        before = read_up_to(watching)
        town.postgres_proxy.mode = Mode.SLOW
        told = asyncio.run(load(town, contacts(citizen, count)))
        awaited(lambda: read_up_to(watching) >= before + count // SLOW_PART, "some land slowly", PATIENCE_S)
        town.postgres_proxy.mode = Mode.PASS
        awaited(lambda: read_up_to(watching) >= before + count, "all contacts of one citizen have landed", PATIENCE_S)
        with httpx2.Client(timeout=10, trust_env=False) as client:
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


def contacts(citizen: CitizenRef, count: int) -> Iterator[Contact]:
    """Two a second: where moments meet, the key decides the order."""
    for number in range(count):
        yield contact(citizen, f"{citizen.text} {number}", BEGIN + timedelta(seconds=number // 2))
