"""The figures of a hunt have the names they are known under, and a broken promise is never quiet."""

import json
from pathlib import Path

from faults.hunt.checking import Findings
from faults.hunt.hunting import told_of
from faults.hunt.results import Played, Results, write_figures

RIGHT = Findings()


def played(findings: Findings = RIGHT, fault: str | None = None) -> Played:
    return Played("embedded", "broker-hangs", 1.0, 100, findings, fault, "make faults SEED=1 ONLY=broker-hangs")


def results(*found: Played, stock_faust_lost: int | None = 12) -> Results:
    made = Results(played=list(found), runs=3)
    if stock_faust_lost is not None:
        made.measure("stock_faust_lost", [stock_faust_lost])
    return made


def test_the_file_has_exactly_the_known_names(tmp_path: Path) -> None:
    found = results(played(), played(Findings(lost=frozenset("ab"))))
    found.measure("recovery_worker_s", [1.0, 9.0, 2.0])

    write_figures(found, tmp_path / "build" / "faults.json")

    assert json.loads((tmp_path / "build" / "faults.json").read_text()) == {
        "runs": 3,
        "lost": 2,
        "duplicated": 0,
        "phantom": 0,
        "stock_faust_lost": 12,
        "recovery_worker_s": 2.0,
        "recovery_database_s": None,
        "recovery_broker_s": None,
    }


def test_a_hunt_in_which_all_is_right_breaks_nothing() -> None:
    assert results(played()).broken == []


def test_every_wrong_finding_and_every_failed_scenario_is_told_with_the_line_that_repeats_it() -> None:
    wrong = [Findings(frozenset("a")), Findings(frozenset(), frozenset("a")), Findings(phantom=frozenset("a"))]
    found = results(*map(played, wrong), played(Findings(out_of_place=frozenset("a"))), played(fault="InVain: waited"))

    assert len(found.broken) == 5
    assert all("make faults SEED=1 ONLY=broker-hangs" in sentence for sentence in found.broken)


def test_a_hunt_that_did_not_see_stock_faust_lose_does_not_count() -> None:
    assert "cannot see loss" in results(played(), stock_faust_lost=0).broken[0]
    assert "cannot see loss" in results(played(), stock_faust_lost=None).broken[0]


def test_a_failure_is_told_with_its_notes_and_with_those_it_holds() -> None:
    """Hypothesis tells the steps that failed in notes, and holds a failure that it could not repeat."""
    held = AssertionError("lost 1")
    held.add_note("state.crash()")

    told = told_of(ExceptionGroup("not the same again", [held]))

    assert "not the same again" in told
    assert told.endswith("AssertionError: lost 1\nstate.crash()")
