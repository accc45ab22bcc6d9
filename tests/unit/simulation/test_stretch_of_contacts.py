"""A made-up stretch of contacts: repeatable, realistic, and fit for the real doors."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.nl import bsn

from contact_events.channels import Channel
from contact_events.citizen_ref import PseudonymKeys
from contact_events.matters import Matters
from contact_events.sealing import OpeningKey, SealingKey
from counter_adapter.domain import DOOR as COUNTER_DOOR
from front_door.amendments import CORRECTION, WITHDRAWAL
from front_door.citizen_facts import facts_kind
from front_door.door import ChannelDoor, Kind
from front_door.sensitive import dutch_words, sensitive_refusal
from front_door.submission import DoorKeys, Refused, Sender, Submission
from intermediary_adapter.domain import DOOR as INTERMEDIARY_DOOR
from phone_log_adapter.domain import DOOR as PHONE_DOOR
from plein.simulation.planned import COUNTER, FACT_TYPE, INTERMEDIARY, PHONE, WEB, PlannedPost
from plein.simulation.questions import topics
from plein.simulation.rhythm import LOCAL, RHYTHMS
from plein.simulation.stretch import RETURNS_WITHIN, contacts
from plein.simulation.townspeople import TOWNS, numbers_for_tests, townspeople
from web_adapter.domain import DOOR as WEB_DOOR

UNTIL = datetime(2026, 11, 24, 0, tzinfo=LOCAL)
DOORS = {WEB: WEB_DOOR, PHONE: PHONE_DOOR, COUNTER: COUNTER_DOOR, INTERMEDIARY: INTERMEDIARY_DOOR}
MATTERS = Matters.from_toml((files("contact_events") / "municipality" / "matters.toml").read_text("utf-8"))
KEYS = DoorKeys(PseudonymKeys.from_text("1:" + "aa" * 32), SealingKey.from_text(OpeningKey.generate().sealing_key_text))


@cache
def stretch(seed: int = 7, count: int = 4_000) -> tuple[PlannedPost, ...]:
    return tuple(contacts(seed, count, UNTIL))


def interpreted(post: PlannedPost) -> int | str:
    """Returns how many events the real door makes of a post, or why it refuses."""
    door = DOORS[post.door]
    kinds: list[Kind] = [door.contact, CORRECTION, WITHDRAWAL, facts_kind(door)]
    kind = next(kind for kind in kinds if kind.submission_type == post.type)
    body = kind.read({"id": post.id, **post.body})
    if (sensitive := sensitive_refusal(body, dutch_words())) is not None:
        return str(sensitive)
    sender = Sender("test", "urn:nld:kvknr:09220932", "Seniorenclub De Linde")
    submission = Submission("urn:nld:test", post.id, UNTIL, post.written_at, sender, body)
    events = kind.interpret(submission, KEYS, MATTERS)
    return str(events) if isinstance(events, Refused) else len(events)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 400))
def test_the_same_seed_gives_the_same_posts_and_exactly_the_events_asked_for(seed: int, count: int) -> None:
    posts = list(contacts(seed, count, UNTIL))

    assert posts == list(contacts(seed, count, UNTIL))
    assert sum(post.events for post in posts if not post.again) == count


def test_another_seed_count_end_or_town_gives_other_ids() -> None:
    ids = {post.id for post in stretch()}

    for other in (
        contacts(8, 4_000, UNTIL),
        contacts(7, 3_999, UNTIL),
        contacts(7, 4_000, UNTIL - timedelta(days=1)),
        contacts(7, 4_000, UNTIL, TOWNS["dorp"]),
    ):
        assert ids.isdisjoint(post.id for post in other)


def test_every_post_is_taken_by_the_real_door_as_the_events_it_promises() -> None:
    judged = {post.id: (interpreted(post), post.events) for post in stretch()}

    assert {post_id: found for post_id, (found, promised) in judged.items() if found != promised} == {}


def test_an_id_stands_for_one_body_for_ever_and_what_is_sent_again_is_the_same_to_the_letter() -> None:
    first: dict[str, PlannedPost] = {}
    again = 0
    for post in stretch():
        if post.again:
            again += 1
            assert post == first[post.id].repeated()
        else:
            assert post.id not in first
            first[post.id] = post

    assert 0.01 < again / len(first) < 0.04


def test_nobody_in_town_is_real() -> None:
    people = townspeople(7, TOWNS["grote-stad"])

    assert len({person.bsn for person in people}) == 9_000
    assert all(bsn.is_valid(number) and number.startswith("9999") for number in numbers_for_tests())
    assert "999990342" not in numbers_for_tests()
    assert all(person.phone.startswith("061234") and len(person.phone) == 10 for person in people)
    assert all(person.email is None or person.email.endswith("@example.nl") for person in people)


def test_some_households_share_a_phone() -> None:
    by_phone = Counter(person.phone for person in townspeople(7, TOWNS["stad"]))

    assert 0.1 < sum(count > 1 for count in by_phone.values()) / len(by_phone) < 0.5


def test_doors_keep_their_hours() -> None:
    moments = {
        PHONE: [datetime.fromisoformat(post.body["startedAt"]) for post in stretch() if "startedAt" in post.body],
        COUNTER: [
            datetime.fromisoformat(post.body["occurredAt"])
            for post in stretch()
            if post.door == COUNTER and post.events and "desk" in post.body
        ],
    }

    assert all(at.astimezone(LOCAL).weekday() < 5 and 8 <= at.astimezone(LOCAL).hour < 17 for at in moments[PHONE])
    assert all(at.astimezone(LOCAL).weekday() < 5 and 9 <= at.astimezone(LOCAL).hour < 17 for at in moments[COUNTER])
    evening = [post for post in stretch() if "form" in post.body and post.written_at.astimezone(LOCAL).hour >= 18]
    assert len(evening) > 100


def test_the_counter_is_closed_on_a_public_holiday_and_the_website_is_not() -> None:
    kings_day = datetime(2026, 4, 27, tzinfo=UTC).date()

    assert RHYTHMS[Channel.COUNTER].weight(kings_day) == 0
    assert RHYTHMS[Channel.WEB].weight(kings_day) > 0


def test_people_come_back_within_28_days_about_the_same() -> None:
    last: dict[tuple[str, str], datetime] = {}
    returned = together = 0
    for post in stretch():
        whom = str(post.body.get("citizen") or post.body.get("member") or "")
        if not whom or not post.is_contact or post.again:
            continue
        questions = post.body.get("questions", [post.body])
        key = (whom, questions[0]["matter"])
        together += 1
        returned += key in last and abs(post.written_at - last[key]) < RETURNS_WITHIN
        last[key] = post.written_at

    assert returned / together > 0.03


def test_taxes_are_asked_about_in_february_and_passports_before_summer() -> None:
    def share(until: datetime, matter: str) -> float:
        posts = [post for post in contacts(7, 3_000, until) if post.is_contact]
        matters = [str(post.body.get("questions", [post.body])[0]["matter"]) for post in posts]
        return matters.count(matter) / len(matters)

    february, june = datetime(2026, 3, 1, tzinfo=LOCAL), datetime(2026, 6, 20, tzinfo=LOCAL)

    assert share(february, "belasting") > 1.8 * share(june, "belasting")
    assert share(june, "paspoort") > 1.4 * share(february, "paspoort")


def test_the_stretch_has_everything_that_makes_a_town_hard() -> None:
    posts = stretch()

    assert any("recordedAt" in post.body for post in posts), "a note that was typed late"
    assert any(post.body.get("citizen") is None and "signedIn" not in post.body for post in posts if post.door == WEB), "nobody"
    assert any(post.events > 1 for post in posts), "several questions at once"
    assert any("mandateId" in post.body and post.type != FACT_TYPE for post in posts), "a member under a mandate"
    assert {post.body["fact"] for post in posts if post.type == FACT_TYPE} >= {
        "contact-wish-set",
        "contact-wish-withdrawn",
        "address-verified",
        "address-bounced",
        "mandate-granted",
        "circumstance-recorded",
    }
    assert {post.type for post in posts} >= {CORRECTION.submission_type, WITHDRAWAL.submission_type}
    assert any(later.written_at < sooner.written_at for sooner, later in pairwise(posts)), "out of order"
    assert {post.door for post in posts} == set(DOORS)
    assert 0.05 < sum(post.alone for post in posts) / len(posts) < 0.15


@pytest.mark.parametrize("matter", [topic.matter for topic in topics()])
def test_what_people_ask_about_is_in_the_service_catalogue(matter: str) -> None:
    assert matter in MATTERS


def test_a_door_of_the_simulation_is_a_door_that_exists() -> None:
    assert all(isinstance(door, ChannelDoor) and door.service == name for name, door in DOORS.items())
