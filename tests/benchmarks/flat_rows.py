"""The same rows in a topic of their own, in the form that a JDBC sink takes: the columns by name, the event itself as text.

As text, because no released version of the sink can bring bytes by UNNEST.
"""

import asyncio
from typing import Any

import msgspec

from benchmarks.load import Arrival, LoadShape, arrivals
from benchmarks.preloading import BATCH_BYTES, Sender, a_producer
from benchmarks.sizes import Size
from contact_events.topics import INTERACTIONS
from event_bus.provision import TopicSpec, provision
from event_bus.settings import BrokerSettings

FLAT_ROWS = TopicSpec("interactions-flat", partitions=INTERACTIONS.partitions, kept_ms=24 * 3_600_000)
KEY = ("citizen", "occurred_at", "event_id")
# Debezium's own names of what these texts are.
_UUID, _MOMENT = "io.debezium.data.Uuid", "io.debezium.time.ZonedTimestamp"
_COLUMNS: tuple[tuple[str, str, str | None], ...] = (
    ("citizen", "string", _UUID),
    ("occurred_at", "string", _MOMENT),
    ("event_id", "string", _UUID),
    ("logged_at", "string", _MOMENT),
    ("key_version", "int16", None),
    ("confidential", "boolean", None),
    ("channel", "string", None),
    ("matter", "string", None),
    ("raw", "string", None),
)


def schema() -> dict[str, Any]:
    """Returns the schema of a row, as Kafka Connect's JSON converter reads it."""
    fields = [
        {"field": name, "type": kind, "optional": False, **({"name": meaning} if meaning else {})}
        for name, kind, meaning in _COLUMNS
    ]
    return {"type": "struct", "optional": False, "fields": fields}


def flat_row(arrival: Arrival) -> bytes:
    """Returns what the timeline would keep of this event."""
    return msgspec.json.encode(
        {
            "citizen": str(arrival.citizen.uuid),
            "occurred_at": arrival.occurred_at,
            "event_id": str(arrival.event_id),
            "logged_at": arrival.logged_at,
            "key_version": arrival.citizen.key_version,
            "confidential": False,
            "channel": arrival.channel,
            "matter": arrival.matter,
            "raw": arrival.value.decode(),
        }
    )


def preload_flat(settings: BrokerSettings, size: Size) -> None:
    """Publishes the load once more, repeats and all, each to the partition of its citizen. Blocks."""
    provision(settings, [FLAT_ROWS])
    asyncio.run(_preload(settings, LoadShape(size.events, size.citizens)))


async def _preload(settings: BrokerSettings, shape: LoadShape) -> None:
    producer = a_producer(settings, max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        sender = Sender(producer, FLAT_ROWS.name)
        await sender.learn()
        for arrival in arrivals(shape):
            await sender.send(arrival.citizen.value, flat_row(arrival))
        await sender.finish()
    finally:
        await producer.stop()
