"""The generator of the loss hunt: a seed repeats a run, and everything that can be odd about a moment occurs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from faults.hunt.events import Generator

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_equal_seeds_give_equal_events_and_others_give_others() -> None:
    one, same, other = Generator(7, NOW), Generator(7, NOW), Generator(8, NOW)

    first = [one.batch(50) for _ in range(3)]

    assert first == [same.batch(50) for _ in range(3)]
    assert first != [other.batch(50) for _ in range(3)]


def test_repeats_are_the_same_event_to_the_last_field() -> None:
    planned = [each for _ in range(20) for each in Generator(7, NOW).batch(50)]

    by_id = {each.id: each for each in planned}
    assert all(each == by_id[each.id] for each in planned)
    assert max(Counter(each.id for each in planned).values()) > 1


def test_a_run_has_late_ones_early_ones_and_clocks_that_are_wrong() -> None:
    generator = Generator(7, NOW)
    planned = [each for _ in range(20) for each in generator.batch(50)]

    assert any(each.occurred_at < NOW - timedelta(days=364) for each in planned)
    assert any(each.occurred_at == NOW + timedelta(minutes=10) for each in planned)
    assert any(timedelta(hours=1) < NOW - each.occurred_at < timedelta(days=8) for each in planned)
    assert any(one.occurred_at > other.occurred_at for one, other in pairwise(planned))
    assert len({each.bsn for each in planned}) > 50
