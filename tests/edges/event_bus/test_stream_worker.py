"""The stream worker in this process on real brokers, for what its own processes in tests/faults do not show."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence

import pytest

from engines import BrokerUnderTest
from event_bus.memory import MemoryIngest
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher
from event_bus.records import Arrivals, Batch, Handled, ToSay
from event_bus.settings import BrokerSettings
from event_bus.worker import Stalled, StreamWorker
from progress import until


def settings_of(broker: BrokerUnderTest) -> BrokerSettings:
    return BrokerSettings(broker_servers=broker.address, broker_durable=broker.durable, broker_session_timeout_s=2)


async def publish(settings: BrokerSettings, topic: str, count: int) -> None:
    publisher = KafkaPublisher(settings)
    keys = [uuid.uuid4() for _ in range(count)]
    await publisher.publish([ToSay(topic, key.bytes, key.bytes, key, (("h", b"1"),)) for key in keys])
    await publisher.stop()


async def test_records_come_whole_with_headers_and_lag_goes_to_nothing(broker: BrokerUnderTest) -> None:
    """It is ready once it has its place, and says how far behind it is."""
    settings, topic = settings_of(broker), f"whole-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, 3, 3_600_000)])
    await publish(settings, topic, 300)
    seen: list[tuple[tuple[str, bytes], ...]] = []

    async def handle(batch: Arrivals) -> Handled:
        seen.extend(record.headers for record in batch.records)
        return Handled(kept=len(batch.records))

    worker = StreamWorker(settings, topic, [topic], MemoryIngest(topic, handle, broker_durable=broker.durable))
    assert worker.health().ready is False
    await worker.start()
    await until(lambda: len(seen) == 300 and worker.health().ready)
    await worker.stop()

    assert set(seen) == {(("h", b"1"),)}


async def test_a_worker_started_before_its_topics_waits_for_them(embedded_broker: BrokerUnderTest) -> None:
    settings, topic = settings_of(embedded_broker), f"later-{uuid.uuid4().hex[:8]}"
    kept: list[int] = []

    async def handle(batch: Arrivals) -> Handled:
        kept.append(len(batch.records))
        return Handled(kept=len(batch.records))

    worker = StreamWorker(settings, topic, [topic], MemoryIngest(topic, handle, broker_durable=False))
    await worker.start()
    provision(settings, [TopicSpec(topic, 1, 3_600_000)])
    await publish(settings, topic, 10)
    await until(lambda: sum(kept) == 10)
    await worker.stop()


async def test_a_worker_that_hangs_with_events_to_read_ends_itself(embedded_broker: BrokerUnderTest) -> None:
    """Whatever hangs: a new process will do better."""
    settings, topic = settings_of(embedded_broker), f"hangs-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, 1, 3_600_000)])
    for _ in range(3):
        await publish(settings, topic, 1)

    class Hangs(MemoryIngest):
        async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
            await asyncio.Event().wait()
            return {}

    async def handle(batch: Arrivals) -> Handled:
        return Handled()

    worker = StreamWorker(settings, topic, [topic], Hangs(topic, handle, broker_durable=False), stalled_after_s=2)
    await worker.start()

    with pytest.raises(Stalled):
        async with asyncio.timeout(30):
            await worker.ended()
    await worker.stop()


async def test_partitions_added_while_it_reads_are_read_from_their_begin(broker: BrokerUnderTest) -> None:
    """From 2 to 4 partitions under a running worker."""
    if not broker.durable:
        pytest.skip("the embedded broker cannot add partitions to a topic")
    settings, topic = settings_of(broker), f"grows-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, 2, 3_600_000)])
    await publish(settings, topic, 100)
    kept: list[bytes] = []

    async def handle(batch: Arrivals) -> Handled:
        kept.extend(record.value or b"" for record in batch.records)
        return Handled(kept=len(batch.records))

    worker = StreamWorker(settings, topic, [topic], MemoryIngest(topic, handle))
    await worker.start()
    await until(lambda: len(kept) == 100)
    provision(settings, [TopicSpec(topic, 4, 3_600_000)])
    await publish(settings, topic, 200)
    await until(lambda: len(kept) >= 300)
    await worker.stop()

    assert len(set(kept)) == len(kept) == 300
