"""The port through which events leave, and its Kafka edge."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError

from event_bus.libraries import ask_seldom, is_cancelled
from event_bus.records import ToSay
from event_bus.settings import BrokerSettings, sign_in
from service_runtime import metrics
from service_runtime.parts import PartHealth

CONNECT_S = 2.0
REQUEST_TIMEOUT_MS = 4_000
DELIVERY_S = 11.0
FLUSH_S = 2.0
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
    """aiokafka's producer; what many calls bring at once shares its requests.

    One that failed may be refused for ever by a broker that came back as another one: it is given up with all it holds,
    and the next call makes a new one.
    """

    name = "publisher"

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[AIOKafkaProducer] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._failed = False

    async def start(self) -> None:
        """Connects at the first call: a broker that is away does not keep a process from starting."""

    async def stop(self) -> None:
        """Gives what is under way a moment to be acknowledged."""
        if self._producer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await self._producer.flush()
            self._end(self._producer)
        if self._ending:
            await asyncio.wait(self._ending)

    async def ended(self) -> None:
        await asyncio.Event().wait()

    def health(self) -> PartHealth:
        """Always ready: what cannot be published is kept by the journal or the outgoing table."""
        return PartHealth(name=self.name, ready=True, detail={"last_publish_failed": self._failed})

    async def publish(self, events: Sequence[ToSay]) -> None:
        """See the port."""
        if not events:
            return
        producer = await self._connected()
        try:
            async with asyncio.timeout(DELIVERY_S):
                await _published(producer, events)
        except _TooLarge:
            raise NotPublished(MessageSizeTooLargeError.__name__, never=True) from None
        except (KafkaError, OSError, TimeoutError) as fault:
            raise self._gone(producer, fault) from None
        except asyncio.CancelledError:
            # A producer that is given up by another call cancels what this one waits for; nobody cancelled this one.
            if is_cancelled():
                raise
            raise self._gone(producer, KafkaConnectionError("given up")) from None
        self._failed = False
        for topic, count in Counter(event.topic for event in events).items():
            metrics.events_published_total.labels(topic=topic).inc(count)

    def begin_anew(self) -> None:
        """See the port."""
        if self._producer is not None:
            self._end(self._producer)
            self._producer = None

    async def _connected(self) -> AIOKafkaProducer:
        """Returns the producer. Who comes while it connects shares how that goes."""
        if self._producer is not None:
            return self._producer
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            client_id="plein-publisher",
            acks="all",
            # The embedded broker gives no producer an id; a repeat is harmless (decision 8).
            enable_idempotence=self._settings.broker_durable,
            max_batch_size=131_072,
            max_request_size=MAX_REQUEST_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=30_000,
            **sign_in(self._settings),
        )
        ask_seldom(producer.client)
        try:
            async with asyncio.timeout(CONNECT_S):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as fault:
            raise self._gone(producer, fault) from None
        else:
            self._producer = producer
            return producer
        finally:
            self._connecting = None

    def _gone(self, producer: AIOKafkaProducer, fault: Exception) -> NotPublished:
        """Ends a producer in the background, with everything that still waits for it."""
        self._failed = True
        if self._producer is producer:
            self._producer = None
        self._end(producer)
        return NotPublished(type(fault).__name__, never=isinstance(fault, MessageSizeTooLargeError))

    def _end(self, producer: AIOKafkaProducer) -> None:
        if not producer._closed:
            producer._closed = True
            ending = asyncio.create_task(_ended(producer))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)


class _TooLarge(Exception):
    """The producer would not take an event; nothing is wrong with the producer."""


async def _published(producer: AIOKafkaProducer, events: Sequence[ToSay]) -> None:
    """Returns when all are acknowledged. Raises the first fault when the fate of every one that was sent is known."""
    sent = []
    too_large = False
    for event in events:
        try:
            sent.append(await producer.send(event.topic, event.value, event.key, headers=[*event.headers]))
        except MessageSizeTooLargeError:
            too_large = True
            break
    for answer in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
    if too_large:
        raise _TooLarge


async def _ended(producer: AIOKafkaProducer) -> None:
    """Its own `stop` would wait for a broker that may be away for ever."""
    producer._message_accumulator.fail_all(KafkaConnectionError("the producer was given up"))
    await producer.client.close()
    await producer._sender.close()
