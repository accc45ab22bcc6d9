"""What worked before, channels that fail, and how often one citizen may be approached."""

from datetime import timedelta

from builders import MONDAY_10H, a_policy, a_request, a_wish, an_address, at, citizen_facts
from channel_router.domain.facts import ChannelHealth
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason

FOUR_THIS_MONTH = tuple(MONDAY_10H - timedelta(days=days) for days in (2, 9, 16, 23))


def test_a_channel_that_worked_before_comes_before_the_municipalitys_order() -> None:
    choice = preferred_channel(a_request(), citizen_facts(reached_by=["phone"]), a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"
    assert choice.reasons[0] is Reason.REACHED_BEFORE


def test_what_worked_longer_ago_than_the_policy_looks_back_does_not_count() -> None:
    facts = citizen_facts(reached_by=["phone"])

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H + timedelta(days=340))

    assert choice.channel == "letter"


def test_three_times_no_answer_puts_even_a_preferred_channel_last() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("phone",))], not_reached_by=["phone"] * 3)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert [(step.channel, step.reason) for step in choice.next_steps][-2] == ("phone", Reason.NO_ANSWER_BEFORE)


def test_twice_no_answer_is_not_yet_a_reason() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("phone",))], not_reached_by=["phone"] * 2)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"


def test_an_answer_after_three_misses_makes_a_channel_good_again() -> None:
    facts = citizen_facts(reached_by=["phone"], not_reached_by=["phone"] * 2)

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"


def test_a_channel_that_fails_for_everybody_is_left_out() -> None:
    facts = citizen_facts(addresses=(an_address(), an_address("email")), health={"email": ChannelHealth(tried=20, failed=10)})

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.skipped["email"] is Reason.CHANNEL_AILING
    assert "storing" in choice.sentence["nl"]


def test_a_few_failures_do_not_close_a_channel() -> None:
    too_few = ChannelHealth(tried=19, failed=19)
    mostly_well = ChannelHealth(tried=100, failed=49)

    for health in (too_few, mostly_well):
        facts = citizen_facts(addresses=(an_address("email"),), health={"email": health})
        assert preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H).channel == "email"


def test_what_is_urgent_goes_by_a_quick_channel() -> None:
    choice = preferred_channel(a_request(urgency="high"), citizen_facts(signed_in=True), a_policy(), now=MONDAY_10H)

    assert choice.channel == "sms"
    assert choice.reasons[0] is Reason.URGENT_AND_QUICK


def test_after_four_messages_in_a_month_the_fifth_waits_until_there_is_room() -> None:
    choice = preferred_channel(a_request(), citizen_facts(outreaches=FOUR_THIS_MONTH), a_policy(), now=MONDAY_10H)

    assert choice.not_before == MONDAY_10H - timedelta(days=23) + timedelta(days=30)
    assert Reason.WAITS_FOR_BUDGET in choice.reasons


def test_three_messages_leave_room_for_one_more() -> None:
    choice = preferred_channel(a_request(), citizen_facts(outreaches=FOUR_THIS_MONTH[:3]), a_policy(), now=MONDAY_10H)

    assert choice.not_before == MONDAY_10H


def test_what_the_law_asks_and_what_is_urgent_and_what_is_about_safety_does_not_wait_for_room() -> None:
    facts = citizen_facts(outreaches=FOUR_THIS_MONTH)

    for request in (a_request(legal_form="written"), a_request(urgency="high"), a_request(societal_result="safety")):
        choice = preferred_channel(request, facts, a_policy(), now=MONDAY_10H)

        assert choice.not_before == MONDAY_10H
        assert Reason.BUDGET_SET_ASIDE in choice.reasons


def test_when_the_term_passes_before_there_is_room_a_person_decides() -> None:
    facts = citizen_facts(outreaches=FOUR_THIS_MONTH)

    choice = preferred_channel(a_request(reach_before=at("2026-11-27 17:00")), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.reasons == (Reason.BUDGET_SPENT,)
