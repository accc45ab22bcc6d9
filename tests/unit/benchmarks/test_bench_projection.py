"""What a country would take follows from what was seen and what is assumed, and from nothing else."""

from dataclasses import replace

import pytest

from benchmarks.projection import ENTRIES, Assumed, Seen, left_at, needed

SEEN = Seen(rows_per_s=20_000, rebuilt_per_s=30_000, entry_bytes=800, known_bytes=100, events_bytes=600)
ASSUMED = Assumed(of_measured=0.5, years=10)


def test_growth_counts_once_for_each_factor_of_ten() -> None:
    assert left_at(10_000_000, 10_000_000, 0.8) == 1
    assert left_at(1_000_000_000, 10_000_000, 0.8) == pytest.approx(0.64)


def test_rows_that_landed_faster_on_more_rows_are_no_promise() -> None:
    assert left_at(1_000_000_000, 10_000_000, 1.2) == 1


def test_the_entries_are_spread_over_the_years() -> None:
    assert needed(SEEN, ASSUMED).average_per_s == pytest.approx(4.75, rel=0.01)
    assert needed(SEEN, ASSUMED).peak_per_s == pytest.approx(47.5, rel=0.01)


def test_one_worker_may_always_fail() -> None:
    assert needed(SEEN, ASSUMED).workers == 2


def test_a_slower_worker_takes_more_of_them_and_more_partitions() -> None:
    need = needed(replace(SEEN, rows_per_s=20), ASSUMED)

    assert need.workers == 10
    assert need.partitions == 40


def test_disk_is_rows_times_their_bytes_and_memory_the_part_that_is_touched() -> None:
    need = needed(SEEN, ASSUMED)

    assert need.table_bytes == ENTRIES * 900
    assert need.memory_bytes == pytest.approx(need.table_bytes * 0.05)


def test_a_rebuild_is_one_process_however_many_workers_there_are_and_has_the_entries_twice() -> None:
    few, many = needed(SEEN, ASSUMED), needed(replace(SEEN, rows_per_s=20), ASSUMED)

    assert few.rebuild_hours == many.rebuild_hours == pytest.approx(ENTRIES / 15_000 / 3600)
    assert few.rebuild_bytes == ENTRIES * 800
