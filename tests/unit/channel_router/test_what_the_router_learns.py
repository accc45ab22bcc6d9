"""What is kept of an event, and how rows fold into facts whatever the order they came in."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from builders import (
    MONDAY_10H,
    SENIOR_CLUB,
    a_citizen,
    a_contact_point,
    a_ref,
    a_wish,
    an_event,
    an_interaction,
    no_phone,
)
from channel_router.domain.facts import CitizenFacts
from channel_router.domain.folding import facts_of, linked_pairs, same_person
from channel_router.domain.learned import ContactLearned, Learned, learned
from contact_events.envelope import Event
from contact_events.facts import (
    AddressBounced,
    AddressVerified,
    CircumstanceEnded,
    CircumstanceRecorded,
    ContactWishWithdrawn,
    MandateEnded,
    MandateGranted,
    ReferencesLinked,
    ReferencesUnlinked,
)
from contact_events.identity import EventRef
from contact_events.interactions import CorrectedFields, InteractionCorrected, InteractionWithdrawn
from contact_events.outreach import DeliveryReported
from contact_events.words import OnBehalf

LATER = MONDAY_10H + timedelta(hours=1)
LATEST = MONDAY_10H + timedelta(hours=2)
HER_PHONE = a_contact_point()


def rows(*events: Event[Any]) -> list[Learned]:
    return [row for event in events if (row := learned(event)) is not None]


def health_of(event: Event[Any]) -> bool | None:
    (row,) = rows(event)
    assert isinstance(row.body, ContactLearned)
    return row.body.failed


def in_every_order(*events: Event[Any]) -> CitizenFacts:
    """The facts in these events, after checking that every order of arrival gives the same."""
    found = facts_of(rows(*events))
    assert all(facts_of(order) == found for order in permutations(rows(*events)))
    return found


def test_a_wish_withdrawn_later_no_longer_counts() -> None:
    set_first = an_event(no_phone(set_at=MONDAY_10H))
    withdrawn = an_event(ContactWishWithdrawn(citizen=a_citizen(), withdrawn_at=LATER))

    facts = in_every_order(set_first, withdrawn)

    assert facts.wishes == ()


def test_a_withdrawal_older_than_the_wish_loses() -> None:
    withdrawn = an_event(ContactWishWithdrawn(citizen=a_citizen(), withdrawn_at=MONDAY_10H))
    set_again = an_event(no_phone(set_at=LATER))

    facts = in_every_order(withdrawn, set_again)

    assert facts.wishes == (set_again.data,)


def test_a_wish_for_a_matter_is_withdrawn_apart_from_the_general_one() -> None:
    general = an_event(no_phone(set_at=MONDAY_10H))
    for_care = an_event(a_wish(matter="wmo", set_at=MONDAY_10H))
    withdrawn = an_event(ContactWishWithdrawn(citizen=a_citizen(), matter="wmo", withdrawn_at=LATER))

    facts = in_every_order(general, for_care, withdrawn)

    assert facts.wishes == (general.data,)


def test_a_contact_point_that_came_with_a_contact_is_an_address() -> None:
    facts = in_every_order(
        an_interaction(contact_points=(HER_PHONE,), occurred_at=MONDAY_10H),
        an_interaction(contact_points=(HER_PHONE,), occurred_at=LATER),
    )

    assert [(known.contact_point, known.kind, known.seen_at) for known in facts.addresses] == [(HER_PHONE.ref, "phone", LATER)]


@pytest.mark.parametrize(
    "by_a_helper",
    [
        {"channel": "intermediary"},
        {"on_behalf": OnBehalf(organisation=SENIOR_CLUB, organisation_name="Seniorenclub De Brug")},
        {"represented_by": a_citizen("her daughter")},
    ],
)
def test_the_number_of_a_helper_never_becomes_the_citizens(by_a_helper: dict[str, Any]) -> None:
    facts = in_every_order(an_interaction(contact_points=(HER_PHONE,), **by_a_helper))

    assert facts.addresses == ()


def test_verified_and_bounced_are_both_remembered() -> None:
    verified = an_event(
        AddressVerified(
            citizen=a_citizen(), contact_point=HER_PHONE.ref, kind="phone", verified_at=MONDAY_10H, verified_how="code"
        )
    )
    bounced = an_event(
        AddressBounced(citizen=a_citizen(), contact_point=HER_PHONE.ref, kind="phone", bounced_at=LATER, reason="gone")
    )
    full = an_event(
        AddressBounced(
            citizen=a_citizen(), contact_point=HER_PHONE.ref, kind="phone", bounced_at=LATEST, reason="full", for_good=False
        )
    )

    (address,) = in_every_order(verified, bounced, full).addresses

    assert (address.verified_at, address.bounced_at, address.refused_at) == (MONDAY_10H, LATER, LATEST)
    assert address.has_bounced


def a_delivery(outcome: str, **changes: Any) -> Event[Any]:
    said: dict[str, Any] = {
        "citizen": a_citizen(),
        "request": EventRef(source="urn:x", id="1"),
        "choice": EventRef(source="urn:y", id="1"),
        "matter": "paspoort",
        "channel": "sms",
        "outcome": outcome,
        "occurred_at": MONDAY_10H,
    }
    return an_event(DeliveryReported(**(said | changes)))


@pytest.mark.parametrize(("outcome", "reached"), [("read", True), ("no_answer", False), ("failed", False)])
def test_a_delivery_says_whether_the_channel_worked(outcome: str, reached: bool) -> None:
    facts = in_every_order(a_delivery(outcome))

    assert [(contact.channel, contact.reached) for contact in facts.contacts] == [("sms", reached)]


@pytest.mark.parametrize("outcome", ["sent", "delivered", "something_new"])
def test_what_was_only_sent_says_nothing_about_reaching_her(outcome: str) -> None:
    assert in_every_order(a_delivery(outcome)).contacts == ()


def test_a_sending_to_a_number_that_does_not_exist_bounces_the_number_and_is_no_fault_of_the_channel() -> None:
    event = a_delivery("failed", reason="number_not_in_use", contact_point=HER_PHONE.ref)

    (address,) = in_every_order(event).addresses

    assert address.has_bounced
    assert address.kind == "phone"
    assert health_of(event) is False


def test_a_sending_that_failed_otherwise_counts_for_the_health_of_the_channel() -> None:
    assert health_of(a_delivery("failed")) is True
    assert health_of(a_delivery("delivered")) is False
    assert health_of(an_interaction()) is None


def test_who_called_us_was_reached_by_phone() -> None:
    called = an_interaction(direction="inbound", reached=None)
    not_answered = an_interaction(direction="outbound", reached=False, occurred_at=LATER)
    unknown = an_interaction(direction="outbound", reached=None, occurred_at=LATEST)

    facts = in_every_order(called, not_answered, unknown)

    assert [contact.reached for contact in facts.contacts] == [False, True]


@pytest.mark.parametrize(
    ("channel", "kind", "assurance", "signed_in"),
    [
        ("web", "bsn", "substantial", True),
        ("portal", "bsn", "high", True),
        ("web", "bsn", "claimed", False),
        ("web", "email", "substantial", False),
        ("phone", "bsn", "high", False),
    ],
)
def test_signed_in_is_who_proved_a_bsn_on_the_web(channel: str, kind: str, assurance: str, signed_in: bool) -> None:
    citizen = a_citizen(kind=kind, assurance=assurance)

    (contact,) = in_every_order(an_interaction(channel=channel, citizen=citizen)).contacts

    assert contact.signed_in is signed_in


def test_a_withdrawn_contact_takes_its_number_along() -> None:
    call = an_interaction(contact_points=(HER_PHONE,))
    withdrawn = an_event(
        InteractionWithdrawn(citizen=a_citizen(), withdraws=call.ref, reason="wrong person", withdrawn_by="m", recorded_at=LATER)
    )

    facts = in_every_order(call, withdrawn)

    assert facts.contacts == ()
    assert facts.addresses == ()


def test_a_contact_that_was_put_right_counts_as_it_was_put_right() -> None:
    call = an_interaction(direction="outbound", reached=True)
    corrections = [
        an_event(
            InteractionCorrected(
                citizen=a_citizen(),
                corrects=call.ref,
                corrected=CorrectedFields(reached=reached),
                reason="voicemail",
                corrected_by="m",
                recorded_at=recorded_at,
            )
        )
        for reached, recorded_at in ((False, LATEST), (True, LATER))
    ]

    facts = in_every_order(call, *corrections)

    assert [contact.reached for contact in facts.contacts] == [False]


def test_a_correction_of_words_alone_is_nothing_for_the_router() -> None:
    correction = InteractionCorrected(
        citizen=a_citizen(),
        corrects=an_interaction().ref,
        corrected=CorrectedFields(summary="About a passport"),
        reason="typing error",
        corrected_by="m",
        recorded_at=LATER,
    )

    assert learned(an_event(correction)) is None


def a_grant(**changes: Any) -> Event[Any]:
    said: dict[str, Any] = {
        "mandate_id": "m-1",
        "citizen": a_citizen(),
        "organisation": SENIOR_CLUB,
        "organisation_name": "Seniorenclub De Brug",
        "valid_from": MONDAY_10H,
        "valid_until": MONDAY_10H + timedelta(days=365),
        "proof": "form",
        "proof_text": "signed at the table",
        "granted_by": "m",
    }
    return an_event(MandateGranted(**(said | changes)))


def test_a_mandate_that_was_ended_stops_then() -> None:
    ended = an_event(MandateEnded(mandate_id="m-1", citizen=a_citizen(), organisation=SENIOR_CLUB, ended_at=LATER))

    (mandate,) = in_every_order(a_grant(), ended).mandates

    assert mandate.covers("paspoort", MONDAY_10H)
    assert not mandate.covers("paspoort", LATER)


def test_two_organisations_may_use_the_same_number_for_their_mandates() -> None:
    """Each numbers its own: one cannot end or replace what was granted to another."""
    union = "urn:nld:kvknr:40531840"
    hers = a_grant(organisation=union, organisation_name="Vakbond", valid_from=MONDAY_10H - timedelta(hours=1))
    ended = an_event(MandateEnded(mandate_id="m-1", citizen=a_citizen(), organisation=SENIOR_CLUB, ended_at=LATER))

    mandates = in_every_order(a_grant(), hers, ended).mandates

    assert {mandate.organisation: mandate.covers("paspoort", LATER) for mandate in mandates} == {SENIOR_CLUB: False, union: True}


def test_of_a_mandate_no_free_text_or_employee_is_kept() -> None:
    row = learned(a_grant())

    assert row is not None
    assert isinstance(row.body, MandateGranted)
    assert row.body.proof_text is None
    assert row.body.granted_by is None


def test_a_circumstance_that_was_a_mistake_is_taken_back() -> None:
    recorded = an_event(CircumstanceRecorded(citizen=a_citizen(), circumstance="deceased", since=MONDAY_10H, register="brp"))
    ended = an_event(CircumstanceEnded(citizen=a_citizen(), circumstance="deceased", ended_at=LATER, register="brp"))
    again = an_event(CircumstanceRecorded(citizen=a_citizen(), circumstance="deceased", since=LATEST, register="brp"))

    assert in_every_order(recorded).circumstances == {"deceased"}
    assert in_every_order(recorded, ended).circumstances == frozenset()
    assert in_every_order(recorded, ended, again).circumstances == {"deceased"}


def a_link(one: str, other: str, at: datetime, link_id: str = "l-1", undone: bool = False) -> Event[Any]:
    pair: dict[str, Any] = {"link_id": link_id, "citizen": a_citizen(one), "other": a_citizen(other)}
    if undone:
        return an_event(ReferencesUnlinked(**pair, reason="a mistake", unlinked_by="m", unlinked_at=at))
    return an_event(ReferencesLinked(**pair, evidence="passport", linked_by="m", linked_at=at))


def test_linked_references_are_one_person_and_unlinked_ones_are_two_again() -> None:
    chain = rows(a_link("a", "b", MONDAY_10H), a_link("b", "c", MONDAY_10H, link_id="l-2"))
    undone = rows(a_link("a", "b", LATER, undone=True))
    a, b, c = (a_ref(name) for name in "abc")

    before = same_person([a.uuid], linked_pairs(chain))
    for order in permutations([*chain, *undone]):
        after = same_person([a.uuid, c.uuid], linked_pairs(order))
        assert after == {a.uuid: frozenset(), c.uuid: {b}}

    assert before == {a.uuid: {b, c}}
