"""The files a municipality owns: purposes and sources. What is shipped is right, and what is wrong is said in a sentence."""

from datetime import timedelta
from importlib.resources import files

import pytest

from builders import MONDAY_10H
from contact_events.matters import Matters
from timeline.domain.purposes import Purposes
from timeline.domain.sources import SourceState, expected_sources, source_reports

MATTERS = Matters.from_toml((files("contact_events") / "municipality" / "matters.toml").read_text("utf-8"))
GOOD = '[balie]\nnl = "a"\nen = "b"\nlegal_basis = "c"\nmatters = ["paspoort"]\nroles = ["agent"]\n'
OWN = '[eigen]\nnl = "a"\nen = "b"\nlegal_basis = "c"\nmatters = ["*"]\nown = true\n'


def shipped() -> Purposes:
    return Purposes.from_toml((files("timeline") / "municipality" / "purposes.toml").read_text("utf-8"), MATTERS)


def test_the_shipped_register_separates_tax_from_support_at_home() -> None:
    purposes = shipped().by_code

    assert purposes["belasting"].shows("kwijtschelding", confidential=False)
    assert not purposes["belasting"].shows("wmo-melding", confidential=False)
    assert purposes["wmo-melding"].shows("wmo-melding", confidential=True)
    assert not purposes["wmo-melding"].shows("belasting", confidential=False)


def test_an_agent_may_not_use_the_purpose_of_a_citizen_nor_of_a_caseworker() -> None:
    purposes = shipped()

    assert purposes.by_code["klantcontact"].is_open_to({"agent"})
    assert not purposes.by_code["wmo-melding"].is_open_to({"agent"})
    assert not purposes.own.is_open_to({"agent", "caseworker", "citizen"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "is not TOML"),
        (GOOD, "exactly one purpose with `own = true`"),
        (GOOD.replace("paspoort", "onbekend") + OWN, "names a matter that is not in the matters file: `onbekend`"),
        (GOOD.replace('roles = ["agent"]', "") + OWN, "needs at least one role"),
        (GOOD.replace('matters = ["paspoort"]', "") + OWN, "shows no matter"),
        (GOOD.replace('legal_basis = "c"', "") + OWN, "needs a text in `legal_basis`"),
        (GOOD + 'wettelijk = "x"\n' + OWN, "unknown field `wettelijk`"),
        (GOOD + 'confidential = "ja"\n' + OWN, "needs true or false in `confidential`"),
        (GOOD.replace("agent", "Groot Hoofd") + OWN, "names a role that cannot be one"),
        (GOOD.replace('"a"', f'"{"a" * 201}"') + OWN, "more than 200 characters"),
        (OWN + '["Niet Goed"]\nnl = "a"\n', "cannot be the code of a purpose"),
        ('balie = "x"\n' + OWN, "is no table"),
    ],
)
def test_a_fault_in_the_register_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as fault:
        Purposes.from_toml(text, MATTERS)

    assert sentence in str(fault.value)


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
