"""Accepting: the web adapter, durable before its 202, beside the same app doing nothing and beside a bare producer."""

import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.bodies import A_BATCH, batch_a_request, made_up_bsns, one_a_request
from benchmarks.costs import Meter
from benchmarks.figures import Outcome, Run, outcome_of_pairs
from benchmarks.pairing import pairs_of
from benchmarks.preloading import a_producer
from benchmarks.product import a_service
from benchmarks.stage import PRODUCED_BARE, Stage
from benchmarks.wire import Answered, closed_loop
from contact_events.codec import read_envelope
from contact_events.topics import INTERACTIONS
from engines import BrokerUnderTest
from plein.local.ports import LOOPBACK, free_port, is_listened_on
from plein.local.processes import LocalProcess
from plein.local.tokens import AUDIENCE, mint_token

NAMES = ("accept_vs_noop", "accept_batch_events_per_s_vs_produce")
SUBJECTS = Path(__file__).parent / "subjects"
CONNECTIONS = 32
# Connections to the broker and the caches of a new process come before what is counted.
WARM_S = 1.5
NO_LIMIT = "1000000"


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    """Runs on a broker of its own: what is accepted here must not get among the load."""
    bsns = made_up_bsns(2_000)
    with stage.side_broker() as broker:
        if "accept_vs_noop" in wanted:
            stage.tell("accept_vs_noop:")
            product = partial(_adapter, stage, broker, partial(one_a_request, bsns=bsns), 1)
            peer = partial(_noop, stage, partial(one_a_request, bsns=bsns))
            yield outcome_of_pairs("accept_vs_noop", pairs_of(stage, product, peer, stage.size.pairs))
        if "accept_batch_events_per_s_vs_produce" in wanted:
            stage.tell("accept_batch_events_per_s_vs_produce:")
            product = partial(_adapter, stage, broker, partial(batch_a_request, bsns=bsns), A_BATCH)
            peer = partial(_producer, stage, broker)
            yield outcome_of_pairs("accept_batch_events_per_s_vs_produce", pairs_of(stage, product, peer, stage.size.pairs))


Requests = Callable[..., Iterator[bytes]]


def _adapter(stage: Stage, broker: BrokerUnderTest, requests: Requests, events_a_request: int) -> Run:
    """Posts for some seconds, then looks whether each accepted event is in the topic, once."""
    run = secrets.token_hex(4)
    journal = stage.folder / "engines" / f"journal-{run}.sqlite"
    more = {"journal_file": str(journal), "requests_per_second": NO_LIMIT, "request_burst": NO_LIMIT}
    with a_service(stage, "web_adapter", None, broker, **more) as service:
        service.wait_ready()
        _posted(service.port, requests(f"warm-{run}", _token(stage)), WARM_S)
        meter = Meter({"web_adapter": service.pid, "broker": broker.engine.pid})
        answered = _posted(service.port, requests(run, _token(stage)), stage.size.accept_seconds)
        accepted = answered.count(202) * events_a_request
        cpu = meter.per_thousand(max(1, accepted))
        faults = _refusals(answered) or asyncio.run(_faults_in_topic(broker, f"{run}-", accepted))
    return Run("plein's web adapter", accepted, answered.took, cpu, faults)


def _noop(stage: Stage, requests: Requests) -> Run:
    with _a_noop_door(stage) as (port, pid):
        _posted(port, requests("warm", _token(stage)), WARM_S)
        meter = Meter({"process": pid})
        answered = _posted(port, requests("noop", _token(stage)), stage.size.accept_seconds)
        cpu = meter.per_thousand(max(1, answered.count(202)))
    return Run("the app doing nothing", answered.count(202), answered.took, cpu, _refusals(answered))


def _producer(stage: Stage, broker: BrokerUnderTest) -> Run:
    """aiokafka's producer, the fastest in Python that was measured: idempotent, acks=all, each event a `send` of its own."""
    seconds, count, meter = asyncio.run(_produce(stage, broker, stage.size.accept_seconds))
    return Run("aiokafka producer", count, seconds, meter.per_thousand(count))


async def _produce(stage: Stage, broker: BrokerUnderTest, seconds: float) -> tuple[float, int, Meter]:
    # As large as what the adapter publishes of such a form.
    value, keys = b"x" * 610, [secrets.token_bytes(16) for _ in range(2_000)]
    settings = stage.broker_settings_of(broker)
    producer = a_producer(settings, linger_ms=5)
    await producer.start()
    meter = Meter({"broker": broker.engine.pid})
    started, count, waiting = time.perf_counter(), 0, set()
    while time.perf_counter() - started < seconds:
        for _ in range(A_BATCH):
            waiting.add(await producer.send(PRODUCED_BARE.name, value, keys[count % len(keys)]))
            count += 1
        if len(waiting) >= A_BATCH * CONNECTIONS:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*waiting)
    took = time.perf_counter() - started
    await producer.stop()
    return took, count, meter


async def _faults_in_topic(broker: BrokerUnderTest, prefix: str, accepted: int) -> list[str]:
    """Reads the topic and returns a sentence when accepted events are missing or there twice."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(INTERACTIONS.name, each) for each in range(INTERACTIONS.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: dict[str, int] = {}
        quiet = 0
        while quiet < 3 and len(found) < accepted:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=20_000)
            quiet = 0 if fetched else quiet + 1
            for record in (record for records in fetched.values() for record in records):
                event_id = read_envelope(record.value).id
                if event_id.startswith(prefix):
                    found[event_id] = found.get(event_id, 0) + 1
    finally:
        await consumer.stop()
    faults = [f"{accepted - len(found)} accepted events are not in the topic"] if len(found) < accepted else []
    return [
        *faults,
        *([f"{len(found) - accepted} events are in the topic that were not accepted"] if len(found) > accepted else []),
    ]


def _posted(port: int, requests: Iterator[bytes], seconds: float) -> Answered:
    return uvloop.run(closed_loop(port, requests, connections=CONNECTIONS, seconds=seconds))


def _refusals(answered: Answered) -> list[str]:
    return [f"{count} answers were {status}" for status, count in answered.statuses.items() if status != 202]


def _token(stage: Stage) -> str:
    assert stage.keys
    return mint_token(stage.folder / "engines", "web")


@contextmanager
def _a_noop_door(stage: Stage) -> Iterator[tuple[int, int]]:
    assert stage.keys
    port, folder = free_port(), stage.folder / "engines" / "services"
    settings = {
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(port),
        "TOKEN_ISSUERS_FILE": str(stage.issuers_file),
        "TOKEN_AUDIENCE": AUDIENCE,
        "REQUESTS_PER_SECOND": NO_LIMIT,
        "REQUEST_BURST": NO_LIMIT,
        "PYTHONPATH": str(SUBJECTS.parents[1]),
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(SUBJECTS / "noop_door.py")]
    process = LocalProcess("noop_door", command, folder=folder, environment=settings)
    process.start()
    try:
        process.wait_until(lambda: is_listened_on(port), seconds=60)
        yield port, process.pid
    finally:
        process.stop()
