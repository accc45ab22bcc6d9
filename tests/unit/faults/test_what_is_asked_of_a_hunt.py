"""What `make faults` is asked is read as meant, and what cannot be met is said in a sentence."""

import pytest

from engines import APACHE_KAFKA, EMBEDDED
from faults.hunt.asked import FEWEST_RUNS, MINUTES, SMALL_RUNS, Asked, CannotAsk
from faults.hunt.mix import WEIGHTS, Mix

KNOWN = ("broker-hangs", "database-hangs")


def asked(**environment: str) -> Asked:
    return Asked.of(environment, KNOWN)


def test_nothing_asked_is_both_engines_for_its_time_and_a_few_faults_in_any_case() -> None:
    found = asked()

    assert found.engines == (APACHE_KAFKA, EMBEDDED)
    assert found.wants_more(999, minutes=MINUTES / 2 - 0.1)
    assert found.wants_more(FEWEST_RUNS - 1, minutes=MINUTES)
    assert not found.wants_more(FEWEST_RUNS, minutes=MINUTES / 2 + 0.1)


def test_a_number_of_runs_is_played_however_long_it_takes() -> None:
    found = asked(RUNS="3", ENGINE=EMBEDDED)

    assert found.engines == (EMBEDDED,)
    assert found.wants_more(2, minutes=10_000)
    assert not found.wants_more(3, minutes=0)


def test_only_some_scenarios_means_no_random_faults_unless_asked() -> None:
    assert not asked(ONLY="broker-hangs, database-hangs").wants_more(0, minutes=0)
    assert asked(ONLY="broker-hangs", RUNS="1").wants_more(0, minutes=0)


def test_small_is_one_engine_and_a_few_faults() -> None:
    found = asked(SIZE="small")

    assert found.engines == (APACHE_KAFKA,)
    assert found.wants_more(SMALL_RUNS - 1, minutes=0)
    assert not found.wants_more(SMALL_RUNS, minutes=0)
    assert not found.wants_more(FEWEST_RUNS, minutes=3)


def test_a_question_mark_lists() -> None:
    assert asked(ONLY="?").lists
    assert asked(LIST="1").lists
    assert not asked(LIST="0").lists


@pytest.mark.parametrize("wish", [{"ENGINE": "redis"}, {"ONLY": "sunshine"}, {"RUNS": "many"}, {"SIZE": "huge"}])
def test_what_cannot_be_met_is_said_with_the_wish_in_it(wish: dict[str, str]) -> None:
    [(name, value)] = wish.items()

    with pytest.raises(CannotAsk, match=f"{name}={value}"):
        asked(**wish)


def test_the_line_that_repeats_a_failure_has_its_seed_and_its_name() -> None:
    found = asked(SEED="42")

    assert found.again(EMBEDDED, only="broker-hangs") == "make faults ENGINE=embedded SEED=42 ONLY=broker-hangs"
    assert found.again(APACHE_KAFKA, runs=17) == "make faults ENGINE=apache_kafka SEED=42 RUNS=17"


def test_a_seed_decides_the_order_of_random_faults() -> None:
    one, same, other = Mix(42), Mix(42), Mix(43)

    names = [one.next_fault().name for _ in range(60)]

    assert names == [same.next_fault().name for _ in range(60)]
    assert names != [other.next_fault().name for _ in range(60)]
    assert len({name.removeprefix("mix: ").removesuffix(", bad network") for name in names}) > len(WEIGHTS) / 2
