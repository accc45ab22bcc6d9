"""CloudEvents as others send them: the official SDK in every mode, batches, and what a body may not be."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from contact_events.codec import MAX_EVENT_BYTES
from counter_adapter.domain import DOOR as COUNTER
from front_door.door import ChannelDoor
from handlers.adapters.opened_doors import SOURCE, open_door
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

DOORS = pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def sdk_event(door: ChannelDoor, event_id: str, **data: Any) -> CloudEvent:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": door.submission_type,
        "time": datetime(2026, 11, 24, 16, 30, tzinfo=UTC),
        "datacontenttype": "application/json",
        "subject": "iets zonder betekenis",
    }
    return CloudEvent(attributes, dict(door.example) | data)


def an_event(event_id: str, **changes: Any) -> dict[str, Any]:
    data = {"matter": "aow", "summary": "Vraag"}
    return {"specversion": "1.0", "type": WEB.submission_type, "source": SOURCE, "id": event_id, "data": data} | changes


@DOORS
async def test_the_official_sdk_posts_in_every_mode_and_it_is_the_same_event(door: ChannelDoor, tmp_path: Path) -> None:
    """Structured, binary and in a batch: one event, one answer."""
    event = sdk_event(door, "sdk één 1%")
    structured, binary = to_structured_event(event), to_binary_event(event)
    async with open_door(door, tmp_path) as opened:
        first = await opened.post(content=structured.body, headers=structured.headers)
        second = await opened.post(content=binary.body, headers=binary.headers)
        third = await opened.post(content=b"[" + structured.body + b"]", headers=BATCH)
        said = await opened.events()

    assert first.status_code == 202, first.text
    assert first.json() == second.json() == third.json()[0]["accepted"]
    assert [event.id for event in said] == [each["id"] for each in first.json()["interactions"]]


async def test_the_time_of_an_event_is_when_it_was_logged(tmp_path: Path) -> None:
    """What happened when stands in the data; a clock that is off changes nothing there."""
    async with open_door(WEB, tmp_path) as opened:
        await opened.post(json=an_event("1", time="2026-11-24T10:00:00+01:00"), headers=STRUCTURED)
        (event,) = await opened.events()

    assert event.logged_at == event.data.recorded_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def test_an_event_logged_in_the_future_is_refused(tmp_path: Path) -> None:
    """Clocks differ by minutes, not by a day."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(json=an_event("1", time="2199-01-01T00:00:00Z"), headers=STRUCTURED)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/time"


async def test_500_events_are_taken_at_once_and_501_are_not(tmp_path: Path) -> None:
    """The limit is on events, and nothing of a batch that is too large is kept."""
    events = [an_event(str(number)) for number in range(501)]
    async with open_door(WEB, tmp_path) as opened:
        too_many = await opened.post(json=events, headers=BATCH)
        kept = opened.journaled()
        most = await opened.post(json=events[:500], headers=BATCH)
        said = await opened.events()

    assert (too_many.status_code, kept) == (413, 0)
    assert most.status_code == 202
    assert {each["httpStatus"] for each in most.json()} == {202}
    assert len(said) == 500


async def test_each_event_of_a_batch_gets_its_own_answer_in_its_place(tmp_path: Path) -> None:
    """Good, foreign, unknown, bad, no event, medical, good."""
    foreign = "urn:nld:oin:00000001823288444000:systeem:ander"
    events = [
        an_event("1"),
        an_event("2", source=foreign),
        an_event("3", type="nl.plein.iets.v1"),
        an_event("4", data={"matter": "onzin"}),
        "geen event",
        an_event("6", data={"matter": "aow", "summary": "ik heb kanker"}),
        an_event("1"),
    ]
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(json=events, headers=BATCH)
        said = await opened.events()

    results = answer.json()
    assert [each["httpStatus"] for each in results] == [202, 403, 400, 400, 400, 400, 202]
    assert [each["position"] for each in results] == list(range(7))
    assert results[3]["problem"]["errors"][0]["pointer"].startswith("/data/")
    assert results[0]["accepted"] == results[6]["accepted"]
    assert [event.id for event in said] == ["1"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "text/csv", "application/json; charset=latin-1", ""])
async def test_another_kind_of_body_is_answered_415(tmp_path: Path, kind: str) -> None:
    """Also JSON in other letters than UTF-8."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(content=b"{}", headers={"Content-Type": kind})

    assert answer.status_code == 415
    assert "application/cloudevents+json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'{"matter": "aow", "summary": "a\\u0000b"}',
        b'{"matter": "aow", "summary": "a\\ud800b"}',
        b'{"matter": "aow", "matter": "aow", "summary": "x"}',
        b'{"matter": NaN}',
        b'{"matter": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"matter": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b'{"matter": "aow", "summary": "\xff"}',
        b'{"matter": ' + b"9" * 5_000 + b"}",
    ],
    ids=["empty", "list", "null", "NUL", "surrogate", "key twice", "NaN", "deep lists", "deep objects", "not UTF-8", "number"],
)
async def test_what_is_no_proper_json_is_answered_400(tmp_path: Path, raw: bytes) -> None:
    """With problem+json, and nothing kept."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(content=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert opened.journaled() == 0


async def test_a_body_larger_than_the_limit_is_answered_413(tmp_path: Path) -> None:
    """Before it is read."""
    async with open_door(WEB, tmp_path, MAX_BODY_BYTES="1000") as opened:
        answer = await opened.post(json={"matter": "aow", "summary": "x" * 2000})

    assert answer.status_code == 413


async def test_the_largest_submission_still_fits_an_event(tmp_path: Path) -> None:
    """Twenty questions of the longest text in the widest letters: nothing accepted here is too large further on."""
    widest = "🙂" * 10_000
    question = {"matter": "aow", "heading": "🙂" * 200, "summary": widest, "answer": widest}
    body = dict(PHONE.example) | {"questions": [question] * 20}
    raw = json.dumps(body, ensure_ascii=False).encode()
    async with open_door(PHONE, tmp_path, MAX_BODY_BYTES="30000000") as opened:
        answer = await opened.post(content=raw, headers={"Content-Type": "application/json"})
        said = await opened.events()

    assert answer.status_code == 202, answer.text
    assert len(said) == 20
    assert max(len(record.value or b"") for record in opened.bus.records("interactions")) < MAX_EVENT_BYTES


@DOORS
async def test_an_id_in_the_form_of_a_further_question_is_refused(door: ChannelDoor, tmp_path: Path) -> None:
    """`#2` is how the second question of one contact is told apart."""
    async with open_door(door, tmp_path) as opened:
        answer = await opened.post(json=dict(door.example) | {"id": "bel-1#2"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/id"
