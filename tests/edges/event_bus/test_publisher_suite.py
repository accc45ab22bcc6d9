"""One suite for the Kafka publisher and its memory twin: acknowledged means readable; a refusal says whether to try again."""

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition

from engines import EMBEDDED, BrokerUnderTest, Engines
from event_bus.memory import MemoryBus, MemoryPublisher
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher, NotPublished, Publisher
from event_bus.records import ToSay
from event_bus.settings import BrokerSettings

PARTITIONS = 3


@dataclass
class PublisherUnderTest:
    """A publisher, its topic, and a way to read what it published: (partition, key, value, headers) in order."""

    publisher: Publisher
    topic: str
    read: Callable[[int], list[tuple[int, bytes, bytes, tuple[tuple[str, bytes], ...]]]]

    def event(self, key: bytes, value: bytes) -> ToSay:
        return ToSay(self.topic, key, value, uuid.uuid4(), (("content-type", b"text/plain"),))


@pytest.fixture
def in_memory() -> PublisherUnderTest:
    bus = MemoryBus({"things": PARTITIONS})

    def read(count: int) -> list[tuple[int, bytes, bytes, tuple[tuple[str, bytes], ...]]]:
        return [(each.partition, each.key or b"", each.value or b"", each.headers) for each in bus.records("things")]

    return PublisherUnderTest(MemoryPublisher(bus), "things", read)


@pytest.fixture
async def on_kafka(broker: BrokerUnderTest) -> AsyncIterator[PublisherUnderTest]:
    settings = BrokerSettings(broker_servers=broker.address, broker_durable=broker.durable)
    topic = f"published-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, PARTITIONS, 3_600_000)])
    publisher = KafkaPublisher(settings)

    await publisher.start()
    yield PublisherUnderTest(publisher, topic, lambda count: read_back(broker.address, topic, count))
    await publisher.stop()


def read_back(address: str, topic: str, count: int) -> list[tuple[int, bytes, bytes, tuple[tuple[str, bytes], ...]]]:
    """Returns what stands in a topic, once there are so many of it or nothing comes any more."""
    consumer = KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", consumer_timeout_ms=8000)
    consumer.assign([KafkaPartition(topic, number) for number in range(PARTITIONS)])
    found = []
    for record in consumer:
        found.append((record.partition, record.key, record.value, tuple(record.headers)))
        if len(found) == count:
            break
    consumer.close()
    return found


async def promises(made: PublisherUnderTest) -> None:
    """The suite itself: one topic, one order, so that real brokers start once."""
    events = [made.event(f"key {number % 5}".encode(), str(number).encode()) for number in range(200)]
    await made.publisher.publish([])
    await made.publisher.publish(events)

    found = made.read(200)
    assert sorted(int(value) for _, _, value, _ in found) == list(range(200))
    assert {headers for *_, headers in found} == {(("content-type", b"text/plain"),)}
    for key in {event.key for event in events}:
        of_key = [(partition, int(value)) for partition, read_key, value, _ in found if read_key == key]
        assert len({partition for partition, _ in of_key}) == 1
        assert [number for _, number in of_key] == sorted(number for _, number in of_key)

    with pytest.raises(NotPublished) as too_large:
        await made.publisher.publish([made.event(b"key", b"x" * 2_000_000)])
    assert too_large.value.never is True
    await made.publisher.publish([made.event(b"key", b"200")])


async def test_the_memory_publisher_keeps_its_promises(in_memory: PublisherUnderTest) -> None:
    await promises(in_memory)


async def test_the_kafka_publisher_keeps_its_promises(on_kafka: PublisherUnderTest) -> None:
    await promises(on_kafka)


async def test_a_publisher_outlives_a_broker_that_was_killed_and_started_again(breakable_broker: BrokerUnderTest) -> None:
    """Its producer may be refused for ever by a broker that came back as another one; the next call makes a new one."""
    settings = BrokerSettings(broker_servers=breakable_broker.address, broker_durable=breakable_broker.durable)
    spec = TopicSpec("things", 1, 3_600_000)
    provision(settings, [spec])
    publisher = KafkaPublisher(settings)
    await publisher.publish([ToSay("things", b"k", b"before", uuid.uuid4())])

    breakable_broker.kill()
    with pytest.raises(NotPublished):
        await publisher.publish([ToSay("things", b"k", b"meanwhile", uuid.uuid4())])
    breakable_broker.start()
    provision(settings, [spec])
    await publisher.publish([ToSay("things", b"k", b"after", uuid.uuid4())])

    assert publisher.health().detail["last_publish_failed"] is False
    await publisher.stop()


async def test_what_a_broker_that_came_back_empty_acknowledges_is_there(engines: Engines) -> None:
    """It gave this producer's number to another one, and took the first of these for repeats of what that one said."""
    broker = engines.new_broker(EMBEDDED)
    broker.start()
    settings, spec = (
        BrokerSettings(broker_servers=broker.address, broker_durable=False),
        TopicSpec("things", PARTITIONS, 3_600_000),
    )
    provision(settings, [spec])
    publisher, other = KafkaPublisher(settings), KafkaPublisher(settings)
    for _ in range(3):
        await publisher.publish([ToSay("things", b"k", b"before", uuid.uuid4())])
    broker.kill()
    broker.start(fresh=True)
    provision(settings, [spec])
    for _ in range(8):
        await other.publish([ToSay("things", b"k", b"another's", uuid.uuid4())])

    publisher.begin_anew()
    for _ in range(4):
        await publisher.publish([ToSay("things", b"k", b"after", uuid.uuid4())])

    assert len(read_back(broker.address, "things", 12)) == 12
    await publisher.stop()
    await other.stop()
    broker.remove()


async def test_a_topic_that_is_not_there_yet_is_worth_another_try(broker: BrokerUnderTest) -> None:
    """The embedded broker makes it instead."""
    publisher = KafkaPublisher(BrokerSettings(broker_servers=broker.address, broker_durable=broker.durable))
    event = ToSay(f"not-there-{uuid.uuid4().hex[:8]}", b"key", b"value", uuid.uuid4())

    if broker.durable:
        with pytest.raises(NotPublished) as refused:
            await publisher.publish([event])
        assert refused.value.never is False
    else:
        await publisher.publish([event])

    await publisher.stop()
