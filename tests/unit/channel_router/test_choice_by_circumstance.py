"""Deceased, secret address, confidential, through a helper: who must be approached with care."""

from datetime import timedelta

from builders import (
    MONDAY_10H,
    SENIOR_CLUB,
    a_citizen,
    a_mandate,
    a_policy,
    a_request,
    a_wish,
    an_address,
    at,
    citizen_facts,
    verified,
)
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason

DECEASED = frozenset({"deceased"})
SECRET = frozenset({"secret_address"})
THROUGH_CLUB = a_wish(through_organisation=SENIOR_CLUB)


def test_nobody_contacts_who_has_died_not_even_where_the_law_asks_a_letter() -> None:
    facts = citizen_facts(circumstances=DECEASED, signed_in=True)

    choice = preferred_channel(a_request(legal_form="written", urgency="high"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.needs_person
    assert choice.next_steps == ()
    assert set(choice.skipped.values()) == {Reason.DECEASED}
    assert "Wij sturen niets." in choice.sentence["nl"]


def test_a_secret_address_gets_no_letter_while_it_is_not_verified() -> None:
    facts = citizen_facts(circumstances=SECRET, addresses=(an_address("postal"), an_address("phone")))

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.skipped["letter"] is Reason.ADDRESS_IS_SECRET
    assert Reason.PROTECTED_ROUTE in choice.reasons


def test_a_secret_address_that_is_verified_gets_its_letter_along_the_protected_route() -> None:
    facts = citizen_facts(circumstances=SECRET, addresses=(verified("postal"),))

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.needs_person
    assert Reason.PROTECTED_ROUTE in choice.reasons


def test_with_a_secret_address_only_verified_numbers_are_used() -> None:
    """Somebody else may have claimed the number to find out where she lives."""
    claimed = preferred_channel(a_request(urgency="high"), citizen_facts(circumstances=SECRET), a_policy(), now=MONDAY_10H)
    proven = preferred_channel(
        a_request(urgency="high"), citizen_facts(circumstances=SECRET, addresses=(verified(),)), a_policy(), now=MONDAY_10H
    )

    assert claimed.channel == "person"
    assert claimed.skipped["phone"] is Reason.ADDRESS_IS_SECRET
    assert proven.channel == "sms"


def test_a_confidential_matter_is_not_put_in_an_email_or_sms() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("email", "sms"))], addresses=(verified(), verified("email")))

    choice = preferred_channel(a_request(confidential=True), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.skipped["email"] is Reason.CONFIDENTIAL
    assert choice.skipped["sms"] is Reason.CONFIDENTIAL


def test_a_confidential_matter_may_stand_in_the_portal() -> None:
    choice = preferred_channel(a_request(confidential=True), citizen_facts(signed_in=True), a_policy(), now=MONDAY_10H)

    assert choice.channel == "portal"


def test_a_confidential_matter_for_a_phone_number_that_several_people_may_share_goes_to_a_person() -> None:
    request = a_request(confidential=True, citizen=a_citizen("0612345678", kind="phone", assurance="claimed"))

    choice = preferred_channel(request, citizen_facts(kinds=frozenset({"phone"})), a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert set(choice.skipped.values()) == {Reason.IDENTITY_NOT_SURE}


def test_who_asked_for_her_club_is_reached_through_it_under_her_mandate() -> None:
    facts = citizen_facts(wishes=[THROUGH_CLUB], mandates=(a_mandate(),), signed_in=True)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "intermediary"
    assert choice.through_organisation == SENIOR_CLUB
    assert choice.reasons[0] is Reason.ASKED_FOR_INTERMEDIARY


def test_a_club_with_a_mandate_is_left_out_when_the_citizen_did_not_ask_for_it() -> None:
    choice = preferred_channel(a_request(), citizen_facts(mandates=(a_mandate(),)), a_policy(), now=MONDAY_10H)

    assert choice.skipped["intermediary"] is Reason.NO_INTERMEDIARY_ASKED


def test_a_mandate_for_another_matter_or_another_club_or_past_its_term_does_not_count() -> None:
    mandates = (
        a_mandate(matters=("wmo",)),
        a_mandate(organisation="urn:nld:kvknr:99999999"),
        a_mandate(valid_until=MONDAY_10H),
        a_mandate(valid_from=MONDAY_10H + timedelta(minutes=1)),
    )

    for mandate in mandates:
        facts = citizen_facts(wishes=[THROUGH_CLUB], mandates=(mandate,))
        choice = preferred_channel(a_request(matter="paspoort"), facts, a_policy(), now=MONDAY_10H)

        assert choice.skipped["intermediary"] is Reason.NO_VALID_MANDATE


def test_a_mandate_that_ends_before_the_helper_may_be_asked_does_not_count() -> None:
    """What counts is the moment of contact: the budget makes it wait until after the mandate."""
    spent = tuple(MONDAY_10H - timedelta(days=n) for n in range(1, 5))
    facts = citizen_facts(
        wishes=[THROUGH_CLUB], mandates=(a_mandate(valid_until=MONDAY_10H + timedelta(days=2)),), outreaches=spent
    )

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.skipped["intermediary"] is Reason.NO_VALID_MANDATE


def test_the_term_is_the_helpers_term_too() -> None:
    facts = citizen_facts(wishes=[THROUGH_CLUB], mandates=(a_mandate(),))

    choice = preferred_channel(a_request(reach_before=at("2026-11-23 16:00")), facts, a_policy(), now=MONDAY_10H)

    assert choice.skipped["intermediary"] is Reason.TOO_LATE_FOR_TERM
