"""The check of the rows sees what is lost, doubled, or other than it was."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.checking import Expected, expected_of, faults_between, fingerprint
from benchmarks.load import Arrival, LoadShape, arrivals

ARRIVED = list(arrivals(LoadShape(events=300, citizens=20)))
EXPECTED = expected_of(ARRIVED)


def test_what_arrived_in_another_order_is_the_same() -> None:
    assert expected_of(reversed(ARRIVED)) == EXPECTED
    assert faults_between(EXPECTED, expected_of(reversed(ARRIVED))) == []


def test_a_repeat_changes_nothing() -> None:
    assert EXPECTED.with_arrival(replace(ARRIVED[0], is_repeat=True)) == EXPECTED


def test_a_lost_entry_is_seen() -> None:
    assert faults_between(EXPECTED, expected_of(ARRIVED[1:])) == ["1 entries are lost"]


def test_an_entry_too_many_is_seen() -> None:
    assert faults_between(EXPECTED, EXPECTED.with_arrival(ARRIVED[0])) == ["1 entries are duplicates or phantoms"]


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARRIVED[0], value=ARRIVED[0].value + b" "),
        replace(ARRIVED[0], citizen=ARRIVED[-1].citizen),
        replace(ARRIVED[0], occurred_at=ARRIVED[0].occurred_at + timedelta(microseconds=1)),
        replace(ARRIVED[0], event_id=ARRIVED[1].event_id),
    ],
)
def test_an_entry_that_is_other_than_it_was_is_seen(changed: Arrival) -> None:
    found = expected_of([changed, *ARRIVED[1:]])

    assert faults_between(EXPECTED, found) == ["there are as many entries as there must be, but not the same ones"]


def test_one_lost_and_another_doubled_do_not_make_up_for_each_other() -> None:
    found = expected_of([*ARRIVED[1:], replace(ARRIVED[1], is_repeat=False)])

    assert len(faults_between(EXPECTED, found)) == 1


def test_what_was_parked_is_seen() -> None:
    assert faults_between(EXPECTED, EXPECTED, parked=2) == ["2 events were parked, and none should be"]


def test_what_is_expected_of_two_loads_is_their_sum() -> None:
    halves = expected_of(ARRIVED[:100]), expected_of(ARRIVED[100:])

    assert halves[0].and_also(halves[1]) == EXPECTED
    assert Expected().and_also(EXPECTED) == EXPECTED


def test_a_fingerprint_holds_sixty_bits() -> None:
    first = ARRIVED[0]

    assert 0 <= fingerprint(first.event_id, first.citizen.value, first.occurred_at, first.value) < 2**60
