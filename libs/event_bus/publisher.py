"""The port through which events leave, and its Kafka edge."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from event_bus.records import ToSay
from event_bus.settings import BrokerSettings, sign_in
from service_runtime import metrics
from service_runtime.parts import PartHealth

DELIVERY_TIMEOUT_MS = 10_000
MAX_REQUEST_BYTES = 1_048_576


class NotPublished(Exception):
    """Not every event was acknowledged; some may have been. `never` means that trying again will not help."""

    def __init__(self, reason: str, *, never: bool = False) -> None:
        super().__init__(f"the broker did not acknowledge: {reason}")
        self.never = never


class Publisher(Protocol):
    """Brings events to the broker."""

    async def publish(self, events: Sequence[ToSay]) -> None:
        """Returns when every event is acknowledged by all replicas, or raises NotPublished.

        May be called twice with the same events (delivery is at least once) and by many at once. Events of one call and
        key keep their order.
        """

    def begin_anew(self) -> None:
        """Makes the next publish a stranger to the broker: say it before publishing to one that came back as another.

        An idempotent producer would go on counting under a number that the new broker may have given to somebody else, and
        hear "that I have" of what is nowhere. Does not block; what is under way may be refused.
        """


class KafkaPublisher:
    """kafka-python's idempotent producer, used from one thread; acknowledgements come back to the event loop."""

    name = "publisher"

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._producer: KafkaProducer | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._failed = False
        self._is_known = False

    async def start(self) -> None:
        """Connects in the background: a broker that is away does not keep a process from starting."""

    async def stop(self) -> None:
        """Gives what is under way a moment to be acknowledged."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close, 2.0)
        self._thread.shutdown(wait=False)

    async def ended(self) -> None:
        await asyncio.Event().wait()

    def health(self) -> PartHealth:
        """Always ready: what cannot be published is kept by the journal or the outgoing table."""
        return PartHealth(name=self.name, ready=True, detail={"last_publish_failed": self._failed})

    async def publish(self, events: Sequence[ToSay]) -> None:
        """See the port."""
        if not events:
            return
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()
        await loop.run_in_executor(self._thread, self._send, events, _Countdown(loop, acknowledged, len(events)))
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_MS / 1000 + 1):
                await acknowledged
        except TimeoutError:
            raise self._gone("no answer in time") from None
        except KafkaError as fault:
            raise self._gone(type(fault).__name__, never=isinstance(fault, MessageSizeTooLargeError)) from None
        self._failed = False
        for event in events:
            metrics.events_published_total.labels(topic=event.topic).inc()

    def begin_anew(self) -> None:
        """See the port."""
        self._is_known = False

    def _gone(self, reason: str, *, never: bool = False) -> NotPublished:
        # A producer whose broker came back as another one may refuse for ever: the next call makes a new one.
        if not never:
            self._failed = True
        return NotPublished(reason, never=never)

    def _send(self, events: Sequence[ToSay], countdown: "_Countdown") -> None:
        try:
            if self._failed or not self._is_known:
                self._close(0)
                self._failed, self._is_known = False, True
            producer = self._connected()
            for event in events:
                sent = producer.send(event.topic, event.value, event.key, list(event.headers))
                sent.add_callback(countdown.one_done)
                sent.add_errback(countdown.failed)
        except (KafkaError, OSError, AssertionError, ValueError) as fault:
            countdown.failed(fault if isinstance(fault, KafkaError) else KafkaError(type(fault).__name__))

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                client_id="plein-publisher",
                acks="all",
                enable_idempotence=True,
                linger_ms=1,
                batch_size=131_072,
                max_request_size=MAX_REQUEST_BYTES,
                request_timeout_ms=4_000,
                delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
                max_block_ms=2_000,
                bootstrap_timeout_ms=2_000,
                metadata_max_age_ms=30_000,
                reconnect_backoff_max_ms=500,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **sign_in(self._settings),
            )
        return self._producer

    def _close(self, seconds: float) -> None:
        if self._producer is not None:
            with suppress(KafkaError, OSError):
                self._producer.close(timeout=seconds)
            self._producer = None


class _Countdown:
    """Turns many acknowledgements from the producer's thread into one answer in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[None], left: int) -> None:
        self._loop = loop
        self._answer = answer
        self._left = left

    def one_done(self, _: Any) -> None:
        self._left -= 1
        if self._left == 0:
            self._loop.call_soon_threadsafe(self._finish, None)

    def failed(self, fault: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._finish, fault)

    def _finish(self, fault: BaseException | None) -> None:
        if self._answer.done():
            return
        if fault is None:
            self._answer.set_result(None)
        else:
            self._answer.set_exception(fault)
