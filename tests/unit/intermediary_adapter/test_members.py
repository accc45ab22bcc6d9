"""What a question for a member means."""

from typing import Any

from contact_events.citizen_ref import RefKind
from contact_events.interactions import InteractionRecorded
from front_door.submission import RefusalKind, Refused
from handlers.adapters.opened_doors import CLUB, KEYS, MATTERS, ref, submission
from intermediary_adapter.domain import DOOR

CLUB_SENDER = {"organisation": CLUB, "organisation_name": "Seniorenclub Zonzij"}
QUESTION = {"member": {"memberNumber": "L-1"}, "consentText": "Ik vind het goed.", "matter": "aow", "summary": "Vraag"}


def asked(body: dict[str, Any], **sender: Any) -> InteractionRecorded:
    found = DOOR.interpret(submission(DOOR, body, **(CLUB_SENDER | sender)), KEYS, MATTERS)
    assert not isinstance(found, Refused), found
    return found[0].data  # type: ignore[no-any-return]


def refused(body: dict[str, Any], **sender: Any) -> Refused:
    found = DOOR.interpret(submission(DOOR, body, **sender), KEYS, MATTERS)
    assert isinstance(found, Refused)
    return found


def test_a_member_number_is_of_its_organisation() -> None:
    """The same number at another club is somebody else."""
    here, elsewhere = asked(QUESTION), asked(QUESTION, organisation="urn:nld:kvknr:11111111")

    assert here.citizen.ref == ref(RefKind.MEMBER, "L-1", CLUB)
    assert here.citizen.kind == "member"
    assert here.citizen.ref != elsewhere.citizen.ref


def test_a_bsn_is_stronger_than_a_member_number_which_is_kept_beside_it() -> None:
    """So that a later question with the number alone can be recognised."""
    found = asked(QUESTION | {"member": {"memberNumber": "L-1", "bsn": "999990342"}})

    assert found.citizen.ref == ref(RefKind.BSN, "999990342")
    assert [(point.kind, point.ref, point.sealed) for point in found.contact_points] == [
        ("member", ref(RefKind.MEMBER, "L-1", CLUB), None)
    ]


def test_on_whose_behalf_comes_from_the_token_and_on_which_ground_from_the_body() -> None:
    """No sender names its own organisation."""
    found = asked(QUESTION | {"mandateId": "M-7"})

    assert found.on_behalf is not None
    assert (found.on_behalf.organisation, found.on_behalf.organisation_name) == (CLUB, "Seniorenclub Zonzij")
    assert (found.on_behalf.mandate_id, found.on_behalf.consent_text) == ("M-7", "Ik vind het goed.")


def test_without_a_member_and_without_a_ground_both_faults_are_told() -> None:
    """With those of the rest."""
    found = refused({"member": {"phone": "12"}, "matter": "onzin", "summary": "Vraag"}, **CLUB_SENDER)

    assert {fault.pointer for fault in found.faults} == {
        "/member/memberNumber",
        "/mandateId",
        "/matter",
        "/member/phone",
    }


def test_without_an_organisation_there_is_nobody_to_help() -> None:
    """A refusal of the sender, not of the body."""
    assert refused(QUESTION).kind is RefusalKind.NO_ORGANISATION
