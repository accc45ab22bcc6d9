"""The router over HTTP, on a real database: try a choice, ask for outreach, read the policy."""

from typing import Any

import pytest
from openapi_spec_validator import validate

from builders import a_policy, a_ref, an_event, no_phone
from channel_router.domain.reasons import SENTENCES, Reason
from contact_events.citizen_ref import RefKind
from contact_events.identity import event_key
from router_door import DESK, OTHER_DESK, OUTREACH, PLAIN, PSEUDONYMS, SHE, TEST_BSN, Door


async def test_a_dry_run_says_the_channel_the_moment_and_every_reason_in_two_languages(door: Door) -> None:
    await door.learn(an_event(no_phone()))

    answer = await door.post("/v1/channel-choices", PLAIN)

    assert answer.status_code == 200
    shown = answer.json()
    skipped = {each["channel"]: each["reason"] for each in shown["skipped"]}
    assert (shown["channel"], shown["notBefore"], shown["needsPerson"]) == ("letter", "2026-11-23T09:00:00Z", False)
    assert skipped["phone"] == {"code": "asked_not_to_be_phoned", **SENTENCES[Reason.ASKED_NOT_TO_BE_PHONED]}
    assert shown["nextSteps"][-1]["channel"] == "person"
    assert shown["sentence"]["nl"].startswith("Wij sturen de inwoner een brief")


async def test_a_dry_run_asks_for_nothing_and_takes_nothing_of_the_budget(door: Door) -> None:
    for _ in range(5):
        answer = await door.post("/v1/channel-choices", PLAIN)

    assert answer.json()["notBefore"] == "2026-11-23T09:00:00Z"
    assert door.said() == []
    assert door.rows("SELECT 1 FROM channel_router.choice UNION ALL SELECT 1 FROM channel_router.request_heard") == []


async def test_a_dry_run_of_many_answers_each_in_order(door: Door) -> None:
    await door.learn(an_event(no_phone()))
    stranger = {"citizen": {"ref": a_ref("nobody").text, "kind": "visitor"}, "matter": "paspoort", "purpose": "burgerzaken"}

    answer = await door.post("/v1/channel-choices", {"requests": [stranger, PLAIN] * 500})

    choices = answer.json()["choices"]
    assert [choice["channel"] for choice in choices] == ["person", "letter"] * 500
    assert choices[1]["citizen"] == a_ref().text


async def test_more_than_a_thousand_at_once_is_too_many(door: Door) -> None:
    answer = await door.post("/v1/channel-choices", {"requests": [PLAIN] * 1001})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["reason"] == "may have at most 1000 members"


async def test_a_citizen_can_be_named_by_bsn_which_is_kept_nowhere(door: Door) -> None:
    by_bsn = {"citizen": {"bsn": TEST_BSN}, "matter": "paspoort", "purpose": "burgerzaken"}

    tried = await door.post("/v1/channel-choices", by_bsn)
    asked = await door.post("/v1/outreach-requests", OUTREACH | by_bsn)

    ref = PSEUDONYMS.ref(RefKind.BSN, TEST_BSN).text
    assert tried.json()["citizen"] == ref
    assert door.said()[0].data.citizen.ref == ref
    assert door.said()[0].data.citizen.kind == "bsn"
    assert TEST_BSN not in tried.text + asked.text
    assert not any(TEST_BSN.encode() in bytes(row[0]) for row in door.rows("SELECT value FROM channel_router.outgoing"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"citizen": {"bsn": "111222334"}}, "/citizen/bsn"),
        ({"citizen": {}}, "/citizen"),
        ({"citizen": SHE | {"bsn": TEST_BSN}}, "/citizen"),
        ({"citizen": {"ref": "mevrouw De Vries"}}, "/citizen/ref"),
        ({"matter": ""}, "/matter"),
        ({"purpose": ""}, "/purpose"),
        ({"purpose": "nieuwsgierig"}, "/purpose"),
        ({"legalForm": "by_bailiff"}, "/legalForm"),
        ({"interactionNeed": "dance"}, "/interactionNeed"),
        ({"societalResult": "fun"}, "/societalResult"),
        ({"urgency": "panic"}, "/urgency"),
        ({"reachBefore": "2026-11-26T12:00:00"}, "/reachBefore"),
        ({"language": "nederlands"}, "/language"),
        ({"chanel": "sms"}, "/chanel"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place_and_never_with_what_was_sent(
    door: Door, change: dict[str, Any], pointer: str
) -> None:
    answer = await door.post("/v1/channel-choices", PLAIN | change)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert "111222334" not in answer.text


async def test_faults_of_many_point_at_the_one(door: Door) -> None:
    answer = await door.post("/v1/channel-choices", {"requests": [PLAIN, PLAIN | {"societalResult": "fun"}]})

    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/requests/1/societalResult"]


async def test_an_outreach_request_is_accepted_and_goes_out_once(door: Door) -> None:
    answer = await door.post(
        "/v1/outreach-requests", OUTREACH | {"legalForm": "written", "reachBefore": "2026-12-04T17:00:00+01:00"}
    )

    (said,) = door.said()
    assert answer.status_code == 202
    assert answer.json() == {
        "id": "zaak-1",
        "source": DESK,
        "requestKey": str(event_key(DESK, "zaak-1")),
        "receipt": answer.json()["receipt"],
    }
    assert (said.source, said.id, said.data.legal_form) == (DESK, "zaak-1", "written")
    assert said.data.requested_by == "caseworker-7"
    assert door.woken == [None]


async def test_the_same_request_again_gets_the_same_answer_and_goes_out_once(door: Door) -> None:
    first = await door.post("/v1/outreach-requests", OUTREACH)
    again = await door.post("/v1/outreach-requests", OUTREACH)

    assert again.json() == first.json()
    assert again.status_code == 202
    assert len(door.said()) == 1


async def test_another_request_under_a_known_id_is_a_conflict(door: Door) -> None:
    await door.post("/v1/outreach-requests", OUTREACH)

    answer = await door.post("/v1/outreach-requests", OUTREACH | {"matter": "belasting"})

    assert answer.status_code == 409
    assert len(door.said()) == 1


async def test_of_many_all_are_kept_or_none(door: Door) -> None:
    known = await door.post("/v1/outreach-requests", OUTREACH)
    new, clashing = OUTREACH | {"id": "zaak-2"}, OUTREACH | {"title": "Iets anders"}

    refused = await door.post("/v1/outreach-requests", {"requests": [new, clashing]})
    kept = await door.post("/v1/outreach-requests", {"requests": [new, OUTREACH, new]})

    assert known.status_code == 202
    assert refused.status_code == 409
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/requests/1/id"]
    assert [each["id"] for each in kept.json()["requests"]] == ["zaak-2", "zaak-1", "zaak-2"]
    assert [said.id for said in door.said()] == ["zaak-1", "zaak-2"]


async def test_two_different_requests_under_one_id_in_one_call_clash(door: Door) -> None:
    answer = await door.post("/v1/outreach-requests", {"requests": [OUTREACH, OUTREACH | {"title": "Iets anders"}]})

    assert answer.status_code == 409
    assert door.said() == []


async def test_the_idempotency_key_stands_for_an_id_that_was_left_out(door: Door) -> None:
    without_id = {name: value for name, value in OUTREACH.items() if name != "id"}

    first = await door.post("/v1/outreach-requests", without_id, {"Idempotency-Key": "k-1"})
    again = await door.post("/v1/outreach-requests", without_id, {"Idempotency-Key": "k-1"})
    other = await door.post("/v1/outreach-requests", without_id)

    assert first.json()["id"] == again.json()["id"] == "k-1"
    assert other.json()["id"] not in ("", "k-1")
    assert len(door.said()) == 2


async def test_nobody_writes_as_a_source_that_is_not_theirs(door: Door) -> None:
    foreign = await door.post("/v1/outreach-requests", OUTREACH | {"source": OTHER_DESK})
    without = await door.post("/v1/outreach-requests", OUTREACH, source=())
    second = await door.post("/v1/outreach-requests", OUTREACH | {"source": OTHER_DESK}, source=(DESK, OTHER_DESK))

    assert (foreign.status_code, without.status_code, second.status_code) == (403, 403, 202)
    assert second.json()["source"] == OTHER_DESK


@pytest.mark.parametrize(
    ("path", "scope"), [("/v1/channel-choices", "outreach:request"), ("/v1/outreach-requests", "choices:try")]
)
async def test_trying_and_asking_each_need_their_own_scope(door: Door, path: str, scope: str) -> None:
    wrong_scope = await door.post(path, OUTREACH, scope=scope)
    nobody = await door.client.post(path, json=OUTREACH)

    assert (wrong_scope.status_code, nobody.status_code) == (403, 401)
    assert door.said() == []


async def test_the_policy_can_be_read(door: Door) -> None:
    answer = await door.client.get("/v1/policy", headers=door.token())

    shown = answer.json()
    assert shown["version"] == a_policy().version
    assert {"need": "talk", "result": "good_service", "channels": ["phone"]} in shown["matrix"]
    assert (await door.client.get("/v1/policy")).status_code == 401


async def test_the_openapi_document_is_valid_and_its_examples_work(door: Door) -> None:
    document = (await door.client.get("/v1/openapi.json")).json()

    validate(document)
    for path, status in (("/v1/channel-choices", 200), ("/v1/outreach-requests", 202)):
        example = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
        assert (await door.post(path, example)).status_code == status
