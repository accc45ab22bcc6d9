"""What a publisher tells who waits for it, whatever becomes of its producer."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from event_bus import publisher as publisher_module
from event_bus.publisher import KafkaPublisher, NotPublished
from event_bus.records import ToSay
from event_bus.settings import BrokerSettings


class _Hanging:
    """A producer that acknowledges nothing, and cancels what waits for it when it is closed."""

    def __init__(self, **_: Any) -> None:
        self._closed = False
        self.sent: list[asyncio.Future[None]] = []
        self._message_accumulator = SimpleNamespace(fail_all=lambda _: None)
        self.client = SimpleNamespace(close=self._close, _metadata_update=None)
        self._sender = SimpleNamespace(close=self._close)

    async def start(self) -> None: ...

    async def flush(self) -> None: ...

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[None]:
        self.sent.append(asyncio.get_running_loop().create_future())
        return self.sent[-1]

    async def _close(self) -> None:
        for each in self.sent:
            each.cancel()


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> KafkaPublisher:
    monkeypatch.setattr(publisher_module, "AIOKafkaProducer", _Hanging)
    return KafkaPublisher(BrokerSettings(broker_servers="127.0.0.1:1"))


async def _waiting(publisher: KafkaPublisher) -> asyncio.Task[None]:
    publishing = asyncio.create_task(publisher.publish([ToSay("things", b"k", b"v", uuid.uuid4())]))
    async with asyncio.timeout(5):
        while publisher._producer is None or not publisher._producer.sent:  # noqa: ASYNC110 - a producer has no event for it
            await asyncio.sleep(0)
    return publishing


async def test_who_waits_for_a_producer_that_is_given_up_hears_that_nothing_was_published(publisher: KafkaPublisher) -> None:
    """Cancelled instead, it took the whole door down with what its journal still had to say."""
    publishing = await _waiting(publisher)

    publisher.begin_anew()

    with pytest.raises(NotPublished):
        await publishing


async def test_who_is_cancelled_stays_cancelled(publisher: KafkaPublisher) -> None:
    publishing = await _waiting(publisher)

    publishing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await publishing
