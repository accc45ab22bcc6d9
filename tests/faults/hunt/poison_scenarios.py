"""Events that nobody can process, written straight onto the topic: parked whole, and their neighbours unaffected."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

import httpx2

from contact_events.citizen_ref import CitizenRef
from event_bus.broker_view import admin_client, ends_of, partitions_of
from event_bus.publisher import KafkaPublisher, NotPublished
from event_bus.records import ToSay
from faults.hunt.history import Planted
from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import Ground, scenario
from faults.hunt.showing import digest_of
from faults.hunt.town import TOPIC, HuntedTown

TOO_MANY = 450
MOST_IN_A_ROW = 200
TEN_MEGABYTES = 10_000_000


def poison(mark: str) -> dict[str, bytes]:
    """Returns bytes of each kind by the reason they must be parked for; `mark` makes them differ from earlier ones."""
    ref = CitizenRef(uuid.uuid4().bytes, 1).text
    envelope = {
        "specversion": "1.0",
        "id": mark,
        "source": "urn:nld:test:poison",
        "type": "nl.plein.interaction.recorded.v1",
        "time": "2026-11-23T10:00:00Z",
        "subject": ref,
        "datacontenttype": "application/json",
    }
    data = {
        "citizen": {"ref": ref, "kind": "bsn", "assurance": "low"},
        "channel": "web",
        "direction": "inbound",
        "matter": "aow",
        "occurred_at": "2026-11-23T10:00:00Z",
        "recorded_at": "2026-11-23T10:00:00Z",
    }
    whole = envelope | {"data": data}
    return {
        "not_json": b'{"id": "' + mark.encode() + b'", ',
        "nested_too_deep": json.dumps(envelope).encode()[:-1] + b', "data": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "not_a_cloudevent": json.dumps({"id": mark}).encode(),
        "too_large": json.dumps(whole | {"filler": "x" * 950_000}).encode(),
        "nul_in_text": json.dumps(whole | {"data": data | {"summary": "een\x00twee"}}).encode(),
        "unknown_type": json.dumps(whole | {"type": "nl.plein.weather.changed.v1"}).encode(),
        "unknown_major_version": json.dumps(whole | {"type": "nl.plein.interaction.recorded.v9"}).encode(),
        "invalid_data": json.dumps(whole | {"data": data | {"occurred_at": "yesterday"}}).encode(),
    }


def publish(town: HuntedTown, values: Sequence[bytes], key: bytes | None = None) -> None:
    """Writes values straight onto the topic, past every adapter. Raises NotPublished."""

    async def published() -> None:
        publisher = KafkaPublisher(town.broker_settings)
        try:
            await publisher.publish([ToSay(TOPIC, key or uuid.uuid4().bytes, value, uuid.uuid4()) for value in values])
        finally:
            await publisher.stop()

    asyncio.run(published())


@scenario("poison-of-every-kind", small=True)
def poison_of_every_kind(ground: Ground) -> None:
    """Bad JSON, deep nesting, NUL in text, too long, unknown type, unknown version: parked whole among good events."""
    town = ground.town
    with ground.sending():
        for number in range(2):
            kinds = poison(f"poison-{len(town.history.lines)}-{number}")
            publish(town, list(kinds.values()))
            now = datetime.now(UTC)
            town.history.note(Planted(digest_of(value), reason, now) for reason, value in kinds.items())
            ground.under_way()
    town.settled()
    planted = {line.digest for line in town.history.lines if isinstance(line, Planted)}
    awaited(lambda: planted <= {each.digest for each in town.rows.parked()}, "everything planted is parked")


@scenario("ten-megabytes")
def ten_megabytes(ground: Ground) -> None:
    """Ten megabytes are refused at the door and by the broker, and nobody notices anything else."""
    town = ground.town
    headers = {"Authorization": f"Bearer {town.token('web')}", "Content-Type": "application/json"}
    with ground.sending():
        answer = httpx2.post(
            f"{town.adapters[0].url}/v1/interactions",
            content=b'{"summary": "' + b"x" * TEN_MEGABYTES + b'"}',
            headers=headers,
            timeout=20,
            trust_env=False,
        )
        assert answer.status_code == httpx2.codes.REQUEST_ENTITY_TOO_LARGE
        assert is_refused_for_ever(town, b"x" * TEN_MEGABYTES)
    town.settled()


def is_refused_for_ever(town: HuntedTown, value: bytes) -> bool:
    """Says whether the way to the broker refuses a value and knows that trying again will not help."""
    try:
        publish(town, [value])
    except NotPublished as refusal:
        return refusal.never
    return False


@scenario("too-much-poison-in-a-row")
def too_much_poison_in_a_row(ground: Ground) -> None:
    """A partition full of poison ends its worker with a sentence instead of being emptied into the park; an operator moves on."""
    town = ground.town
    ground.burst(2)
    town.settled()
    parked_before = len(town.rows.parked())
    mark = f"row-{len(town.history.lines)}"
    values = {digest_of(value): value for value in (f"{mark} {number}".encode() for number in range(TOO_MANY))}
    publish(town, list(values.values()), key=uuid.uuid4().bytes)
    for worker in town.workers:
        assert worker.wait_gone() == 1
        assert worker.said("TooManyParked")
    parked = [each for each in town.rows.parked() if each.digest in values]
    assert len(parked) == len(town.rows.parked()) - parked_before <= MOST_IN_A_ROW
    now = datetime.now(UTC)
    town.history.note(Planted(each.digest, each.reason, now) for each in parked)
    _move_on(town, TOO_MANY - len(parked))
    town.all_running()
    ground.burst(2)
    town.settled()


def _move_on(town: HuntedTown, count: int) -> None:
    """Moves the reader past what is left of the poison, as an operator would: nothing else waits."""
    with closing(admin_client(town.broker_settings, timeout_ms=5_000)) as admin:
        ends = ends_of(admin, partitions_of(admin, [TOPIC]))
    stands = dict(town.rows.query(f"SELECT partition, next_offset FROM timeline.stream_position WHERE topic = '{TOPIC}'"))
    full = max(ends, key=lambda each: ends[each] - stands[each.partition])
    town.rows.execute(
        f"UPDATE timeline.stream_position SET next_offset = next_offset + {count}, parked_in_a_row = 0"
        f" WHERE topic = '{TOPIC}' AND partition = {full.partition}"
    )
