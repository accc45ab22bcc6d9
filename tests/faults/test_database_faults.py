"""The database goes away in the middle and comes back; stock Faust in the same place is seen losing."""

import asyncio
import signal

from faults.loss_hunt import Hunt, until
from plein.local.postgres import EmbeddedPostgres


async def break_the_database(hunt: Hunt, postgres: EmbeddedPostgres) -> None:
    """Kills PostgreSQL while rows are being written, lets events come in meanwhile, and starts it again."""
    await until(lambda: hunt.count() > 0, "the worker writes", explain=hunt.explain)
    postgres.kill()
    await hunt.publish(2000)
    await asyncio.to_thread(postgres.start)


async def test_a_database_killed_in_the_middle_loses_nothing_and_nothing_is_written_twice(
    database_hunt: Hunt, breakable_postgres: EmbeddedPostgres
) -> None:
    """The worker waits for it, holding its place; it does not end."""
    hunt = database_hunt
    await hunt.prepare()
    await hunt.publish(6000)

    worker = hunt.start_worker()
    await break_the_database(hunt, breakable_postgres)
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
    assert worker.process.poll() is None
    assert worker.said("batch_retried") + worker.said("reader_waited") >= 1


async def test_stock_faust_take_is_seen_losing_in_the_same_place(
    database_hunt: Hunt, breakable_postgres: EmbeddedPostgres
) -> None:
    """The hunt can see loss: `take` acknowledges a batch whose handler raised, so those events never come again."""
    hunt = database_hunt
    await hunt.prepare()
    await hunt.publish(6000)

    first = hunt.start_worker(program="stock_faust_worker.py")
    await break_the_database(hunt, breakable_postgres)
    await until(lambda: "batch failed" in first.errors.read_text(), "a batch has failed", explain=hunt.explain)
    first.send(signal.SIGTERM)
    await first.ended()
    hunt.start_worker(program="stock_faust_worker.py")
    await until(lambda: hunt.told_lag() == 0, "stock Faust has acknowledged everything", explain=hunt.explain)

    lost = set(hunt.accepted) - hunt.rows().keys()
    assert len(lost) > 0, "stock Faust lost nothing: can this hunt see loss at all?"
