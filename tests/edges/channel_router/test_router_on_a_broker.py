"""The whole router as its main builds it: facts and requests in by the broker, choices out."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from kafka import KafkaConsumer

from builders import a_citizen, a_request, an_event, no_phone
from channel_router.domain.looking import ROUTER_SOURCE
from channel_router.edges.stream import to_say
from channel_router.main import Settings, build
from contact_events.codec import read_event
from contact_events.identity import event_key
from contact_events.topics import CHANNEL_CHOICES, broker_topics
from engines import BrokerUnderTest
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher
from event_bus.settings import BrokerSettings
from service_runtime.process import Service
from service_runtime.settings import BadSettings

PATIENCE_S = 60.0


def settings_for(broker: BrokerUnderTest, database_url: str, folder: Path, **more: Any) -> Settings:
    issuers, keys = folder / "issuers.toml", folder / "keys.json"
    keys.write_text(json.dumps({"keys": []}))
    issuers.write_text(f'[[issuer]]\nissuer = "urn:test"\njwks = "file:{keys}"\nalgorithms = ["ES256"]\ntypes = ["at+jwt"]\n')
    return Settings(
        http_port=0,
        token_issuers_file=issuers,
        database_url=database_url,
        broker_servers=broker.address,
        broker_durable=broker.durable,
        broker_session_timeout_s=6,
        **more,
    )


async def until(claim: Any) -> Any:
    """Waits for progress, with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := await asyncio.to_thread(claim)):
        assert time.monotonic() < deadline, "nothing came in time"
        await asyncio.sleep(0.1)
    return found


@pytest.fixture
def heard(embedded_broker: BrokerUnderTest) -> Iterator[KafkaConsumer]:
    settings = BrokerSettings(broker_servers=embedded_broker.address, broker_durable=False)
    provision(settings, [TopicSpec(each.name, each.partitions, each.kept_ms) for each in broker_topics()])
    consumer = KafkaConsumer(
        CHANNEL_CHOICES.name, bootstrap_servers=embedded_broker.address, auto_offset_reset="earliest", group_id=None
    )
    yield consumer
    consumer.close()


async def started(service: Service) -> None:
    for part in service.parts:
        await part.start()


async def stopped(service: Service) -> None:
    for part in reversed(service.parts):
        await part.stop()


async def test_a_wish_and_a_request_go_in_and_one_choice_that_respects_it_comes_out(
    embedded_broker: BrokerUnderTest, heard: KafkaConsumer, router_database: str, tmp_path: Path
) -> None:
    settings = settings_for(embedded_broker, router_database, tmp_path)
    citizen = a_citizen(uuid4())
    wish = an_event(no_phone(citizen=citizen))
    request = an_event(a_request(citizen=citizen), event_id=str(uuid4()))
    publisher = KafkaPublisher(settings)
    service = await build(settings)
    await publisher.start()
    await started(service)
    try:
        await publisher.publish([to_say("citizen-facts", wish, None)])
        await until(lambda: count(router_database, "SELECT count(*) FROM channel_router.citizen_fact"))
        await publisher.publish([to_say("outreach-requests", request, None)] * 2)
        chosen = await until(lambda: choices_about(heard, citizen.ref))
        await until(lambda: all(part.health().ready for part in service.parts))
    finally:
        await stopped(service)
        await publisher.stop()

    (choice,) = chosen
    assert choice.key == event_key(ROUTER_SOURCE, request.key.hex)
    assert choice.data.channel == "letter"
    assert {skipped.channel: skipped.reason for skipped in choice.data.skipped}["phone"] == "asked_not_to_be_phoned"


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def choices_about(consumer: KafkaConsumer, ref: str) -> list[Any]:
    batches = consumer.poll(timeout_ms=500)
    events = [read_event(record.value) for records in batches.values() for record in records]
    return [event for event in events if event.data.citizen.ref == ref]


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("policy_file", "nowhere.toml", "Set POLICY_FILE to the path of a policy file that can be read."),
        ("policy_file", "broken.toml", "The policy file cannot be used. It is not TOML"),
        ("purposes_file", "nowhere.toml", "Set PURPOSES_FILE to a file of purposes: it cannot be read."),
        ("purposes_file", "broken.toml", "Set PURPOSES_FILE to a file of purposes: the purposes file is not TOML"),
        ("pseudonym_keys", "1:secret", "PSEUDONYM_KEYS: a pseudonym key has only hexadecimal digits"),
    ],
)
async def test_a_router_that_cannot_start_says_what_to_set_and_never_the_secret(
    setting: str, value: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("= nothing")
    given: Any = tmp_path / value if setting.endswith("_file") else value
    away = Settings(
        http_port=0,
        token_issuers_file=tmp_path / "issuers.toml",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        broker_servers="127.0.0.1:1",
        **{setting: given},
    )

    with pytest.raises(BadSettings) as refused:
        await build(away)

    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)
