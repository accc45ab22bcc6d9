"""A tiny worker program for the loss hunt: one row per event through PostgresIngest, with a fault at a chosen step."""

import asyncio
import json
import signal
import sys
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from event_bus.records import Arrivals, Handled, ToPark
from event_bus.settings import BrokerSettings
from event_bus.worker import on_faust
from faults.fault_steps import Fault, FaultyIngest, FaultyWorker
from service_runtime.logging import configure_logging

POISON = b"poison"


def handler(fault: Fault, name: str, once: bool) -> Any:
    """Writes (id, worker); with `once` known ids are repeats, without it every second write of an event shows."""
    merge = " ON CONFLICT (id) DO NOTHING" if once else ""

    async def keep(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        parked = [ToPark(each, "poison", "it says so itself") for each in batch.records if each.value == POISON]
        good = [each for each in batch.records if each.value is not None and each.value != POISON]
        async with connection.cursor() as cursor:
            await cursor.execute("CREATE TEMP TABLE IF NOT EXISTS staging (id uuid, worker text) ON COMMIT DELETE ROWS")
            await cursor.execute("TRUNCATE staging")
            async with cursor.copy("COPY staging FROM STDIN") as copy:
                for number, each in enumerate(good):
                    if number == len(good) // 2:
                        fault.reached("in_copy")
                    assert each.value is not None
                    await copy.write_row((UUID(bytes=each.value), name))
            await cursor.execute(f"INSERT INTO hunt.row (id, worker) SELECT id, worker FROM staging{merge}")
            kept = cursor.rowcount
        return Handled(kept=kept, repeated=len(good) - kept, parked=parked)

    return keep


async def main(told: dict[str, Any]) -> int:
    configure_logging(told["name"], "info")
    on_faust.MOST_RECORDS_A_FETCH = told["most_records"]
    fault = Fault(told.get("step"), told.get("at", 1), told.get("how", "kill"))
    settings = BrokerSettings(
        broker_servers=told["broker"], broker_durable=told["durable"], broker_session_timeout_s=told["session_s"]
    )
    async with AsyncConnectionPool(told["database"], min_size=1, max_size=4, timeout=5, open=False) as pool:
        ingest = FaultyIngest(
            pool,
            "hunt",
            told["reader"],
            handler(fault, told["name"], told["once"]),
            broker_durable=told["durable"],
            max_parked_in_a_row=told["max_parked_in_a_row"],
        )
        worker = FaultyWorker(settings, told["reader"], [told["topic"]], ingest)
        ingest.fault = worker.fault = fault
        await worker.start()
        ended = asyncio.create_task(worker.ended())
        asked_to_stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_stop.set)
        asked = asyncio.create_task(asked_to_stop.wait())
        await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if ended.done() and ended.exception() is not None:
            sys.stderr.write(f"{ended.exception()}\n")
            await worker.stop()
            return 1
        await worker.stop()
        await asyncio.wait([ended])
        return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(json.loads(sys.argv[1]))))
