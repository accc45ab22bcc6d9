"""What the broker says of itself: its log id, where logs begin and end. Apart from the readers, so none of them blinds it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka import TopicPartition as KafkaPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from event_bus.libraries import quieten
from event_bus.records import TopicPartition
from event_bus.settings import BrokerSettings, sign_in

T = TypeVar("T")

quieten()


class BrokerAway(ConnectionError):
    """The broker does not answer. Ask again later."""


def admin_client(settings: BrokerSettings, *, timeout_ms: int) -> KafkaAdminClient:
    """Returns a blocking admin client. Raises KafkaError when no broker answers in time, and leaves nothing open then."""
    made: list[KafkaNetClient] = []

    def remembered(**options: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**options))
        return made[-1]

    try:
        return KafkaAdminClient(
            client_id="plein-admin",
            request_timeout_ms=timeout_ms,
            bootstrap_timeout_ms=timeout_ms,
            reconnect_backoff_max_ms=500,
            kafka_client=remembered,
            **sign_in(settings),
        )
    except BaseException:
        # An admin client that cannot be made is nobody's to close, while its thread and sockets are there already.
        for client in made:
            client.close()
        raise


class BrokerView:
    """Asks the broker, one question at a time, in a thread of its own. Every question may raise BrokerAway."""

    def __init__(self, settings: BrokerSettings, *, timeout_ms: int = 4000) -> None:
        self._settings = settings
        self._timeout_ms = timeout_ms
        self._admin: KafkaAdminClient | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="broker-view")

    async def log_id(self) -> str:
        """Returns the cluster id of the broker that answers now: a new connection each time, so no old answer."""
        return await self._asked(self._log_id)

    async def begins(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each log still has."""
        return await self._asked(lambda admin: _offsets(admin, partitions, OffsetSpec.EARLIEST))

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the offset that the next event of each log will get."""
        return await self._asked(lambda admin: ends_of(admin, partitions))

    async def offsets_at(self, partitions: Iterable[TopicPartition], moment_ms: int) -> Mapping[TopicPartition, int]:
        """Returns the offset of the first event that came at or after a moment; the end of a log that has none."""
        return await self._asked(lambda admin: _offsets_at(admin, partitions, moment_ms))

    async def partitions(self, topics: Iterable[str]) -> frozenset[TopicPartition]:
        """Returns the partitions of the topics that exist."""
        wanted = sorted(topics)
        return await self._asked(lambda admin: partitions_of(admin, wanted))

    def close(self) -> None:
        """Lets the connection go after the question under way. May be called twice; does not block."""
        with suppress(RuntimeError):  # closed already
            self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)

    async def _asked(self, question: Callable[[KafkaAdminClient], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    def _ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        try:
            if self._admin is None:
                self._admin = admin_client(self._settings, timeout_ms=self._timeout_ms)
            return question(self._admin)
        except (KafkaError, OSError, RuntimeError, ValueError) as fault:
            self._let_go()
            raise BrokerAway(f"the broker does not answer ({type(fault).__name__})") from None

    def _log_id(self, admin: KafkaAdminClient) -> str:
        return str(admin.describe_cluster()["cluster_id"])

    def _let_go(self) -> None:
        if self._admin is not None:
            with suppress(KafkaError, OSError):
                self._admin.close()
            self._admin = None


def partitions_of(admin: KafkaAdminClient, topics: list[str]) -> frozenset[TopicPartition]:
    """Returns the partitions of the topics that exist."""
    described: list[dict[str, Any]] = admin.describe_topics(topics)
    return frozenset(
        TopicPartition(topic["name"], partition["partition_index"])
        for topic in described
        if not topic.get("error_code")
        for partition in topic["partitions"]
    )


def ends_of(admin: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Returns the offset that the next event of each log will get."""
    return _offsets(admin, partitions, OffsetSpec.LATEST)


def _offsets_at(admin: KafkaAdminClient, partitions: Iterable[TopicPartition], moment_ms: int) -> dict[TopicPartition, int]:
    ends = ends_of(admin, partitions)
    if not ends:
        return {}
    answered = admin.list_partition_offsets({KafkaPartition(*each): moment_ms for each in ends})
    found = {TopicPartition(each.topic, each.partition): found for each, found in answered.items()}
    # Brokers differ in the offset they give where no event came that late; all of them give it without a moment.
    return {each: found[each].offset if found[each].timestamp >= 0 else end for each, end in ends.items()}


def _offsets(admin: KafkaAdminClient, partitions: Iterable[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
    asked = {KafkaPartition(*partition): spec for partition in partitions}
    if not asked:
        return {}
    answered = admin.list_partition_offsets(asked)
    return {TopicPartition(each.topic, each.partition): found.offset for each, found in answered.items()}
