"""Corrections, withdrawals and facts: who may say them, and about whom."""

from pathlib import Path
from typing import Any

import pytest

from contact_events.citizen_ref import RefKind
from counter_adapter.domain import DOOR as COUNTER
from front_door.amendments import CORRECTION, WITHDRAWAL
from front_door.citizen_facts import EXAMPLE as WISH
from front_door.door import ChannelDoor, Kind
from handlers.adapters.opened_doors import CLUB, SOURCE, a_token, open_door, ref
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

DOORS = pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))
DECEASED = {"circumstance": "deceased", "register": "brp"}
MRS = {"bsn": "999990342"}


@DOORS
async def test_the_documented_correction_withdrawal_and_fact_work_at_every_door(door: ChannelDoor, tmp_path: Path) -> None:
    """They are pasted from the same document."""
    async with open_door(door, tmp_path) as opened:
        answers = [
            await opened.post("/v1/corrections", json=dict(CORRECTION.example)),
            await opened.post("/v1/withdrawals", json=dict(WITHDRAWAL.example)),
            await opened.post("/v1/citizen-facts", json=WISH),
        ]
        amended, facts = await opened.events(), await opened.events("citizen-facts")

    assert [answer.status_code for answer in answers] == [202, 202, 202], [answer.text for answer in answers]
    assert [event.type for event in amended] == ["nl.plein.interaction.corrected.v1", "nl.plein.interaction.withdrawn.v1"]
    assert [event.data.set_through for event in facts] == [door.channel]
    assert all(answer.json()["interactions"] == [] for answer in answers)


async def test_an_anonymous_contact_is_corrected_on_its_own_timeline(tmp_path: Path) -> None:
    """Nobody has to say who the visitor was, also for the second question of one call."""
    call = {
        "id": "bel-1",
        "agent": "s.bakker",
        "startedAt": "2026-11-24T10:00:00+01:00",
        "questions": [{"matter": "aow"}, {"matter": "aow"}],
    }
    correction = {"corrects": {"id": "bel-1#2"}, "corrected": {"matter": "belasting"}, "reason": "Verkeerd gekozen"}
    async with open_door(PHONE, tmp_path) as opened:
        await opened.post(json=call)
        await opened.post("/v1/corrections", json=correction)
        said = await opened.events()

    assert len({event.data.citizen.ref for event in said}) == 1
    assert len(said) == 3


@pytest.mark.parametrize(("path", "kind"), [("/v1/corrections", CORRECTION), ("/v1/withdrawals", WITHDRAWAL)])
async def test_a_citizen_with_a_sign_in_of_her_own_changes_no_earlier_entry(tmp_path: Path, path: str, kind: Kind) -> None:
    """All citizens of a website post from one source: whoever guesses the id of another's form could change it."""
    token = a_token(WEB.scope, bsn=MRS["bsn"])
    envelope = {"specversion": "1.0", "id": "1", "source": SOURCE, "type": kind.submission_type, "data": dict(kind.example)}
    async with open_door(WEB, tmp_path) as opened:
        plain = await opened.post(path, token=token, json=dict(kind.example))
        event = await opened.post(token=token, json=envelope, headers={"Content-Type": "application/cloudevents+json"})

    assert [answer.status_code for answer in (plain, event)] == [403, 403]
    assert opened.journaled() == 0


async def test_what_somebody_says_for_another_is_not_laid_at_the_door_of_her_own_bsn(tmp_path: Path) -> None:
    token = a_token(WEB.scope, bsn=MRS["bsn"], represents={"sub": "een ander"})
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(token=token, json=dict(WEB.example))

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:plein:problem:not-for-another"
    assert opened.journaled() == 0


async def test_only_the_sender_of_an_entry_corrects_it_here(tmp_path: Path) -> None:
    """Another system's entry is put right at its own door."""
    foreign = {"corrects": {"source": f"{SOURCE}-ander", "id": "1"}, "corrected": {"matter": "aow"}, "reason": "Zomaar"}
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post("/v1/corrections", json=foreign)

    assert answer.status_code == 403
    assert opened.journaled() == 0


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/corrections", {"corrects": {"id": "1"}, "corrected": {}, "reason": "Leeg"}, "/corrected"),
        ("/v1/corrections", {"corrects": {"id": "1"}, "corrected": {"matter": "onzin"}, "reason": "x"}, "/corrected/matter"),
        ("/v1/withdrawals", {"corrects": {"id": "1"}}, "/reason"),
        ("/v1/citizen-facts", {"fact": "iets-anders", "citizen": MRS}, "/fact"),
        ("/v1/citizen-facts", {"fact": "contact-wish-set", "citizen": {}}, "/citizen"),
        ("/v1/citizen-facts", {"fact": "address-bounced", "citizen": MRS}, "/phone"),
        ("/v1/citizen-facts", {"fact": "address-verified", "citizen": MRS, "email": "x"}, "/email"),
        ("/v1/citizen-facts", {"fact": "circumstance-recorded", "citizen": MRS}, "/fact"),
    ],
)
async def test_what_is_wrong_with_them_is_pointed_at(tmp_path: Path, path: str, body: dict[str, Any], pointer: str) -> None:
    """A website has no business saying that somebody died."""
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(path, json=body)

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


async def test_a_correction_is_read_for_medical_and_criminal_text_too(tmp_path: Path) -> None:
    """Every door to the timeline has the same lock."""
    body = dict(CORRECTION.example) | {"corrected": {"summary": "Zij heeft kanker"}}
    async with open_door(WEB, tmp_path) as opened:
        refused = await opened.post("/v1/corrections", json=body)
        allowed = await opened.post(
            "/v1/corrections", json=body | {"noMedicalOrCriminalDetail": "gaat over een collecte, niet over iemand"}
        )
        (event,) = await opened.events()

    assert (refused.status_code, allowed.status_code) == (400, 202)
    assert "collecte" in event.data.reason


@pytest.mark.parametrize(
    ("door", "fact", "said"),
    [
        (COUNTER, {"fact": "contact-wish-withdrawn"}, "nl.plein.contact-wish.withdrawn.v1"),
        (COUNTER, {"fact": "address-verified", "email": "devries@example.nl"}, "nl.plein.address.verified.v1"),
        (WEB, {"fact": "address-bounced", "phone": "0612345678", "forGood": False}, "nl.plein.address.bounced.v1"),
        (
            COUNTER,
            {"fact": "circumstance-recorded", **DECEASED},
            "nl.plein.circumstance.recorded.v1",
        ),
        (
            COUNTER,
            {"fact": "circumstance-ended", **DECEASED},
            "nl.plein.circumstance.ended.v1",
        ),
        (
            INTERMEDIARY,
            {"fact": "mandate-granted", "mandateId": "M-1", "validUntil": "2027-11-24T00:00:00Z", "proof": "signed_form"},
            "nl.plein.mandate.granted.v1",
        ),
        (INTERMEDIARY, {"fact": "mandate-ended", "mandateId": "M-1"}, "nl.plein.mandate.ended.v1"),
        (WEB, {"fact": "mandate-ended", "mandateId": "M-1", "organisation": CLUB}, "nl.plein.mandate.ended.v1"),
    ],
)
async def test_each_fact_is_said_about_the_citizen(tmp_path: Path, door: ChannelDoor, fact: dict[str, Any], said: str) -> None:
    """On the topic for facts, under the citizen's own reference."""
    async with open_door(door, tmp_path) as opened:
        answer = await opened.post("/v1/citizen-facts", json={"citizen": MRS} | fact)
        (event,) = await opened.events("citizen-facts")

    assert answer.status_code == 202, answer.text
    assert (event.type, event.data.citizen.ref) == (said, ref(RefKind.BSN, MRS["bsn"]))


async def test_an_organisation_grants_mandates_to_itself_only(tmp_path: Path) -> None:
    """Who it is stands in the token."""
    grant = {
        "fact": "mandate-granted",
        "citizen": MRS,
        "mandateId": "M-1",
        "organisation": "urn:nld:kvknr:11111111",
        "validUntil": "2027-11-24T00:00:00Z",
        "proof": "signed_form",
    }
    async with open_door(INTERMEDIARY, tmp_path) as opened:
        answer = await opened.post("/v1/citizen-facts", json=grant)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:plein:problem:not-your-own"


async def test_an_organisation_cannot_make_itself_the_one_who_is_told(tmp_path: Path) -> None:
    """A mandate that it states itself lets it ask for a member; to be told for her takes her own word through another door."""
    wish = {"fact": "contact-wish-set", "citizen": MRS, "throughOrganisation": CLUB}
    async with open_door(INTERMEDIARY, tmp_path) as opened:
        refused = await opened.post("/v1/citizen-facts", json=wish)
    async with open_door(COUNTER, tmp_path) as opened:
        taken = await opened.post("/v1/citizen-facts", json=wish)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/throughOrganisation")
    assert refused.json()["type"] == "urn:plein:problem:not-your-own"
    assert taken.status_code == 202
