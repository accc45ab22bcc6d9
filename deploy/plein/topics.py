"""The catalogue as the broker must have it: every topic, and the topic that shows what its readers parked."""

from datetime import timedelta

from contact_events.codec import MAX_EVENT_BYTES
from contact_events.topics import TOPICS
from event_bus.provision import TopicSpec

# Room for the key, the headers and the batch around the largest event.
MAX_MESSAGE_BYTES = MAX_EVENT_BYTES + 148_576
PARKED_PARTITIONS = 1


def topic_specs() -> tuple[TopicSpec, ...]:
    """Returns what has to be provisioned."""
    said = [TopicSpec(topic.name, topic.partitions, _milliseconds(topic.kept), MAX_MESSAGE_BYTES) for topic in TOPICS]
    parked = [
        TopicSpec(topic.parked, PARKED_PARTITIONS, _milliseconds(topic.kept), MAX_MESSAGE_BYTES)
        for topic in TOPICS
        if topic.read_by
    ]
    return (*said, *parked)


def readers() -> dict[str, tuple[str, ...]]:
    """Returns the topics of each reader, for lag."""
    names = {reader for topic in TOPICS for reader in topic.read_by}
    return {name: tuple(topic.name for topic in TOPICS if name in topic.read_by) for name in sorted(names)}


def _milliseconds(kept: timedelta) -> int:
    return int(kept.total_seconds() * 1000)
