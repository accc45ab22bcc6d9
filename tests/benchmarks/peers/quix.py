"""Quix Streams: a streaming dataframe into a sink of its own, flushed at each checkpoint, as its documentation shows."""

from typing import Any

import psycopg
from quixstreams import Application
from quixstreams.sinks import BaseSink

from benchmarks.peers.landing_rows import Told, write

told = Told()


class TimelineSink(BaseSink):  # type: ignore[misc]  # the peers have an environment of their own
    """Gathers what comes between two checkpoints and lands it when one is made."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[bytes] = []
        self._connection = psycopg.connect(told.database, autocommit=True)

    def add(self, value: bytes, **_: Any) -> None:
        told.begun()
        self._values.append(value)

    def flush(self) -> None:
        if self._values:
            values, self._values = self._values, []
            write(self._connection, told, values)
            told.is_done_after(len(values))


application = Application(
    broker_address=told.broker,
    consumer_group=told.group,
    auto_offset_reset="earliest",
    commit_every=told.batch,
    commit_interval=1.0,
    auto_create_topics=False,
    state_dir=told.folder,
    loglevel="WARNING",
)
events = application.topic(told.topic, key_deserializer="bytes", value_deserializer="bytes")
application.dataframe(events).sink(TimelineSink())
application.run(count=told.total)
