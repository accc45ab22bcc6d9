"""What the Kafka libraries do is kept within bounds."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer

from event_bus.libraries import ASK_EVERY_S, ask_seldom
from plein.local.ports import LOOPBACK, free_port


async def test_a_client_does_not_ask_a_broker_that_refuses_it_as_fast_as_it_can() -> None:
    """As it does for a partition without a leader: each failure is the reason for the next question."""
    consumer = AIOKafkaConsumer(bootstrap_servers=f"{LOOPBACK}:{free_port()}")
    ask_seldom(consumer._client)
    asking = asyncio.create_task(consumer._client._md_synchronizer())
    started = time.monotonic()

    for _ in range(5):
        assert not await consumer._client.force_metadata_update()

    assert time.monotonic() - started >= 4 * ASK_EVERY_S
    asking.cancel()
    await asyncio.wait([asking])
    await consumer.stop()
