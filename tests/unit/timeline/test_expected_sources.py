"""The file of expected sources, which a municipality owns: what is shipped is right, and what is wrong is said in a sentence."""

from datetime import timedelta
from importlib.resources import files

import pytest

from builders import MONDAY_10H
from timeline.domain.sources import SourceState, expected_sources, source_reports


def test_a_source_is_late_and_then_silent_and_one_never_heard_is_silent() -> None:
    [web, *rest] = expected_sources((files("timeline") / "municipality" / "sources.toml").read_text("utf-8"))
    heard = {web.source: MONDAY_10H}

    states = [source_reports((web,), heard, MONDAY_10H + timedelta(hours=hours))[0].state for hours in (0, 12, 13, 48, 49)]

    assert states == [
        SourceState.ON_TIME, SourceState.ON_TIME, SourceState.LATE, SourceState.LATE, SourceState.SILENT
    ]  # fmt: skip
    assert {report.state for report in source_reports(tuple(rest), {}, MONDAY_10H)} == {SourceState.SILENT}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("source = 1", "[[source]]"),
        ("[[source]]\nnl = 'a'\nen = 'b'", "source 1 in the sources file needs a text in `urn`"),
        ("[[source]]\nurn='u'\nnl='a'\nen='b'\nlate_after_minutes=0", "whole number of minutes in `late_after_minutes`"),
    ],
)
def test_a_fault_in_the_sources_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as fault:
        expected_sources(text)

    assert sentence in str(fault.value)
