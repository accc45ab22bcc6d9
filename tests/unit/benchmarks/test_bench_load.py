"""The load is the same for the same seed, made of events the codec reads, and spread as it says."""

from collections import Counter

import pytest

from benchmarks.load import LoadShape, ZipfSampler, arrivals
from contact_events.codec import read_event

SHAPE = LoadShape(events=4_000, citizens=500)


def test_the_same_seed_gives_the_same_events() -> None:
    first, again = ([each.value for each in arrivals(SHAPE)] for _ in range(2))
    other = [each.value for each in arrivals(LoadShape(events=4_000, citizens=500, seed=7))]

    assert first == again
    assert first != other


def test_every_event_is_read_by_the_codec_as_what_its_row_says() -> None:
    for arrival in arrivals(LoadShape(events=200, citizens=20)):
        event = read_event(arrival.value)

        assert (event.key, event.citizen, event.logged_at) == (arrival.event_id, arrival.citizen, arrival.logged_at)
        assert (event.data.occurred_at, event.data.channel, event.data.matter) == (
            arrival.occurred_at,
            arrival.channel,
            arrival.matter,
        )


def test_an_event_has_the_size_of_a_real_one() -> None:
    sizes = [len(arrival.value) for arrival in arrivals(SHAPE)]

    assert 500 < sum(sizes) / len(sizes) < 650


def test_a_few_in_a_hundred_come_twice_to_the_byte_and_the_rest_once() -> None:
    arrived = list(arrivals(SHAPE))
    counts = Counter(arrival.value for arrival in arrived)
    repeats = sum(arrival.is_repeat for arrival in arrived)

    assert 0.01 * len(arrived) < repeats < 0.03 * len(arrived)
    assert len(counts) == len(arrived) - repeats


def test_a_few_in_a_hundred_are_written_down_long_after_they_happened() -> None:
    late = sum((arrival.logged_at - arrival.occurred_at).total_seconds() > 90 for arrival in arrivals(SHAPE))

    assert 0.03 * SHAPE.events < late < 0.07 * SHAPE.events


@pytest.mark.parametrize("exponent", [0.8, 1.05, 1.4])
def test_zipf_gives_the_first_as_much_more_as_the_law_says(exponent: float) -> None:
    drawn = Counter(ZipfSampler(1_000, exponent, seed=1).draw(200_000))

    assert drawn[0] / drawn[9] == pytest.approx(10**exponent, rel=0.15)
    assert max(drawn) <= 999
