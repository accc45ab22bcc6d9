"""What the Kafka libraries do that their users need not see."""

import asyncio
import logging


def quieten() -> None:
    """Keeps the libraries under this package to warnings: they tell of every connection they make. May be called twice."""
    for name in ("kafka", "aiokafka", "faust", "mode", "event_bus.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)


def is_cancelled() -> bool:
    """Says whether somebody cancelled the task that runs now.

    aiokafka cancels tasks of its own when a client closes, and whoever waits for one of them gets its CancelledError.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
