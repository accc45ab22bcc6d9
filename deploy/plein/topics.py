"""The catalogue as the broker must have it: every topic, and the topic that shows what its readers parked."""

from contact_events.topics import TOPICS, broker_topics
from event_bus.provision import TopicSpec


def topic_specs() -> tuple[TopicSpec, ...]:
    """Returns what has to be provisioned."""
    return tuple(TopicSpec(each.name, each.partitions, each.kept_ms, each.max_message_bytes) for each in broker_topics())


def readers() -> dict[str, tuple[str, ...]]:
    """Returns the topics of each reader, for lag."""
    names = {reader for topic in TOPICS for reader in topic.read_by}
    return {name: tuple(topic.name for topic in TOPICS if name in topic.read_by) for name in sorted(names)}
