"""Current or past, verified or bounced: decided from what was heard, in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Literal
from uuid import UUID

import pytest

from address_book.domain.points import AddressFact, HeardPoint, KeptPoint, as_they_stand, highest
from address_book.domain.storage import Row
from contact_events.citizen_ref import CitizenRef

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SHE, HE = CitizenRef(b"s" * 16, 1), CitizenRef(b"h" * 16, 1)
MOBILE, OLD_MOBILE = CitizenRef(b"m" * 16, 1), CitizenRef(b"o" * 16, 1)


def heard(point: CitizenRef = MOBILE, *, days_ago: int = 1, citizen: CitizenRef = SHE, kind: str = "phone") -> HeardPoint:
    at = NOW - timedelta(days=days_ago)
    return HeardPoint(
        row=Row(citizen, point, kind),
        stored=None,
        first_seen=at,
        last_seen=at,
        times_heard=1,
        assurances=("claimed",),
        source="urn:nld:oin:1:systeem:balie",
        event_id="1",
    )


def fact(
    what: Literal["verified", "bounced"], *, days_ago: int, citizen: CitizenRef = SHE, number: int = 1, for_good: bool = True
) -> AddressFact:
    at = NOW - timedelta(days=days_ago)
    return AddressFact(
        event_key=UUID(int=number), citizen=citizen, point=MOBILE, what=what, at=at, how="code", for_good=for_good, logged_at=at
    )


def the_one(points: list[KeptPoint]) -> KeptPoint:
    [point] = points
    return point


def test_a_point_that_bounced_for_good_after_it_was_heard_is_past() -> None:
    point = the_one(as_they_stand([heard(days_ago=9)], [fact("bounced", days_ago=3)], [SHE], NOW))

    assert not point.is_current
    assert point.bounce_reason == "code"


def test_a_point_heard_again_after_it_bounced_is_current_and_still_shows_the_bounce() -> None:
    point = the_one(as_they_stand([heard(days_ago=1)], [fact("bounced", days_ago=3)], [SHE], NOW))

    assert point.is_current
    assert point.bounced_at == NOW - timedelta(days=3)


def test_a_full_mailbox_does_not_make_a_point_past() -> None:
    point = the_one(as_they_stand([heard(days_ago=9)], [fact("bounced", days_ago=3, for_good=False)], [SHE], NOW))

    assert point.is_current


def test_a_bounce_counts_for_everybody_with_the_point_a_verification_for_one_person() -> None:
    bounced, verified = fact("bounced", days_ago=3, number=1), fact("verified", days_ago=5, number=2)

    point = the_one(as_they_stand([heard(days_ago=9, citizen=HE)], [bounced, verified], [HE], NOW))

    assert not point.is_current
    assert point.verified_at is None


def test_a_verification_under_a_linked_reference_counts_for_the_person() -> None:
    point = the_one(as_they_stand([heard(days_ago=9, citizen=HE)], [fact("verified", days_ago=5)], [HE, SHE], NOW))

    assert point.verified_how == "code"


def test_a_number_not_heard_for_two_years_gives_way_to_a_newer_one() -> None:
    old, new = heard(OLD_MOBILE, days_ago=800), heard(MOBILE, days_ago=2)

    assert [(p.heard.row.point, p.is_current) for p in as_they_stand([old, new], [], [SHE], NOW)] == [
        (MOBILE, True),
        (OLD_MOBILE, False),
    ]


def test_an_old_number_stays_current_while_there_is_no_newer_one_of_its_kind() -> None:
    points = as_they_stand([heard(OLD_MOBILE, days_ago=800), heard(MOBILE, days_ago=2, kind="email")], [], [SHE], NOW)

    assert all(point.is_current for point in points)


def test_the_order_in_which_facts_arrive_makes_no_difference() -> None:
    facts = [
        fact("verified", days_ago=8, number=1),
        fact("bounced", days_ago=5, number=2),
        fact("verified", days_ago=2, number=3),
        fact("bounced", days_ago=4, number=4, for_good=False),
    ]

    stand = [as_they_stand([heard(days_ago=9)], order, [SHE], NOW) for order in permutations(facts)]

    assert all(one == stand[0] for one in stand)
    assert the_one(stand[0]).is_current


@pytest.mark.parametrize(
    ("words", "surest"),
    [(("claimed", "high", "low"), "high"), (("none",), "none"), (("from-the-future", "claimed"), "claimed"), ((), "none")],
)
def test_the_surest_word_counts_and_an_unknown_word_counts_least(words: tuple[str, ...], surest: str) -> None:
    assert highest(words) == surest
