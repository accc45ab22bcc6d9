"""What asking a broker that is away for hours leaves behind in the process: nothing."""

import gc
import logging
import threading
from pathlib import Path

import pytest

from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.settings import BrokerSettings

NOBODY_LISTENS = "127.0.0.1:1"
OPEN_FILES = Path("/proc/self/fd")


async def test_asking_a_broker_that_is_away_leaves_no_thread_and_nothing_open(caplog: pytest.LogCaptureFixture) -> None:
    """A door asks all the time; what each question leaves open would keep senders out after an hour or two."""
    caplog.set_level(logging.CRITICAL, "kafka")  # a line that is captured holds on to the refused connection
    view = BrokerView(BrokerSettings(broker_servers=NOBODY_LISTENS), timeout_ms=50)

    async def left_by_a_question() -> tuple[int, int]:
        with pytest.raises(BrokerAway):
            await view.log_id()
        gc.collect()
        return len([*OPEN_FILES.iterdir()]), threading.active_count()  # noqa: ASYNC240 - reads no disk

    first = await left_by_a_question()
    last = [await left_by_a_question() for _ in range(5)][-1]
    view.close()

    assert last == first
