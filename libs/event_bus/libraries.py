"""What the Kafka libraries do that their users need not see."""

import asyncio
import logging
import time
from typing import Any

from aiokafka.client import AIOKafkaClient

ASK_EVERY_S = 0.1


def quieten() -> None:
    """Keeps the libraries under this package to warnings: they tell of every connection they make. May be called twice."""
    for name in ("kafka", "aiokafka", "faust", "mode", "event_bus.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)


def ask_seldom(client: AIOKafkaClient) -> None:
    """Lets an aiokafka client ask a broker for its metadata ten times a second at most.

    A partition without a leader makes it ask at once, again and again. Where nobody listens each answer comes at once too:
    4,000 in a second, two log lines each.
    """
    ask, asked_at = client._metadata_update, -ASK_EVERY_S

    async def ask_when_it_is_time(*arguments: Any) -> bool:
        nonlocal asked_at
        await asyncio.sleep(max(0.0, asked_at + ASK_EVERY_S - time.monotonic()))
        asked_at = time.monotonic()
        return bool(await ask(*arguments))

    client._metadata_update = ask_when_it_is_time


def is_cancelled() -> bool:
    """Says whether somebody cancelled the task that runs now.

    aiokafka cancels tasks of its own when a client closes, and whoever waits for one of them gets its CancelledError.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
