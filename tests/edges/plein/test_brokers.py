"""Every broker stops, dies, freezes and comes back as the fault tests need it to."""

import socket
import time
from collections.abc import Iterable
from contextlib import closing

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from engines import BrokerUnderTest
from plein.local.broker import EmbeddedBroker
from plein.local.ports import CannotStart


def test_a_broker_listens_on_loopback_only(breakable_broker: BrokerUnderTest) -> None:
    assert breakable_broker.listens_on == {"127.0.0.1"}


def test_a_killed_broker_comes_back_on_its_address_with_its_topics_only_when_it_is_durable(
    breakable_broker: BrokerUnderTest,
) -> None:
    _create_topic(breakable_broker.address, "squares")
    before, address = _cluster_id(breakable_broker.address), breakable_broker.address

    breakable_broker.kill()
    breakable_broker.start()

    assert breakable_broker.address == address
    assert ("squares" in _topics(address)) is breakable_broker.durable
    assert (_cluster_id(address) == before) is breakable_broker.durable


def test_a_broker_started_fresh_is_another_log(breakable_broker: BrokerUnderTest) -> None:
    _create_topic(breakable_broker.address, "squares")
    before = _cluster_id(breakable_broker.address)

    breakable_broker.stop()
    breakable_broker.start(fresh=True)

    assert "squares" not in _topics(breakable_broker.address)
    assert _cluster_id(breakable_broker.address) != before


def test_a_frozen_broker_answers_nothing_until_it_is_resumed(breakable_broker: BrokerUnderTest) -> None:
    breakable_broker.pause()
    frozen = not _answers_within(breakable_broker, seconds=1.0)

    breakable_broker.resume()

    assert frozen
    assert _cluster_id(breakable_broker.address)


def test_a_broker_whose_port_is_taken_says_so_instead_of_waiting(embedded_broker: BrokerUnderTest) -> None:
    taken = int(embedded_broker.address.rpartition(":")[2])
    second = EmbeddedBroker(embedded_broker.folder.with_name("second"), taken)
    started = time.monotonic()

    with pytest.raises(CannotStart, match="broker"):
        second.start()

    assert time.monotonic() - started < 15


def _answers_within(broker: BrokerUnderTest, seconds: float) -> bool:
    # ApiVersions v0, the first thing every client asks.
    request = bytes.fromhex("00120000000000010000")
    host, _, port = broker.address.rpartition(":")
    with closing(socket.create_connection((host, int(port)), timeout=seconds)) as client:
        client.settimeout(seconds)
        client.sendall(len(request).to_bytes(4, "big") + request)
        try:
            return bool(client.recv(1))
        except TimeoutError:
            return False


def _cluster_id(address: str) -> str:
    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def _topics(address: str) -> Iterable[str]:
    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        return list(admin.list_topics())


def _create_topic(address: str, name: str) -> None:
    deadline = time.monotonic() + 20
    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        while True:
            try:
                admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
            except KafkaError:
                if time.monotonic() > deadline:
                    raise
                continue
            return
