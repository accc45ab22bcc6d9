"""The broker of docker-compose.yml, its own settings, on a real Apache Kafka: each principal may do its own work and no more."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from contact_events.topics import TOPICS
from engines import APACHE_KAFKA, Engines
from event_bus.provision import group_of, lags, provision
from event_bus.settings import BrokerSettings, sign_in
from plein.access_rules import ADMINISTRATOR, OPERATOR, access_rules, apply_access_rules
from plein.local.kafka import ApacheKafka
from plein.services import SERVICES
from plein.topics import readers, topic_specs

COMPOSE = yaml.safe_load((Path(__file__).resolve().parents[3] / "docker-compose.yml").read_text())
PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module")
def broker(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Kafka set up as in docker-compose.yml, with its topics and rules."""
    if engines.why_no_apache_kafka() is not None:
        pytest.skip(f"NOT EXERCISED on {APACHE_KAFKA}: {engines.why_no_apache_kafka()}")
    kafka = ApacheKafka(tmp_path_factory.mktemp("secured"), properties=_broker_properties())
    kafka.start()
    try:
        provision(_as(ADMINISTRATOR, kafka.address), topic_specs())
        apply_access_rules(_as(ADMINISTRATOR, kafka.address), access_rules())
        with closing(_producer(kafka.address, ADMINISTRATOR)) as producer:
            for topic in TOPICS:
                producer.send(topic.name, b"{}", partition=0).get(timeout=10)
        yield kafka.address
    finally:
        kafka.kill()


def test_each_service_writes_its_own_topics_and_is_refused_every_other(broker: str) -> None:
    told = {(service.name, topic.name): _can_write(broker, service.name, topic.name) for service in SERVICES for topic in TOPICS}

    assert told == {(service.name, topic.name): service.name in topic.written_by for service in SERVICES for topic in TOPICS}


def test_each_service_reads_its_own_topics_and_is_refused_every_other(broker: str) -> None:
    told = {(service.name, topic.name): _can_read(broker, service.name, topic.name) for service in SERVICES for topic in TOPICS}

    assert told == {
        (service.name, topic.name): topic in (*service.reads, *service.follows) for service in SERVICES for topic in TOPICS
    }


def test_a_reader_keeps_its_place_in_its_own_group_only(broker: str) -> None:
    assert _can_join(broker, "timeline", group_of("timeline"), "interactions")
    assert not _can_join(broker, "timeline", group_of("channel_router"), "interactions")


def test_a_wrong_password_and_an_unknown_name_are_refused(broker: str) -> None:
    for user, password in (("web_adapter", "guess"), ("stranger", PASSWORD)):
        with pytest.raises(KafkaError):
            _producer(broker, user, password)


def test_a_service_makes_no_topic_and_an_operator_sees_lag_and_changes_nothing(broker: str) -> None:
    with pytest.raises(KafkaError):
        provision(_as("timeline", broker), [topic_specs()[0]._replace(name="a-topic-of-its-own")])

    assert lags(_as(OPERATOR, broker), readers()).keys() == readers().keys()
    assert not _can_write(broker, OPERATOR, "interactions")
    assert not _can_read(broker, OPERATOR, "interactions")


def test_the_rules_may_be_applied_again_and_a_foreign_rule_is_removed(broker: str) -> None:
    rules = access_rules()
    too_many = (*rules, rules[0]._replace(principal="stranger"))
    apply_access_rules(_as(ADMINISTRATOR, broker), too_many)

    cleaned = apply_access_rules(_as(ADMINISTRATOR, broker), rules)
    again = apply_access_rules(_as(ADMINISTRATOR, broker), rules)

    assert cleaned == (0, 1)
    assert again == (0, 0)


def _broker_properties() -> dict[str, str]:
    """Returns the container's settings as server.properties, the way the image reads them, for one node on loopback."""
    names = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): re.sub(r"\$\{[^}]+\}", PASSWORD, value)
        for name, value in COMPOSE["services"]["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }
    places = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs", "process.roles", "node.id"}
    return {name: value for name, value in names.items() if name not in places}


def _as(user: str, address: str, password: str = PASSWORD) -> BrokerSettings:
    return BrokerSettings.model_validate(
        {
            "broker_servers": address,
            "broker_security": "sasl_plaintext",
            "broker_sasl_mechanism": "PLAIN",
            "broker_user": user,
            "broker_password": password,
        }
    )


def _producer(address: str, user: str, password: str = PASSWORD) -> Any:
    return KafkaProducer(**sign_in(_as(user, address, password)), bootstrap_timeout_ms=5_000, max_block_ms=5_000, retries=0)


def _consumer(address: str, user: str, **options: Any) -> Any:
    return KafkaConsumer(**sign_in(_as(user, address)), bootstrap_timeout_ms=5_000, **options)


def _can_write(address: str, user: str, topic: str) -> bool:
    with closing(_producer(address, user)) as producer:
        try:
            producer.send(topic, b"{}", partition=0).get(timeout=10)
        except TopicAuthorizationFailedError:
            return False
        return True


def _can_read(address: str, user: str, topic: str) -> bool:
    with closing(_consumer(address, user, group_id=None)) as consumer:
        if not consumer.partitions_for_topic(topic):
            return False
        consumer.assign([TopicPartition(topic, 0)])
        deadline = time.monotonic() + 20
        try:
            consumer.seek_to_beginning()
            while time.monotonic() < deadline:
                if consumer.poll(timeout_ms=500):
                    return True
        except TopicAuthorizationFailedError:
            return False
    raise AssertionError(f"the broker neither gave {user} the record in {topic} nor refused it")


def _can_join(address: str, user: str, group: str, topic: str) -> bool:
    with closing(_consumer(address, user, group_id=group)) as consumer:
        consumer.subscribe([topic])
        try:
            consumer.poll(timeout_ms=5_000)
        except GroupAuthorizationFailedError:
            return False
        return True
