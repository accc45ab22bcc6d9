"""What a form submission means: who it is, how sure we are, what travels sealed."""

from typing import Any

import pytest
from pydantic import SecretStr

from contact_events.citizen_ref import CitizenRef, RefKind
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from front_door.submission import Refused
from handlers.adapters.opened_doors import KEYS, MATTERS, OPENING_KEY, ref, submission
from web_adapter.domain import DOOR

BSN = "999990342"
OTHER_BSN = "111222333"


def recorded(body: dict[str, Any], **sender: Any) -> InteractionRecorded:
    (event,) = interpreted(body, **sender)
    return event.data


def interpreted(body: dict[str, Any], **sender: Any) -> tuple[Event[InteractionRecorded], ...]:
    found = DOOR.interpret(submission(DOOR, {"matter": "aow", "summary": "Vraag"} | body, **sender), KEYS, MATTERS)
    assert not isinstance(found, Refused), found
    return found


def faults(body: dict[str, Any]) -> dict[str, str]:
    found = DOOR.interpret(submission(DOOR, {"matter": "aow", "summary": "Vraag"} | body), KEYS, MATTERS)
    assert isinstance(found, Refused)
    return {fault.pointer: fault.reason for fault in found.faults}


def test_an_anonymous_form_is_a_visitor_of_its_own() -> None:
    """The same form again is the same visitor, another form is another."""
    first, again, other = recorded({"id": "1"}), recorded({"id": "1"}), recorded({"id": "2"})

    assert (first.citizen.kind, first.citizen.assurance) == ("visitor", "none")
    assert first.citizen.ref == again.citizen.ref != other.citizen.ref


@pytest.mark.parametrize(
    ("citizen", "kind"),
    [
        ({"email": "Devries@Example.nl"}, RefKind.EMAIL),
        ({"phone": "06 1234 5678"}, RefKind.PHONE),
        ({"phone": "0612345678", "email": "devries@example.nl"}, RefKind.EMAIL),
        ({"phone": "0612345678", "bsn": BSN}, RefKind.BSN),
    ],
)
def test_what_was_typed_in_is_a_claim_by_its_strongest_identifier(citizen: dict[str, str], kind: RefKind) -> None:
    """BSN before e-mail before phone."""
    found = recorded({"citizen": citizen})

    assert found.citizen.ref == ref(kind, citizen[kind.value])
    assert (found.citizen.kind, found.citizen.assurance) == (kind, "claimed")


@pytest.mark.parametrize(
    ("level", "assurance"),
    [
        ("low", "low"),
        ("high", "high"),
        ("http://eidas.europa.eu/LoA/substantial", "substantial"),
        ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", "low"),
    ],
)
def test_a_sign_in_makes_us_as_sure_as_its_level(level: str, assurance: str) -> None:
    """The site says how the citizen signed in; that outranks a BSN that was typed."""
    found = recorded({"signedIn": {"bsn": BSN, "level": level}, "citizen": {"bsn": OTHER_BSN}})

    assert found.citizen.ref == ref(RefKind.BSN, BSN)
    assert found.citizen.assurance == assurance


def test_a_citizens_own_token_outranks_whatever_the_body_says() -> None:
    """Nobody writes on somebody else's timeline as themselves."""
    body = {"signedIn": {"bsn": OTHER_BSN, "level": "high"}, "citizen": {"bsn": OTHER_BSN}}

    found = recorded(body, bsn=SecretStr(BSN), sign_in_level="substantial")

    assert found.citizen.ref == ref(RefKind.BSN, BSN)
    assert found.citizen.assurance == "substantial"


def test_a_token_with_a_level_nobody_knows_proves_no_more_than_a_claim() -> None:
    """An unknown word promises nothing."""
    assert recorded({}, bsn=SecretStr(BSN), sign_in_level="heel zeker").citizen.assurance == "claimed"


def test_contact_points_travel_as_pseudonym_and_sealed_text() -> None:
    """Only the address book opens them, bound to their own reference."""
    found = recorded({"citizen": {"bsn": BSN, "phone": "06-12345678", "email": "devries@example.nl"}})

    opened = {point.kind: OPENING_KEY.open(point.sealed or "", CitizenRef.from_text(point.ref)) for point in found.contact_points}
    assert opened == {"phone": "+31612345678", "email": "devries@example.nl"}
    assert not any(text in repr(found) for text in (BSN, "12345678", "devries"))


def test_a_call_back_points_at_the_number_to_phone() -> None:
    """The citizen's own, or the one given for it; that one travels sealed too."""
    own = recorded({"citizen": {"phone": "0612345678"}, "callBack": {"before": "2026-11-27T17:00:00Z"}})
    other = recorded({"citizen": {"phone": "0612345678"}, "callBack": {"before": "2026-11-27T17:00:00Z", "phone": "0201234567"}})

    assert own.call_back
    assert own.call_back.contact_point == ref(RefKind.PHONE, "0612345678")
    assert other.call_back
    assert other.call_back.contact_point == ref(RefKind.PHONE, "0201234567")
    assert [point.kind for point in other.contact_points] == ["phone", "phone"]


def test_every_fault_is_told_at_once_and_repeats_nothing() -> None:
    """What the shape of the body cannot tell is told together as well."""
    found = faults(
        {
            "matter": "onzin",
            "occurredAt": "2027-01-01T00:00:00Z",
            "citizen": {"bsn": "123456789", "phone": "12", "email": "geen adres"},
            "callBack": {"before": "2026-11-01T00:00:00Z"},
        }
    )

    assert set(found) == {"/matter", "/occurredAt", "/citizen/bsn", "/citizen/phone", "/citizen/email", "/callBack/before"}
    assert not any(text in " ".join(found.values()) for text in ("123456789", "geen adres", "onzin"))


def test_a_call_back_without_a_number_is_refused() -> None:
    """A promise nobody can keep."""
    assert set(faults({"callBack": {"before": "2026-11-27T17:00:00Z"}})) == {"/callBack/phone"}


def test_a_bsn_of_the_sign_in_that_is_none_is_pointed_at_where_it_stands() -> None:
    """The sender knows `signedIn`, not our `citizen`."""
    assert set(faults({"signedIn": {"bsn": "1", "level": "low"}})) == {"/signedIn/bsn"}
