"""When: opening hours, holidays, quiet hours, the term, and what comes after what."""

from datetime import UTC, datetime, timedelta

import pytest

from builders import AMSTERDAM, MONDAY_10H, a_policy, a_request, a_wish, an_address, at, citizen_facts, quiet
from channel_router.domain.moments import arrives, first_moment, is_quiet, send_before
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason
from contact_events.facts import QuietHours

PHONE = a_policy().channels["phone"]
LETTER = a_policy().channels["letter"]
PORTAL = a_policy().channels["portal"]


@pytest.mark.parametrize(
    ("asked_at", "opens_at"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 08:29", "2026-11-23 08:30"),
        ("2026-11-23 17:00", "2026-11-24 08:30"),
        ("2026-11-26 19:59", "2026-11-26 19:59"),
        ("2026-11-27 12:30", "2026-11-30 08:30"),
        ("2026-12-23 18:00", "2026-12-28 08:30"),  # the 24th is the municipality's own, then Christmas and a weekend
        ("2027-04-27 09:00", "2027-04-28 08:30"),  # King's Day, in a year the file does not name
    ],
)
def test_the_phone_is_answered_during_office_hours_only(asked_at: str, opens_at: str) -> None:
    moment = first_moment(PHONE, (), at(asked_at), a_policy())

    assert moment == at(opens_at)


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        (quiet("12:00", "13:00"), "2026-11-23 12:00", True),
        (quiet("12:00", "13:00"), "2026-11-23 13:00", False),
        (quiet("22:00", "07:00"), "2026-11-23 23:30", True),
        (quiet("22:00", "07:00"), "2026-11-24 06:59", True),
        (quiet("22:00", "07:00"), "2026-11-24 07:00", False),
        (quiet("22:00", "07:00", days=[1]), "2026-11-24 06:00", True),  # Monday's night ends on Tuesday
        (quiet("22:00", "07:00", days=[1]), "2026-11-23 06:00", False),  # Sunday's night is not quiet
        (quiet("22:00", "07:00", days=[7]), "2026-11-23 06:00", True),  # Sunday's night ends on Monday
        (quiet("09:00", "12:00", days=[6, 7]), "2026-11-23 10:00", False),
        (quiet("09:00", "09:00", days=[1]), "2026-11-24 08:59", True),  # a whole day round
        (quiet("09:00", "09:00", days=[1]), "2026-11-24 09:00", False),
    ],
)
def test_quiet_hours_hold_from_start_until_end_also_past_midnight(hours: QuietHours, local: str, expected: bool) -> None:
    assert is_quiet((hours,), datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM)) is expected


def test_quiet_hours_are_local_time_on_both_sides_of_a_clock_change() -> None:
    """On 28 March 2027 two o'clock becomes three."""
    night = (quiet("22:00", "02:30"),)

    moment = first_moment(PORTAL, night, datetime(2027, 3, 28, 0, 15, tzinfo=UTC), a_policy())

    assert moment == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # half past two does not exist: it is half past three


@pytest.mark.parametrize(
    ("sent_at", "arrived_at"),
    [
        ("2026-11-23 10:00", "2026-11-26 18:00"),
        ("2026-11-26 10:00", "2026-12-01 18:00"),
        ("2026-12-22 10:00", "2026-12-29 18:00"),  # the 24th is closed, then Christmas and a weekend
    ],
)
def test_a_letter_takes_three_working_days(sent_at: str, arrived_at: str) -> None:
    assert arrives(LETTER, at(sent_at), a_policy()) == at(arrived_at)


def test_a_letter_must_go_three_working_days_before_the_term() -> None:
    latest = send_before(LETTER, at("2026-12-01 18:00"), a_policy())

    assert latest == at("2026-11-27 00:00")
    assert arrives(LETTER, latest - timedelta(minutes=1), a_policy()) <= at("2026-12-01 18:00")
    assert arrives(LETTER, latest, a_policy()) > at("2026-12-01 18:00")


def test_a_letter_that_would_come_after_the_term_gives_way_to_a_call_before_it() -> None:
    """Reach her: not by SMS, not by e-mail, a letter is too late, so an agent calls before Thursday."""
    request = a_request(reach_before=at("2026-11-26 12:00"))
    facts = citizen_facts(wishes=[a_wish(refused_channels=("sms",))])

    choice = preferred_channel(request, facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "phone"
    assert choice.needs_person
    assert choice.skipped["letter"] is Reason.TOO_LATE_FOR_TERM
    assert choice.send_before == at("2026-11-26 12:00")
    assert choice.sentence["nl"].startswith(
        "Een medewerker belt de inwoner vanaf maandag 23 november om 10.00 uur en vóór donderdag 26 november om 12.00 uur."
    )


def test_a_letter_has_time_when_it_arrives_on_the_last_day() -> None:
    choice = preferred_channel(a_request(reach_before=at("2026-11-26 18:00")), citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"


def test_a_term_that_has_passed_goes_to_a_person() -> None:
    choice = preferred_channel(a_request(reach_before=at("2026-11-20 12:00")), citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.channel == "person"
    assert choice.skipped["phone"] is Reason.TOO_LATE_FOR_TERM


def test_outside_opening_hours_the_call_waits_and_says_so() -> None:
    facts = citizen_facts(wishes=[a_wish(preferred_channels=("phone",))])

    choice = preferred_channel(a_request(), facts, a_policy(), now=at("2026-11-27 18:00"))

    assert choice.not_before == at("2026-11-30 08:30")
    assert Reason.WAITS_FOR_OPENING in choice.reasons


def test_each_next_step_waits_for_the_one_before_it_and_a_person_is_the_last() -> None:
    facts = citizen_facts(addresses=(an_address(), an_address("email")))

    choice = preferred_channel(a_request(), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "email"
    assert [(step.channel, step.not_before) for step in choice.next_steps] == [
        ("letter", at("2026-11-26 10:00")),
        ("sms", at("2026-12-07 08:00")),
        ("phone", at("2026-12-08 08:30")),
        ("person", at("2026-12-09 08:30")),
    ]


def test_next_steps_hurry_when_the_term_is_near() -> None:
    facts = citizen_facts(addresses=(an_address(), an_address("email")))

    choice = preferred_channel(a_request(reach_before=at("2026-11-24 10:00")), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "email"
    assert [step.channel for step in choice.next_steps] == ["sms", "phone", "person"]
    assert choice.skipped["letter"] is Reason.TOO_LATE_FOR_TERM
    assert all(step.not_before <= at("2026-11-24 10:00") for step in choice.next_steps)


def test_a_channel_that_could_come_first_but_is_too_late_as_a_next_step_is_skipped_and_said() -> None:
    facts = citizen_facts(addresses=(an_address(), an_address("email")))

    choice = preferred_channel(a_request(reach_before=at("2026-11-26 18:00")), facts, a_policy(), now=MONDAY_10H)

    assert choice.channel == "email"
    assert [step.channel for step in choice.next_steps] == ["sms", "phone", "person"]
    assert choice.skipped["letter"] is Reason.TOO_LATE_FOR_TERM


def test_the_same_moment_in_another_zone_gives_the_same_answer() -> None:
    in_amsterdam = preferred_channel(a_request(), citizen_facts(), a_policy(), now=MONDAY_10H.astimezone(AMSTERDAM))

    assert in_amsterdam == preferred_channel(a_request(), citizen_facts(), a_policy(), now=MONDAY_10H)
