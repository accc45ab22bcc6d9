"""Topics are made as they are described, on the embedded broker and on Apache Kafka."""

import uuid

import pytest

from engines import BrokerUnderTest
from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.provision import TopicSpec, lags, provision, wait_for_topics
from event_bus.publisher import KafkaPublisher
from event_bus.records import TopicPartition, ToSay
from event_bus.settings import BrokerSettings


def settings_of(broker: BrokerUnderTest) -> BrokerSettings:
    return BrokerSettings(broker_servers=broker.address, broker_durable=broker.durable)


def a_name() -> str:
    return f"provisioned-{uuid.uuid4().hex[:8]}"


async def test_topics_are_made_once_with_their_partitions(broker: BrokerUnderTest) -> None:
    settings, name = settings_of(broker), a_name()
    view = BrokerView(settings)

    provision(settings, [TopicSpec(name, 3, 3_600_000)])
    provision(settings, [TopicSpec(name, 3, 7_200_000)])
    await wait_for_topics(settings, [name], 5)

    assert await view.partitions([name]) == {TopicPartition(name, number) for number in range(3)}
    assert await view.begins([TopicPartition(name, 0)]) == {TopicPartition(name, 0): 0}
    view.close()


async def test_waiting_for_a_topic_that_nobody_makes_ends_with_its_name(broker: BrokerUnderTest) -> None:
    with pytest.raises(TimeoutError, match="no-such-topic"):
        await wait_for_topics(settings_of(broker), ["no-such-topic"], 0.3)


async def test_lag_is_what_a_reader_has_not_told_the_broker(broker: BrokerUnderTest) -> None:
    settings, name = settings_of(broker), a_name()
    provision(settings, [TopicSpec(name, 1, 3_600_000)])
    publisher = KafkaPublisher(settings)
    for _ in range(5):
        await publisher.publish([ToSay(name, b"k", b"v", uuid.uuid4())])
    await publisher.stop()

    assert lags(settings, {"nobody": [name]}) == {"nobody": {TopicPartition(name, 0): 5}}


async def test_a_log_keeps_its_id_only_on_a_durable_broker(breakable_broker: BrokerUnderTest) -> None:
    """What decides whether stored positions still mean something."""
    view = BrokerView(settings_of(breakable_broker))
    before = await view.log_id()

    breakable_broker.kill()
    with pytest.raises(BrokerAway):
        await view.log_id()
    breakable_broker.start()

    assert (await view.log_id() == before) is breakable_broker.durable
    view.close()
