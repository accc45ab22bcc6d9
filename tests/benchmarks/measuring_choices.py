"""A campaign: requests to reach many citizens become choices that are durable and published, by the router as it is deployed."""

import asyncio
import hashlib
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.costs import Meter
from benchmarks.figures import Outcome, Run
from benchmarks.pairing import told
from benchmarks.preloading import BATCH_BYTES, Sender, a_producer
from benchmarks.product import a_service, ingest
from benchmarks.stage import Stage
from contact_events.citizen_ref import CitizenRef
from contact_events.codec import read_event, write_event
from contact_events.envelope import Event
from contact_events.outreach import OutreachRequested
from contact_events.topics import CHANNEL_CHOICES, OUTREACH_REQUESTS
from contact_events.words import CitizenReference
from engines import BrokerUnderTest
from event_bus.settings import sign_in

NAMES = ("choices_per_s_vs_ingest",)
SOURCE = "urn:nld:oin:00000001823288444000:systeem:zaaksysteem"
# Slower than this is a fault and no figure.
LEAST_A_SECOND = 50


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Sets the router's rate beside the timeline's ingest of the load, a run of each in turn."""
    stage.tell("choices_per_s_vs_ingest:")
    runs, values, broken = [], [], []
    for _ in range(stage.size.pairs):
        choices = told(stage, _campaign(stage))
        landed = _landed(stage)
        runs += [choices, landed]
        broken += [f"{run.who}: {fault}" for run in (choices, landed) for fault in run.faults]
        values.append(choices.rate / landed.rate if landed.rate else 0.0)
    yield Outcome(NAMES[0], values, broken, f"{stage.size.requests:,} requests", runs)


def _landed(stage: Stage) -> Run:
    """Returns a run of the ingest of this moment; in `small` one that was made before will do."""
    if stage.size.name != "small" or not stage.ingested:
        stage.ingested.append(told(stage, ingest(stage)))
    return stage.ingested[-1]


def _campaign(stage: Stage) -> Run:
    """Seconds run from the first request that goes out until the last choice can be read."""
    with (
        stage.side_broker() as broker,
        stage.empty_database() as url,
        a_service(stage, "channel_router", url, broker) as service,
    ):
        service.wait_ready()
        engines = {"postgres": stage.engines.postgres().pid, "broker": broker.engine.pid}
        meter = Meter({"channel_router": service.pid, **engines})
        seconds, faults = asyncio.run(_asked_and_answered(stage, broker))
        cpu = meter.per_thousand(stage.size.requests)
    return Run("plein's router", stage.size.requests, seconds, cpu, faults)


async def _asked_and_answered(stage: Stage, broker: BrokerUnderTest) -> tuple[float, list[str]]:
    requests = [_request(number) for number in range(stage.size.requests)]
    deadline = time.monotonic() + 60 + len(requests) / LEAST_A_SECOND
    settings = stage.broker_settings_of(broker)
    consumer = AIOKafkaConsumer(enable_auto_commit=False, **sign_in(settings))
    producer = a_producer(settings, max_batch_size=BATCH_BYTES)
    await consumer.start()
    await producer.start()
    try:
        partitions = [TopicPartition(CHANNEL_CHOICES.name, each) for each in range(CHANNEL_CHOICES.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        sender = Sender(producer, OUTREACH_REQUESTS.name)
        await sender.learn()
        started = time.perf_counter()
        for request in requests:
            await sender.send(request.citizen.value, write_event(request))
        await sender.finish()
        values: list[bytes] = []
        while len(values) < len(requests) and time.monotonic() < deadline:
            fetched = await consumer.getmany(timeout_ms=200, max_records=20_000)
            values += [record.value for records in fetched.values() for record in records]
        seconds = time.perf_counter() - started
    finally:
        await producer.stop()
        await consumer.stop()
    return seconds, _faults(requests, values)


def _faults(requests: list[Event[OutreachRequested]], values: list[bytes]) -> list[str]:
    """Returns a sentence when a request has no choice, or one has several."""
    chosen = [read_event(value).data.request.key for value in values]
    missing = len({request.key for request in requests} - set(chosen))
    several = len(chosen) - len(set(chosen))
    faults = [f"{missing} requests have no choice"] if missing else []
    return faults + ([f"{several} choices came twice"] if several else [])


def _request(number: int) -> Event[OutreachRequested]:
    ref = CitizenRef(hashlib.sha256(b"campaign %d" % number).digest()[:16], 1)
    now = datetime.now(UTC)
    data = OutreachRequested(
        citizen=CitizenReference(ref=ref.text, kind="bsn", assurance="substantial"),
        matter="aow",
        purpose="dienstverlening",
        title="U kunt nu uw AOW aanvragen",
        requested_by="medewerker-7",
        requested_at=now,
        campaign="aow-2026",
    )
    return Event(id=f"campaign-{number}", source=SOURCE, logged_at=now, data=data)
