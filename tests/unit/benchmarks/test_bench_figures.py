"""What a measure comes to: medians, spreads, wrong runs and wrong peers."""

import pytest

from benchmarks.figures import Outcome, Run, cpu_text, outcome_of_pairs, percentile


def a_run(who: str = "plein", *, rate: float = 100, faults: tuple[str, ...] = (), **cpu: float) -> Run:
    return Run(who, int(rate * 10), 10, cpu, faults)


def test_a_measure_is_the_median_of_the_ratios_of_its_pairs() -> None:
    pairs = [(a_run(rate=ours), a_run("peer", rate=100)) for ours in (50, 200, 70)]

    outcome = outcome_of_pairs("ingest_vs_copy", pairs)

    assert outcome.value == pytest.approx(0.7)
    assert outcome.spread == pytest.approx((0.5, 2.0))
    assert outcome.is_reached is True


def test_a_wrong_run_scores_nothing_however_fast_it_was() -> None:
    wrong = a_run(rate=9_000, faults=("3 entries are lost",))

    outcome = outcome_of_pairs("ingest_vs_copy", [(wrong, a_run("peer"))])

    assert wrong.rate == 0
    assert outcome.value == 0
    assert outcome.broken == ["plein: 3 entries are lost"]
    assert outcome.is_reached is False


def test_a_wrong_peer_is_no_measure_of_anybody_and_breaks_no_promise() -> None:
    wrong = a_run("peer", faults=("3 entries are lost",))

    outcome = outcome_of_pairs("ingest_vs_copy", [(a_run(), wrong), (a_run(), a_run("peer", rate=200))])

    assert outcome.values == [0.5]
    assert outcome.broken == []
    assert "peer was wrong" in outcome.note


@pytest.mark.parametrize(("value", "is_reached"), [(249.0, True), (250.0, True), (251.0, False)])
def test_less_is_better_for_milliseconds(value: float, is_reached: bool) -> None:
    assert Outcome("latency_p99_ms", [value]).is_reached is is_reached


def test_what_was_not_measured_has_no_value_and_no_verdict() -> None:
    outcome = Outcome("rebuild_vs_ingest", note="there is no such command")

    assert outcome.value is None
    assert outcome.is_reached is None


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (1, 1)])
def test_a_percentile_is_a_value_that_was_seen(percent: float, value: float) -> None:
    assert percentile([float(each) for each in range(100, 0, -1)], percent) == value


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 99)


def test_cpu_is_told_per_competitor_and_process_as_the_median_of_its_runs() -> None:
    runs = [a_run(timeline=0.02, postgres=0.01), a_run(timeline=0.04, postgres=0.03), a_run("COPY", postgres=0.005)]

    assert cpu_text(runs) == "plein: timeline 0.030, postgres 0.020\nCOPY: postgres 0.005"
