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
from faults.hunt.hunted_process import awaited
from faults.hunt.loading import Contact, contact, load, read_up_to
from faults.hunt.scenario import Ground, scenario
from faults.hunt.town import HuntedTown
from timeline.edges.database.tables import LANDING_LOCK

WORKERS = 4
LOADED = 150_000
# Workers that waited for the load to begin do not begin at the same moment.
BEGUN = LOADED // 10
CITIZENS = 3_000
LEAVES_EVERY_S = 5.0
PATIENCE_S = 240.0


@scenario("one-of-four-leaves-and-joins")
def one_of_four_leaves_and_joins(ground: Ground) -> None:
    """One of four workers leaves and joins every 5 s under full load: nothing is lost; 0.7 of the speed should stay.

    The speed that stayed is told below the table and fails nothing: somebody else's load moves it.
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
    with psycopg.connect(town.rows.database_url, autocommit=True) as watching:
        with psycopg.connect(town.rows.database_url) as holding:
            holding.execute("SELECT pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
            asyncio.run(load(town, contacts()))
            before = read_up_to(watching)
        over = threading.Event()
        leaving = threading.Thread(target=_leave_and_join, args=(town, over), name="hunt-leaving", daemon=True)
        if disturbed:
            leaving.start()
        try:
            awaited(lambda: read_up_to(watching) >= before + BEGUN, "workers have begun", PATIENCE_S)
            begun, started = read_up_to(watching) - before, time.monotonic()
            awaited(lambda: read_up_to(watching) >= before + LOADED, "all that was loaded is durable", PATIENCE_S)
            return (LOADED - begun) / (time.monotonic() - started)
        finally:
            over.set()
            if disturbed:
                leaving.join()


def contacts() -> Iterator[Contact]:
    for _ in range(LOADED):
        number = uuid.uuid4()
        yield contact(CitizenRef(uuid.UUID(int=number.int % CITIZENS).bytes, 1), number.hex, datetime.now(UTC))


def _leave_and_join(town: HuntedTown, over: threading.Event) -> None:
    """One after the other leaves in order and comes back as a new process."""
    turn = 0
    while not over.is_set():
        leaver = town.workers[turn % len(town.workers)]
        leaver.stop()
        leaver.start()
        turn += 1
        over.wait(LEAVES_EVERY_S)
