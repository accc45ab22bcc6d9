"""FastStream: a batch subscriber on aiokafka that acknowledges when the handler returned, as its documentation shows."""

import asyncio
from typing import Any

import psycopg
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from benchmarks.peers.landing_rows import Told, write_async

told = Told()
broker = KafkaBroker(told.broker, logger=None)
app = FastStream(broker, logger=None)
landing: list[psycopg.AsyncConnection[Any]] = []


async def as_bytes(message: Any) -> Any:
    """Leaves the bytes as they came: the handler decodes them itself."""
    return message.body


@broker.subscriber(  # type: ignore[untyped-decorator]  # the peers have an environment of their own
    told.topic,
    group_id=told.group,
    batch=True,
    max_records=told.batch,
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.NACK_ON_ERROR,
    decoder=as_bytes,
)
async def keep(values: list[bytes]) -> None:
    told.begun()
    await write_async(landing[0], told, values)
    if told.is_done_after(len(values)):
        app.exit()


@app.on_startup  # type: ignore[untyped-decorator]  # likewise
async def connect() -> None:
    landing.append(await psycopg.AsyncConnection.connect(told.database, autocommit=True))


if __name__ == "__main__":
    asyncio.run(app.run())
