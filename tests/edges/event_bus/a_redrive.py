"""A redrive in a process of its own, killed at a chosen step: what an operator's command is when the machine dies."""

import asyncio
import os
import signal
import sys
from typing import Any

import psycopg

from event_bus import redriving
from event_bus.ingest import Reader, keep_outgoing
from event_bus.records import Arrivals, Handled


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, parked_id: int, step: str) -> None:
    async def handle(connection: psycopg.AsyncConnection, batch: Arrivals) -> Handled:
        await connection.execute("INSERT INTO things.row SELECT unnest(%s::bytea[])", ([each.value for each in batch.records],))
        if step == "in_the_handler":
            die()
        return Handled(kept=1)

    async def keep_outgoing_and_die(*arguments: Any) -> None:
        await keep_outgoing(*arguments)
        if step == "before_the_commit":
            die()

    vars(redriving)["keep_outgoing"] = keep_outgoing_and_die  # the last step before the commit
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await redriving.redrive(connection, Reader("reader", "things", ["things"], handle), parked_id)
        if step == "after_the_commit":
            die()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
