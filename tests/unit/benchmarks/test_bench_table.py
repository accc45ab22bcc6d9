"""What is shown and written of the figures."""

import json
from pathlib import Path

from benchmarks.figures import Outcome, Run
from benchmarks.measures import MEASURES, NAMES
from benchmarks.table import cells_of, number, table_of, verdict, write_figures


def test_every_measure_has_a_name_of_its_own_and_a_row() -> None:
    table = table_of([Outcome(name, [1.0]) for name in NAMES], "all")

    assert len(set(NAMES)) == len(MEASURES) == table.row_count == 17


def test_a_row_tells_median_spread_target_and_verdict() -> None:
    cells = cells_of(Outcome("ingest_vs_copy", [0.4, 0.6, 0.512]))

    assert cells[2:] == ("0.51", "0.40 to 0.60", "≥ 0.5", "yes")


def test_a_ratio_that_disappoints_is_no_broken_promise() -> None:
    assert verdict(Outcome("ingest_vs_copy", [0.1])) == "no"


def test_a_broken_promise_is_told_before_anything_else() -> None:
    outcome = Outcome("ingest_vs_copy", [0.9], broken=["plein: 1 entries are lost"])

    assert verdict(outcome) == "BROKEN: plein: 1 entries are lost"


def test_what_was_not_measured_is_told_with_its_reason_and_not_written(tmp_path: Path) -> None:
    outcome = Outcome("rebuild_vs_ingest", note="there is no such command")

    write_figures(tmp_path, [outcome, Outcome("read_page_depth", [1.0, 1.1])])

    assert verdict(outcome) == "not measured: there is no such command"
    assert json.loads((tmp_path / "bench.json").read_text()) == {"read_page_depth": 1.05}


def test_a_broken_measure_is_written_as_nothing_reached(tmp_path: Path) -> None:
    fast_and_wrong = Outcome("ingest_vs_copy", [0.9], ["plein: 1 entries are lost"], runs=[Run("plein", 9, 1)])

    write_figures(tmp_path, [fast_and_wrong])

    assert json.loads((tmp_path / "bench.json").read_text()) == {"ingest_vs_copy": 0.0}


def test_a_number_shows_the_digits_that_count() -> None:
    assert [number(each) for each in (0.5049, 12.34, 1234.5)] == ["0.50", "12.3", "1,234"]
