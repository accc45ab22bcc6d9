"""The comparison of the loss hunt: the same rows from stock Faust `take()`, as its documentation shows it."""

import json
import logging
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import faust
import psycopg

told: dict[str, Any] = json.loads(sys.argv[1])

app = faust.App(
    f"plein.{told['reader']}",
    broker=f"kafka://{told['broker']}",
    value_serializer="raw",
    key_serializer="raw",
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=told["session_s"],
    broker_heartbeat_interval=told["session_s"] / 4,
    broker_commit_interval=0.5,
    stream_wait_empty=False,
    datadir=str(Path(told["folder"]) / "stock-faust"),
)
events = app.topic(told["topic"], key_type=bytes, value_type=bytes)


@app.agent(events)  # type: ignore[untyped-decorator]  # faust is untyped
async def keep(stream: Any) -> None:
    async for values in stream.take(told["most_records"], within=0.2):
        try:
            async with (
                await psycopg.AsyncConnection.connect(told["database"], connect_timeout=2) as connection,
                connection.cursor() as cursor,
                cursor.copy("COPY hunt.row (id, worker) FROM STDIN") as copy,
            ):
                for value in values:
                    await copy.write_row((UUID(bytes=value), told["name"]))
        except psycopg.OperationalError:
            sys.stderr.write("batch failed\n")
            raise


if __name__ == "__main__":
    worker = faust.Worker(app, loglevel=logging.WARNING, quiet=False, redirect_stdouts=False)
    worker.execute_from_commandline()
