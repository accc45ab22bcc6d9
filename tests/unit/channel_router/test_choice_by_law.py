"""The form the law asks outranks everything the citizen asked."""

import pytest

from builders import MONDAY_10H, a_policy, a_request, a_wish, at, bounced, citizen_facts, verified
from channel_router.domain.facts import ChannelHealth
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("written", Reason.LAW_ASKS_WRITTEN),
        ("registered_letter", Reason.LAW_ASKS_REGISTERED_LETTER),
        ("by_bailiff", Reason.LAW_ASKS_UNKNOWN_FORM),
    ],
)
def test_the_law_asks_a_letter_even_where_the_citizen_refused_letters_and_the_choice_says_so(form: str, reason: Reason) -> None:
    facts = citizen_facts(wishes=[a_wish(refused_channels=("letter",), preferred_channels=("phone",))], signed_in=True)

    choice = preferred_channel(a_request(legal_form=form), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.reasons[:2] == (reason, Reason.REFUSED_BUT_LAW_ASKS)
    assert "maar de wet vraagt het" in choice.sentence["nl"]


def test_a_registered_letter_is_called_that() -> None:
    choice = preferred_channel(a_request(legal_form="registered_letter"), citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.sentence["nl"].startswith("Wij sturen de inwoner een aangetekende brief")
    assert choice.sentence["en"].startswith("We send the citizen a registered letter")


def test_where_the_law_asks_nothing_no_reason_speaks_of_it() -> None:
    choice = preferred_channel(a_request(), citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.reasons == (Reason.POLICY_PREFERS,)


def test_a_written_message_goes_to_the_portal_for_who_asked_for_the_portal() -> None:
    """Awb 2:14: electronically, where the citizen made known to be reachable that way."""
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("portal",))], signed_in=True)

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "portal"
    assert [step.channel for step in choice.next_steps] == ["letter", "person"]


def test_a_registered_letter_does_not_go_to_the_portal_whatever_the_citizen_asked() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("portal",))], signed_in=True)

    choice = preferred_channel(a_request(legal_form="registered_letter"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.skipped["portal"] is Reason.LAW_ASKS_ANOTHER_FORM


def test_a_letter_of_the_law_that_comes_too_late_is_sent_and_a_person_is_told() -> None:
    request = a_request(legal_form="written", reach_before=at("2026-11-24 12:00"))

    choice = preferred_channel(request, citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.needs_person
    assert Reason.TERM_CANNOT_BE_MET in choice.reasons


def test_a_letter_of_the_law_without_an_address_goes_to_a_person() -> None:
    facts = citizen_facts(addresses=(bounced("postal"),))

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.skipped["letter"] is Reason.ADDRESS_BOUNCED


def test_a_letter_of_the_law_is_sent_though_letters_fail_at_the_moment() -> None:
    facts = citizen_facts(health={"letter": ChannelHealth(tried=100, failed=100)})

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"


def test_a_letter_of_the_law_goes_to_the_verified_address() -> None:
    facts = citizen_facts(addresses=(verified("postal"),))

    choice = preferred_channel(a_request(legal_form="written"), facts, a_policy(), now=MONDAY_10H)

    assert choice.contact_point == verified("postal").contact_point
    assert Reason.ADDRESS_VERIFIED in choice.reasons
