"""The proof that the hunt can see loss: stock Faust `take()` on the same engines, under the same fault, by the same checker."""

import asyncio
import secrets
import signal
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from faults.hunt.checking import ShownEntry, check
from faults.hunt.history import ACCEPTED, Told
from faults.hunt.scenario import Ground, scenario
from faults.hunt.town import HuntedTown
from faults.loss_hunt import Hunt, until

EVENTS = 6_000
MEANWHILE = 2_000
NOBODY = UUID(int=0)


@scenario("stock-faust-is-seen-losing", small=True)
def stock_faust_is_seen_losing(ground: Ground) -> None:
    """Stock Faust loses under a killed database what it has acknowledged: without that the other figures do not count."""
    lost = stock_faust_lost(ground.town)
    ground.town.all_running()
    ground.measure("stock_faust_lost", lost)
    assert lost > 0, "stock Faust lost nothing: can this hunt see loss at all?"


def stock_faust_lost(town: HuntedTown) -> int:
    """Kills the town's PostgreSQL under a stock Faust worker and returns how many acknowledged events it lost."""
    name = f"stock_faust_{secrets.token_hex(4)}"
    town.postgres.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(town.postgres.url)._replace(path=f"/{name}"))
    folder = town.folder / name
    folder.mkdir()
    hunt = Hunt(town.broker, url, folder)
    try:
        asyncio.run(_played(hunt, town))
        return _lost(hunt)
    finally:
        hunt.end()


async def _played(hunt: Hunt, town: HuntedTown) -> None:
    await hunt.prepare()
    await hunt.publish(EVENTS)
    first = hunt.start_worker(program="stock_faust_worker.py")
    await until(lambda: hunt.count() > 0, "stock Faust writes", explain=hunt.explain)
    town.postgres.kill()
    await hunt.publish(MEANWHILE)
    await asyncio.to_thread(town.postgres.start)
    await until(lambda: "batch failed" in first.errors.read_text(), "a batch of stock Faust has failed", explain=hunt.explain)
    first.send(signal.SIGTERM)
    await first.ended()
    hunt.start_worker(program="stock_faust_worker.py")
    await until(lambda: hunt.told_lag() == 0, "stock Faust has acknowledged everything", explain=hunt.explain)


def _lost(hunt: Hunt) -> int:
    now = datetime.now(UTC)
    history = [Told("urn:hunt", str(key), key, NOBODY, now, ACCEPTED, now) for key in hunt.accepted]
    shown = [ShownEntry(key, now) for key, times in hunt.rows().items() for _ in range(times)]
    return len(check(history, {NOBODY: shown}).lost)
