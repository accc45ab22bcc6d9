"""Posting at a door: who may, what is answered, and what stands in the topics afterwards."""

from pathlib import Path
from typing import Any

import pytest

from contact_events.identity import event_key, receipt_of
from counter_adapter.domain import DOOR as COUNTER
from front_door.door import ChannelDoor
from handlers.adapters.opened_doors import ADDRESS, SOURCE, a_bus, a_token, open_door, token_for
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

DOORS = pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))


def a_form(**changes: Any) -> dict[str, Any]:
    return {"id": "formulier-1", "matter": "aow", "summary": "Wanneer kan ik AOW aanvragen?"} | changes


@DOORS
async def test_each_doors_own_example_is_accepted_and_said(door: ChannelDoor, tmp_path: Path) -> None:
    """What the documentation shows works when it is pasted."""
    async with open_door(door, tmp_path) as opened:
        answer = await opened.post(json=dict(door.example))
        said = await opened.events()

    key = event_key(SOURCE, door.example["id"])
    assert answer.status_code == 202, answer.text
    assert answer.json()["receipt"] == receipt_of(key)
    assert answer.json()["status"] == f"{ADDRESS}/v1/interactions/{key}/status"
    assert [event.id for event in said] == [each["id"] for each in answer.json()["interactions"]]
    assert {event.data.channel for event in said} == {door.channel}


@DOORS
async def test_the_same_event_again_gets_the_same_answer_also_after_a_restart(door: ChannelDoor, tmp_path: Path) -> None:
    """Twice is once."""
    bus = a_bus()
    async with open_door(door, tmp_path, bus) as opened:
        first = await opened.post(json=dict(door.example))
        again = await opened.post(json=dict(door.example))
    async with open_door(door, tmp_path, bus) as opened:
        after_restart = await opened.post(json=dict(door.example))
        said = await opened.events()

    assert [answer.status_code for answer in (first, again, after_restart)] == [202, 202, 202]
    assert first.content == again.content == after_restart.content
    assert len({event.id for event in said}) == opened.journaled() == len(first.json()["interactions"])


async def test_other_content_under_a_used_id_is_answered_409_also_after_a_restart(tmp_path: Path) -> None:
    """The first words stand; a correction is another event."""
    async with open_door(WEB, tmp_path) as opened:
        await opened.post(json=a_form())
        other = await opened.post(json=a_form(matter="belasting"))
    async with open_door(WEB, tmp_path) as opened:
        after_restart = await opened.post(json=a_form(matter="belasting"))

    assert [other.status_code, after_restart.status_code] == [409, 409]
    assert other.json()["type"] == "urn:plein:problem:other-content"
    assert opened.journaled() == 1


async def test_more_questions_under_a_used_id_are_not_mixed_in(tmp_path: Path) -> None:
    """The events of a call belong together: other content leaves none of its own behind."""
    one = dict(PHONE.example) | {"questions": [PHONE.example["questions"][0]]}
    async with open_door(PHONE, tmp_path) as opened:
        await opened.post(json=one)
        other = await opened.post(json=dict(PHONE.example))
        said = await opened.events()

    assert other.status_code == 409
    assert [event.id for event in said] == ["call-2026-0001"]


async def test_one_request_with_twice_the_same_call_in_it_accepts_it_once(tmp_path: Path) -> None:
    """A batch may hold a repeat, and other content under the id it repeats."""
    call = {"specversion": "1.0", "type": PHONE.submission_type, "source": SOURCE, "id": "bel-1", "data": dict(PHONE.example)}
    other = call | {"data": dict(PHONE.example) | {"agent": "iemand anders"}}
    async with open_door(PHONE, tmp_path) as opened:
        answer = await opened.post(json=[call, call, other], headers={"Content-Type": "application/cloudevents-batch+json"})
        said = await opened.events()

    assert [each["httpStatus"] for each in answer.json()] == [202, 202, 409]
    assert [event.id for event in said] == ["bel-1", "bel-1#2"]


async def test_a_counter_token_cannot_post_a_phone_call(tmp_path: Path) -> None:
    """One principal per adapter, with a scope for its own channel."""
    async with open_door(PHONE, tmp_path) as opened:
        answer = await opened.post(json=dict(PHONE.example), token=a_token(COUNTER.scope))

    assert answer.status_code == 403
    assert opened.journaled() == 0


@pytest.mark.parametrize("sources", [["urn:nld:oin:00000001823288444000:systeem:ander"], []])
async def test_a_source_that_the_token_does_not_name_is_refused(tmp_path: Path, sources: list[str]) -> None:
    """Nobody writes as another system, and a token without a source writes as none."""
    event = {"specversion": "1.0", "type": WEB.submission_type, "source": SOURCE, "id": "1", "data": a_form()}
    async with open_door(WEB, tmp_path) as opened:
        token = a_token(WEB.scope, source=sources)
        answer = await opened.post(json=event, token=token, headers={"Content-Type": "application/cloudevents+json"})

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:plein:problem:foreign-source"


async def test_without_a_token_nothing_is_read(tmp_path: Path) -> None:
    """401 comes before any look at the body."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.client.post("/v1/interactions", content=b"{")

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


async def test_the_idempotency_key_is_the_id_of_a_body_without_one(tmp_path: Path) -> None:
    """Otherwise each post is a new event."""
    body = a_form()
    del body["id"]
    async with open_door(WEB, tmp_path) as opened:
        keyed = [await opened.post(json=body, headers={"Idempotency-Key": "sleutel-1"}) for _ in range(2)]
        unkeyed = [await opened.post(json=body) for _ in range(2)]

    assert [answer.json()["id"] for answer in keyed] == ["sleutel-1", "sleutel-1"]
    assert unkeyed[0].json()["id"] != unkeyed[1].json()["id"]
    assert opened.journaled() == 3


async def test_the_status_address_tells_the_state_and_nothing_else(tmp_path: Path) -> None:
    """Somebody who helps a member learns how far it is, not what it is."""
    async with open_door(INTERMEDIARY, tmp_path) as opened:
        accepted = (await opened.post(json=dict(INTERMEDIARY.example))).json()
        await opened.events()
        headers = {"Authorization": f"Bearer {token_for(INTERMEDIARY)}"}
        known = await opened.client.get(accepted["status"], headers=headers)
        unknown = await opened.client.get(accepted["status"].replace("-", "0", 1), headers=headers)
        nobody = await opened.client.get(accepted["status"])

    assert known.status_code == 200
    assert set(known.json()) == {"status", "nl", "en"}
    assert known.json()["status"] in {"received", "passed_on"}
    assert [unknown.status_code, nobody.status_code] == [404, 401]


async def test_a_webhook_shakes_hands_before_it_delivers(tmp_path: Path) -> None:
    """CloudEvents webhooks ask first whether they are welcome and how fast."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.client.options("/v1/interactions", headers={"WebHook-Request-Origin": "formulieren.example.nl"})

    assert answer.status_code == 204
    assert answer.headers["WebHook-Allowed-Origin"] == "formulieren.example.nl"
    assert int(answer.headers["WebHook-Allowed-Rate"]) > 0


async def test_the_trace_of_the_caller_travels_with_the_event(tmp_path: Path) -> None:
    """From HTTP to the topic it stays one trace."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with open_door(WEB, tmp_path) as opened:
        await opened.post(json=a_form(), headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        await opened.events()

    (record,) = opened.bus.records("interactions")
    assert trace.encode() in dict(record.headers)["traceparent"]


async def test_accepted_while_the_broker_is_away_arrives_when_it_is_back(tmp_path: Path) -> None:
    """Agents keep logging calls."""
    bus = a_bus()
    bus.away = True
    async with open_door(PHONE, tmp_path, bus) as opened:
        answer = await opened.post(json=dict(PHONE.example))
        key = answer.json()["interactions"][0]["eventKey"]
        headers = {"Authorization": f"Bearer {token_for(PHONE)}"}
        state = (await opened.client.get(f"/v1/interactions/{key}/status", headers=headers)).json()["status"]
        bus.away = False
        said = await opened.events()

    assert (answer.status_code, state) == (202, "received")
    assert [event.id for event in said] == ["call-2026-0001", "call-2026-0001#2"]


async def test_what_cannot_be_made_durable_is_answered_503_and_accepted_when_there_is_room_again(tmp_path: Path) -> None:
    """Neither journal nor broker: the sender keeps it. What was accepted before is still there."""
    bus = a_bus()
    bus.away = True
    accepted = 0
    async with open_door(WEB, tmp_path, bus, JOURNAL_MOST_BYTES="65536") as opened:
        for number in range(100):
            answer = await opened.post(json=a_form(id=str(number), summary="x" * 5_000))
            if answer.status_code != 202:
                break
            accepted += 1

    async with open_door(WEB, tmp_path, bus) as reopened:
        again = await reopened.post(json=a_form(id=str(accepted), summary="x" * 5_000))
        bus.away = False
        said = await reopened.events()

    assert (answer.status_code, again.status_code) == (503, 202)
    assert int(answer.headers["Retry-After"]) > 0
    assert {event.id for event in said} == {str(number) for number in range(accepted + 1)}
