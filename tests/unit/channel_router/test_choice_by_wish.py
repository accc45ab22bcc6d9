"""What the citizen asked."""

from dataclasses import replace
from datetime import timedelta

from builders import MONDAY_10H, a_policy, a_request, a_wish, an_address, at, bounced, citizen_facts, no_phone, quiet, verified
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason


def test_a_citizen_who_asked_not_to_be_phoned_is_reached_by_letter() -> None:
    """A contact wish outranks the channel used most."""
    facts = citizen_facts(wishes=[no_phone()], reached_by=["phone", "phone", "web"])

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.skipped["phone"] is Reason.ASKED_NOT_TO_BE_PHONED


def test_a_preferred_channel_comes_before_the_order_of_the_municipality() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("sms",))], signed_in=True)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "sms"
    assert choice.reasons[0] is Reason.ASKED_FOR_THIS_CHANNEL


def test_a_preferred_channel_is_used_also_where_the_matrix_does_not_name_it() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("sms",))])

    choice = preferred_channel(a_request(societal_result="legal_certainty"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "sms"


def test_a_matter_that_needs_a_conversation_is_not_mailed_whatever_the_citizen_prefers() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("email",))], addresses=(an_address(), an_address("email")))

    choice = preferred_channel(a_request(interaction_need="talk"), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"
    assert choice.skipped["email"] is Reason.NEEDS_A_CONVERSATION


def test_the_wish_for_a_matter_outranks_the_general_one() -> None:
    """She wants no calls, except about her passport."""
    facts = citizen_facts(wishes=[no_phone(), a_wish(matter="paspoort", preferred_channels=("phone",))])

    about_passport = preferred_channel(a_request(matter="paspoort"), facts, a_policy(), now=MONDAY_10H)
    about_taxes = preferred_channel(a_request(matter="belasting"), facts, a_policy(), now=MONDAY_10H)

    assert about_passport.channel == "phone"
    assert about_taxes.skipped["phone"] is Reason.ASKED_NOT_TO_BE_PHONED


def test_what_is_refused_for_a_matter_is_refused_there_only() -> None:
    facts = citizen_facts(wishes=[a_wish(matter="wmo", refused_channels=("letter",))])

    about_care = preferred_channel(a_request(matter="wmo"), facts, a_policy(), now=MONDAY_10H)
    about_passport = preferred_channel(a_request(matter="paspoort"), facts, a_policy(), now=MONDAY_10H)

    assert about_care.skipped["letter"] is Reason.ASKED_NO_LETTERS
    assert about_passport.channel == "letter"


def test_who_would_rather_have_a_person_is_phoned() -> None:
    facts = citizen_facts(wishes=[a_wish(person_please=True)], signed_in=True)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"
    assert choice.needs_person
    assert choice.reasons[0] is Reason.ASKED_FOR_A_PERSON
    assert choice.skipped["portal"] is Reason.ASKED_FOR_A_PERSON


def test_who_would_rather_have_a_person_and_has_no_phone_gets_a_person_all_the_same() -> None:
    facts = citizen_facts(wishes=[a_wish(person_please=True)], addresses=())

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.reasons == (Reason.NOTHING_ELSE_LEFT, Reason.ASKED_FOR_A_PERSON)


def test_who_refuses_everything_is_left_to_a_person_and_never_to_silence() -> None:
    everything = tuple(a_policy().channels)
    facts = citizen_facts(wishes=[a_wish(refused_channels=everything)], signed_in=True)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.needs_person
    assert set(choice.skipped) == set(everything)


def test_a_refused_channel_without_a_sentence_of_its_own_is_refused_too() -> None:
    fax = replace(a_policy().channels["sms"], name="fax")
    policy = a_policy(channels={**a_policy().channels, "fax": fax})
    facts = citizen_facts(wishes=[a_wish(refused_channels=("fax",))])

    choice = preferred_channel(a_request(), facts, policy, now=MONDAY_10H)

    assert choice.skipped["fax"] is Reason.ASKED_NOT_THIS_CHANNEL


def test_the_choice_speaks_the_language_the_citizen_asked_for() -> None:
    facts = citizen_facts(wishes=[a_wish(language="tur")])

    choice = preferred_channel(a_request(language="eng"), facts, a_policy(), now=MONDAY_10H)

    assert choice.language == "tur"
    assert Reason.LANGUAGE_ASKED in choice.reasons


def test_in_a_language_that_the_municipality_does_not_write_it_would_rather_talk() -> None:
    facts = citizen_facts(wishes=[a_wish(language="tur")], signed_in=True)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"
    assert Reason.LANGUAGE_NOT_WRITTEN in choice.reasons


def test_the_contact_point_the_citizen_asked_for_is_used_before_a_verified_one() -> None:
    asked = an_address("email", contact_point="c1-" + "a" * 32)
    facts = citizen_facts(
        wishes=[a_wish(preferred_channels=("email",), preferred_contact_point=asked.contact_point)],
        addresses=(asked, verified("email")),
    )

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.contact_point == asked.contact_point


def test_a_wished_contact_point_that_bounced_is_not_used() -> None:
    asked = bounced("email", contact_point="c1-" + "a" * 32)
    facts = citizen_facts(
        wishes=[a_wish(preferred_channels=("email",), preferred_contact_point=asked.contact_point)], addresses=(asked,)
    )

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.skipped["email"] is Reason.ADDRESS_BOUNCED


def test_quiet_hours_move_the_call_to_when_they_end() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("phone",), quiet_hours=(quiet("09:00", "13:30"),))])

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.not_before == at("2026-11-23 13:30")
    assert Reason.WAITS_FOR_QUIET_HOURS in choice.reasons


def test_the_quiet_hours_of_the_matter_and_the_general_ones_both_hold() -> None:
    in_general = a_wish(preferred_channels=("phone",), quiet_hours=(quiet("09:00", "12:00"),))
    for_passports = a_wish(matter="paspoort", quiet_hours=(quiet("12:00", "15:00"),))

    choice = preferred_channel(a_request(), citizen_facts(wishes=[in_general, for_passports]), a_policy(), now=MONDAY_10H)

    assert choice.not_before == at("2026-11-23 15:00")


def test_quiet_hours_do_not_hold_back_a_letter() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("letter",), quiet_hours=(quiet("00:00", "23:59"),))])

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.not_before == MONDAY_10H


def test_who_may_never_be_disturbed_is_not_phoned() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("phone",), quiet_hours=(quiet("00:00", "00:00"),))])

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.skipped["phone"] is Reason.ALWAYS_QUIET_OR_CLOSED


def test_the_newest_of_two_general_wishes_counts() -> None:
    older = a_wish(refused_channels=("letter",), set_at=MONDAY_10H - timedelta(days=9))
    newer = a_wish(refused_channels=("phone",), set_at=MONDAY_10H - timedelta(days=2))

    choice = preferred_channel(a_request(), citizen_facts(wishes=[newer, older]), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
