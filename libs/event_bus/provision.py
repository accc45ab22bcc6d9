"""Makes the topics, waits for them, and says how far each reader is behind."""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import CoordinatorNotAvailableError, IncompatibleBrokerVersion, KafkaError, TopicAlreadyExistsError

from event_bus.broker_view import BrokerAway, BrokerView, admin_client, ends_of, partitions_of
from event_bus.records import TopicPartition
from event_bus.settings import BrokerSettings
from service_runtime.logging import get_logger

LONGEST_COORDINATOR_WAIT_S = 10.0

log = get_logger()


class TopicSpec(NamedTuple):
    """How a topic must be. Partitions only ever grow."""

    name: str
    partitions: int
    kept_ms: int
    max_message_bytes: int = 1_048_576

    @property
    def configs(self) -> dict[str, str]:
        return {
            "retention.ms": str(self.kept_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "cleanup.policy": "delete",
        }


def group_of(reader: str) -> str:
    """Returns the consumer group a reader is seen under by lag tools."""
    return f"plein.{reader}"


def provision(settings: BrokerSettings, specs: Sequence[TopicSpec], *, replicas: int = -1) -> None:
    """Makes missing topics, adds missing partitions and sets how long topics are kept. May be called twice.

    Blocks. `replicas` -1 means as the broker has it set. Raises KafkaError.
    """
    with closing(admin_client(settings, timeout_ms=10_000)) as admin:
        there = _partition_counts(admin, [spec.name for spec in specs])
        for spec in specs:
            if spec.name not in there:
                _create(admin, spec, replicas)
            elif there[spec.name] < spec.partitions:
                _grow(admin, spec)
        known = [spec for spec in specs if spec.name in there]
        if known and settings.broker_durable:
            admin.alter_configs([ConfigResource("TOPIC", spec.name, configs=spec.configs) for spec in known])


async def wait_for_topics(settings: BrokerSettings, names: Collection[str], timeout_s: float) -> None:
    """Returns when every topic exists. Raises TimeoutError with the names that do not."""
    view = BrokerView(settings)
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            try:
                missing = set(names) - {each.topic for each in await view.partitions(names)}
            except BrokerAway:
                missing = set(names)
            if not missing:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"no such topics on the broker after {timeout_s:.0f} s: {', '.join(sorted(missing))}")
            await asyncio.sleep(0.1)
    finally:
        view.close()


def lags(settings: BrokerSettings, readers: Mapping[str, Iterable[str]]) -> dict[str, dict[TopicPartition, int]]:
    """Returns per reader how many events each partition of its topics waits, as told to the broker (a second or so old).

    Blocks. Raises KafkaError.
    """
    with closing(admin_client(settings, timeout_ms=10_000)) as admin:
        found: dict[str, dict[TopicPartition, int]] = {}
        for reader, topics in readers.items():
            ends = ends_of(admin, partitions_of(admin, sorted(topics)))
            told = _told(admin, group_of(reader))
            found[reader] = {each: max(0, end - told.get(each, 0)) for each, end in sorted(ends.items())}
        return found


def _told(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    deadline = time.monotonic() + LONGEST_COORDINATOR_WAIT_S
    while True:
        try:
            answered = admin.list_group_offsets({group: None}).get(group, {})
            break
        except CoordinatorNotAvailableError:
            # A broker that has had no group yet makes its table of groups first.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    return {TopicPartition(each.topic, each.partition): max(0, told.offset) for each, told in answered.items()}


def _partition_counts(admin: KafkaAdminClient, names: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in partitions_of(admin, names):
        counts[each.topic] = counts.get(each.topic, 0) + 1
    return counts


def _grow(admin: KafkaAdminClient, spec: TopicSpec) -> None:
    try:
        admin.create_partitions({spec.name: spec.partitions})
    except IncompatibleBrokerVersion:
        # The embedded broker cannot, and makes a topic of four for whoever publishes before it is provisioned. That is
        # slower, not wrong: readers take the partitions there are.
        log.warning("partitions_not_added", topic=spec.name, count=spec.partitions)


def _create(admin: KafkaAdminClient, spec: TopicSpec, replicas: int) -> None:
    wanted = {"num_partitions": spec.partitions, "replication_factor": replicas, "configs": spec.configs}
    try:
        admin.create_topics({spec.name: wanted}, timeout_ms=10_000)
    except TopicAlreadyExistsError:
        return
    except KafkaError:
        if replicas != -1:
            raise
        # The embedded broker does not know "as the broker has it set".
        _create(admin, spec, 1)
