"""Stock Faust: `take()` and the same SQL, as its documentation shows it. Loses events when a batch fails; nothing fails here.

The clock starts when the first batch is durable: Faust works on a batch long before it hands it over.
"""

import logging
from pathlib import Path
from typing import Any

import faust
import psycopg

from benchmarks.peers.landing_rows import Told, write_async

told = Told()
app = faust.App(
    told.group,
    broker=f"kafka://{told.broker}",
    value_serializer="raw",
    key_serializer="raw",
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    consumer_auto_offset_reset="earliest",
    stream_wait_empty=False,
    datadir=str(Path(told.folder) / "stock-faust"),
)
events = app.topic(told.topic, key_type=bytes, value_type=bytes)


@app.agent(events)  # type: ignore[untyped-decorator]  # faust is untyped
async def keep(stream: Any) -> None:
    connection = await psycopg.AsyncConnection.connect(told.database, autocommit=True)
    async for values in stream.take(told.batch, within=0.5):
        await write_async(connection, told, values)
        if told.is_done_after(len(values)):
            await app.stop()
        told.begun()


if __name__ == "__main__":
    faust.Worker(app, loglevel=logging.WARNING, quiet=False, redirect_stdouts=False).execute_from_commandline()
