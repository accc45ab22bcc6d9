"""The parts of bodies: what a language, a moment and a text may be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contact_events.interactions import InteractionRecorded
from front_door.free_text import free_texts
from service_runtime.problems import Problem
from web_adapter.domain import DOOR, WebForm


def read(**changes: Any) -> WebForm:
    body = DOOR.contact.read({"matter": "aow", "summary": "Vraag"} | changes)
    assert isinstance(body, WebForm)
    return body


@pytest.mark.parametrize(
    ("given", "kept"),
    [("nl", "dut"), ("dut", "dut"), ("nld", "dut"), ("EN", "eng"), ("tr", "tur"), ("fra", "fre"), ("ary", "ary"), ("fy", "fry")],
)
def test_a_language_is_kept_by_its_bibliographic_code(given: str, kept: str) -> None:
    """ISO 639-2/B, whichever part of the standard the sender uses."""
    assert read(language=given).language == kept


@pytest.mark.parametrize("given", ["nederlands", "xx", "", "zzz", 3, None])
def test_what_is_no_language_is_refused(given: object) -> None:
    """No guesses."""
    with pytest.raises(Problem):
        read(language=given)


def test_a_moment_is_kept_in_utc_whatever_its_offset() -> None:
    """Any offset in, UTC out."""
    assert read(occurredAt="2026-11-24T10:00:00+01:00").occurred_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2026-11-24",
        "2026-11-24T10:00:00",
        "gisteren",
        1700000000,
        "1700000000",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        True,
    ],
)
def test_what_is_no_moment_with_an_offset_is_refused(given: object) -> None:
    """A number of seconds is no moment a person can check, and the ends of the calendar have no UTC."""
    with pytest.raises(Problem) as refused:
        read(occurredAt=given)

    assert refused.value.faults[0].pointer == "/occurredAt"


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", " ", "", "x" * 10_001])
def test_a_text_that_cannot_be_kept_is_refused(text: str) -> None:
    """No control characters, nothing empty, nothing longer than an event holds."""
    with pytest.raises(Problem):
        read(summary=text)


@pytest.mark.parametrize("text", ["Regel een\nregel twee\ttab", "Ünïcødé 漢字 🙂", "x" * 10_000, "0"])
def test_any_other_text_is_kept_as_it_is(text: str) -> None:
    """Wider than the national contact API, never cut off."""
    assert read(summary=text).summary == text


def test_every_fault_is_told_at_once() -> None:
    """Nobody mends one field at a time."""
    with pytest.raises(Problem) as refused:
        DOOR.contact.read({"summary": 1, "language": "xx", "confidential": "ja", "geenVeld": 1, "citizen": {"bsn": 5}})

    pointers = {fault.pointer for fault in refused.value.faults}
    assert pointers == {"/matter", "/summary", "/language", "/confidential", "/geenVeld", "/citizen/bsn"}


def test_all_text_a_person_types_is_found_for_checking() -> None:
    """Also inside parts of the body."""
    body = read(heading="Kop", answer="Antwoord", callBack={"before": "2026-12-01T10:00:00Z", "asked": "Bel na tienen"})

    assert dict(free_texts(body)) == {
        "/heading": "Kop",
        "/summary": "Vraag",
        "/answer": "Antwoord",
        "/callBack/asked": "Bel na tienen",
    }


def test_the_names_of_a_contact_are_never_part_of_the_event() -> None:
    """A name may be sent and is not kept: there is no field for it."""
    assert "name" not in InteractionRecorded.__struct_fields__
