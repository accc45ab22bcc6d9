"""A process with a journal follows erasures on real brokers, from where its journal says, whatever happens to either."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from engines import BrokerUnderTest
from event_bus.forgetting import Forgetting, carried_before
from event_bus.forgetting.following import Following
from event_bus.journal import Accepting, Journal
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from event_bus.settings import BrokerSettings
from progress import until

SHE, OTHER = b"s" * 16, b"o" * 16
NEVER = datetime.max.replace(tzinfo=UTC)


def settings_of(broker: BrokerUnderTest) -> BrokerSettings:
    return BrokerSettings(broker_servers=broker.address, broker_durable=broker.durable, broker_session_timeout_s=2)


def asks(value: bytes | None) -> Forgetting | None:
    """An erasure in these tests is `erase`, its id and whom it is about; everything else is a fact of another kind."""
    if value is None or not value.startswith(b"erase"):
        return None
    return Forgetting(UUID(bytes=value[5:21]), frozenset({value[21:]}), NEVER)


def an_erasure(erasure: UUID, whose: bytes = SHE) -> bytes:
    return b"erase" + erasure.bytes + whose


async def say(settings: BrokerSettings, topic: str, *values: bytes) -> None:
    publisher = KafkaPublisher(settings)
    await publisher.publish([ToSay(topic, uuid.uuid4().bytes, value, uuid.uuid4()) for value in values])
    await publisher.stop()


@asynccontextmanager
async def following(settings: BrokerSettings, topic: str, path: Path) -> AsyncIterator[tuple[Journal, Following]]:
    """One life of a process."""
    journal = Journal(path)
    await journal.start()
    part = Following(settings, topic, journal, asks, carried_before)
    await part.start()
    yield journal, part
    await part.stop()
    await journal.stop()


def a_contact(key: bytes) -> Accepting:
    return Accepting((ToSay("interactions", key, b"kanariegeel", uuid.uuid4()),), b"digest")


async def test_an_erasure_is_carried_out_wherever_it_stands_in_the_topic(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """Said before the process began, and while it runs; other facts are passed over."""
    settings, topic = settings_of(broker), f"facts-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, 3, 3_600_000)])
    first, second = uuid.uuid4(), uuid.uuid4()
    await say(settings, topic, b"another fact", an_erasure(first))

    async with following(settings, topic, tmp_path / "journal") as (journal, part):
        await until(lambda: part.told_of(first))
        hers, others = a_contact(SHE), a_contact(OTHER)
        await journal.accept([hers, others])
        await say(settings, topic, b"another fact", an_erasure(second))
        await until(lambda: part.told_of(second))

        assert [await journal.state_of(each.key) for each in (hers, others)] == [None, "received"]
        assert part.health().detail == {"follows": True}


async def test_a_process_goes_on_from_where_its_journal_says(embedded_broker: BrokerUnderTest, tmp_path: Path) -> None:
    """What it carried out in an earlier life is not carried out again; what was said meanwhile is."""
    settings, topic = settings_of(embedded_broker), f"facts-{uuid.uuid4().hex[:8]}"
    provision(settings, [TopicSpec(topic, 1, 3_600_000)])
    first, second = uuid.uuid4(), uuid.uuid4()
    await say(settings, topic, an_erasure(first))
    async with following(settings, topic, tmp_path / "journal") as (journal, part):
        await until(lambda: part.told_of(first))
        hers = a_contact(SHE)
        await journal.accept([hers])
    await say(settings, topic, an_erasure(second, OTHER))

    async with following(settings, topic, tmp_path / "journal") as (journal, part):
        await until(lambda: part.told_of(second))

        assert await journal.state_of(hers.key) == "received"


async def test_a_topic_that_comes_later_and_a_broker_that_comes_back_are_waited_for(
    breakable_broker: BrokerUnderTest, tmp_path: Path
) -> None:
    settings, topic = settings_of(breakable_broker), f"facts-{uuid.uuid4().hex[:8]}"
    first, second = uuid.uuid4(), uuid.uuid4()

    async with following(settings, topic, tmp_path / "journal") as (_, part):
        provision(settings, [TopicSpec(topic, 2, 3_600_000)])
        await say(settings, topic, an_erasure(first))
        await until(lambda: part.told_of(first), seconds=60)
        breakable_broker.kill()
        breakable_broker.start()
        provision(settings, [TopicSpec(topic, 2, 3_600_000)])
        await say(settings, topic, an_erasure(second))
        await until(lambda: part.told_of(second), seconds=60)

        assert part.health().ready
