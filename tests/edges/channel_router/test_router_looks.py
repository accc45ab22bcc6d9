"""No purpose, no look; no log, no answer: what a question to the router leaves with the citizens it is about."""

from datetime import timedelta
from typing import Any

import pytest

from builders import MONDAY_10H, a_citizen, a_ref, an_event
from contact_events.citizen_ref import CitizenRef
from contact_events.facts import ReferencesLinked, ReferencesUnlinked
from contact_events.words import CitizenReference
from router_door import OUTREACH_OR_CHOICE, PLAIN, PURPOSES, Door


async def test_every_citizen_asked_about_reads_who_asked_and_why(door: Door) -> None:
    trace = f"{'ab' * 16}-{'cd' * 8}"
    headers = door.token(roles=["beheerder", "caseworker"], name="Bram Visser", organisation_name="Gemeente Zwaluw")

    await door.client.post("/v1/channel-choices", json=PLAIN, headers=headers | {"traceparent": f"00-{trace}-01"})

    (line,) = door.said("access-log")
    look = line.data
    assert (look.citizen.ref, look.what, look.service) == (a_ref().text, "channel_choice", "channel_router")
    assert (look.seen_by, look.role, look.organisation_name) == ("Bram Visser", "caseworker", "Gemeente Zwaluw")
    assert (look.purpose, look.legal_basis) == ("burgerzaken", PURPOSES.by_code["burgerzaken"].legal_basis)
    assert (look.seen_at, look.trace_id) == (MONDAY_10H, "ab" * 16)
    assert door.rows("SELECT key FROM channel_router.outgoing") == [(a_ref().value,)]
    assert door.woken == [None]


async def test_who_reads_under_a_linked_reference_of_another_key_reads_the_look_too_until_the_link_is_undone(door: Door) -> None:
    other = CitizenReference(ref=CitizenRef(a_ref("her other reference").value, 2).text, kind="bsn", assurance="high")
    pair: dict[str, Any] = {"link_id": "l-1", "citizen": a_citizen(), "other": other}
    linked = ReferencesLinked(**pair, evidence="one BSN, two keys", linked_by="Plein", linked_at=MONDAY_10H)
    undone = ReferencesUnlinked(**pair, reason="a mistake", unlinked_by="m", unlinked_at=MONDAY_10H + timedelta(hours=1))

    await door.learn(an_event(linked))
    await door.post("/v1/channel-choices", PLAIN)
    await door.learn(an_event(undone))
    await door.post("/v1/channel-choices", PLAIN)

    assert [look.citizen.ref for look in door.looks()] == [a_ref().text, other.ref, a_ref().text]
    assert door.rows("SELECT count(DISTINCT key) FROM channel_router.outgoing") == [(2,)]


async def test_asked_again_is_looked_at_again(door: Door) -> None:
    for _ in range(2):
        await door.post("/v1/channel-choices", PLAIN)

    assert [look.citizen.ref for look in door.looks()] == [a_ref().text] * 2


async def test_a_thousand_in_one_call_are_a_thousand_lines_and_one_citizen_for_two_purposes_two(door: Door) -> None:
    others = [PLAIN | {"citizen": {"ref": a_ref(f"inwoner {number}").text}} for number in range(998)]

    answer = await door.post("/v1/channel-choices", {"requests": [*others, PLAIN, PLAIN | {"purpose": "belasting"}]})

    looks = door.looks()
    assert answer.status_code == 200
    assert len({look.citizen.ref for look in looks}) == 999
    assert [look.purpose for look in looks if look.citizen.ref == a_ref().text] == ["burgerzaken", "belasting"]
    assert door.rows("SELECT count(DISTINCT xmin::text), count(*) FROM channel_router.outgoing") == [(1, 1000)]


async def test_when_the_line_cannot_be_kept_there_is_no_answer(door: Door) -> None:
    with door.away_at_the_line():
        answer = await door.post("/v1/channel-choices", PLAIN)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"channel", "reasons", "sentence"}.isdisjoint(answer.json())


@pytest.mark.parametrize("path", ["/v1/channel-choices", "/v1/outreach-requests"])
async def test_a_purpose_for_other_roles_is_closed_and_leaves_nothing(door: Door, path: str) -> None:
    one = await door.post(path, OUTREACH_OR_CHOICE[path], roles=["agent"])
    many = await door.post(path, {"requests": [OUTREACH_OR_CHOICE[path]] * 2}, roles=())
    unknown = await door.post(path, OUTREACH_OR_CHOICE[path] | {"purpose": "nieuwsgierig"}, roles=["agent"])

    assert (one.status_code, many.status_code, unknown.status_code) == (403, 403, 400)
    assert one.json()["type"] == "urn:plein:problem:purpose-not-open"
    assert [fault["pointer"] for fault in many.json()["errors"]] == ["/requests/0/purpose", "/requests/1/purpose"]
    assert unknown.json()["errors"][0]["pointer"] == "/purpose"
    assert door.rows("SELECT 1 FROM channel_router.outgoing") == []


@pytest.mark.parametrize("path", ["/v1/channel-choices", "/v1/outreach-requests"])
async def test_a_purpose_that_opens_something_else_leaves_nothing(door: Door, path: str) -> None:
    answer = await door.post(path, OUTREACH_OR_CHOICE[path] | {"purpose": "terugbellen"})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:plein:problem:not-for-this-purpose")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/purpose"]
    assert door.rows("SELECT 1 FROM channel_router.outgoing") == []


@pytest.mark.parametrize(("role", "purpose"), [("agent", "klantcontact"), ("caseworker", "inkomensondersteuning")])
async def test_an_agent_and_a_caseworker_each_ask_for_purposes_of_their_own(door: Door, role: str, purpose: str) -> None:
    answer = await door.post("/v1/channel-choices", PLAIN | {"purpose": purpose}, roles=[role])

    assert answer.status_code == 200
    assert [(look.role, look.purpose) for look in door.looks()] == [(role, purpose)]


@pytest.mark.parametrize("path", ["/v1/channel-choices", "/v1/outreach-requests"])
async def test_without_a_purpose_there_is_no_choice_and_no_outreach(door: Door, path: str) -> None:
    without = {name: value for name, value in OUTREACH_OR_CHOICE[path].items() if name != "purpose"}

    answer = await door.post(path, {"requests": [OUTREACH_OR_CHOICE[path], without]})

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/requests/1/purpose"]
    assert door.rows("SELECT 1 FROM channel_router.outgoing") == []
