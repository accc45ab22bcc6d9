"""A list of what is parked shows nothing personal, and what is shown does nothing to the terminal."""

from datetime import datetime
from typing import Any

import pytest

from builders import MONDAY_10H, an_interaction
from contact_events.codec import write_event
from event_bus.records import Record
from event_bus.redriving import ParkedRecord
from plein.commands.parked_shown import (
    MOST_CHARACTERS,
    MOST_HEX_BYTES,
    NO_TYPE,
    Listed,
    event_type_of,
    listing,
    shown,
    value_lines,
)

CALL = write_event(an_interaction(summary="belde over haar paspoort"))
NEXT_MAJOR = CALL.replace(b"nl.plein.interaction.recorded.v1", b"nl.plein.interaction.recorded.v9")


def a_parked(value: bytes | None = NEXT_MAJOR, *, key: bytes | None = b"\x01\xff", **changes: Any) -> ParkedRecord:
    headers = (("content-type", b"application/cloudevents+json"), ("n", b"\x00\xff"))
    said: dict[str, Any] = {
        "parked_id": 17,
        "record": Record("interactions", 3, 1204, key, value, headers),
        "log_id": "log",
        "reason": "unknown_major_version",
        "detail": "a major version of this event that is not known here",
        "parked_at": MONDAY_10H,
        "tries": 0,
        "tried_at": None,
    }
    return ParkedRecord(**(said | changes))


def test_a_list_has_a_line_per_record_and_a_count_per_reason() -> None:
    parked = [a_parked(), a_parked(b"{", parked_id=18, reason="not_json", tries=2), a_parked(parked_id=19)]

    lines = list(listing(Listed.of("timeline", each) for each in parked))

    at = "2026-11-23T09:00:00Z interactions/3@1204"
    assert [" ".join(line.split()) for line in lines[1:]] == [
        f"timeline 17 {at} 0 unknown_major_version nl.plein.interaction.recorded.v9",
        f"timeline 18 {at} 2 not_json -",
        f"timeline 19 {at} 0 unknown_major_version nl.plein.interaction.recorded.v9",
        "timeline: 1 not_json",
        "timeline: 2 unknown_major_version",
    ]


def test_an_empty_list_says_so() -> None:
    assert list(listing([])) == ["Nothing is parked."]


@pytest.mark.parametrize(
    "said", ["a.devries@example.nl", "nl.0612345678.v1", "nl.plein.\\u001b[2J.v1", "nl.plein.bsn999990342.v1", "x" * 90]
)
def test_what_stands_where_the_type_should_be_is_not_listed_when_it_is_none(said: str) -> None:
    """Who sends poison chooses what it says."""
    poison = CALL.replace(b"nl.plein.interaction.recorded.v1", said.encode())

    assert event_type_of(poison) == NO_TYPE


def test_a_list_repeats_nothing_of_key_value_headers_or_detail() -> None:
    parked = a_parked(detail="belde", reason="reason of 0612345678")

    told = "\n".join(listing([Listed.of("timeline", parked)]))

    assert "unnamed" in told
    assert not any(word in told for word in ("0612345678", "belde", "01ff", "cloudevents"))


def test_json_is_shown_as_it_is_written_with_each_name_that_comes_twice_and_each_large_number() -> None:
    lines = list(value_lines(b'{"a":1,"a":12345678901234567890123,"caf\xc3\xa9":[]}'))

    assert lines == ["{", '  "a": 1,', '  "a": 12345678901234567890123,', '  "café": []', "}"]


@pytest.mark.parametrize("obeyed", ["\x1b", "\x7f", "\x9b", "\u202e", "\r"])
def test_what_a_terminal_obeys_is_shown_as_its_escape(obeyed: str) -> None:
    """In the value, a header's name, its value, the reason and the log's id."""
    parked = a_parked(
        f'{{"a":"{obeyed}[2J"}}'.encode(), reason=f"r{obeyed}", detail=f"d{obeyed}", log_id=f"l{obeyed}", key=obeyed.encode()
    )

    told = "\n".join(shown("timeline", parked))

    assert obeyed not in told
    assert told.replace("\n", "").isprintable()


def test_what_is_no_json_is_shown_in_hexadecimal_up_to_a_limit() -> None:
    lines = list(value_lines(b"\xff" * (MOST_HEX_BYTES + 5)))

    assert lines[0] == " ".join(["ff"] * 32)
    assert "".join(lines[:-1]).replace(" ", "") == "ff" * MOST_HEX_BYTES
    assert lines[-1] == "… and 5 bytes more"


@pytest.mark.parametrize("value", [b"[" * 100_000, b'{"a":', b'"\xff"', b""])
def test_broken_bytes_are_shown_all_the_same(value: bytes) -> None:
    assert all(line.isprintable() for line in value_lines(value))


def test_a_long_text_is_cut_and_says_how_much_is_left() -> None:
    lines = list(value_lines(b'"' + b"x" * MOST_CHARACTERS + b'"'))

    assert lines == ['"' + "x" * (MOST_CHARACTERS - 1), "… and 2 characters more"]


@pytest.mark.parametrize(("value", "told"), [(None, "value     none"), (b"", "value     0 bytes"), (b"{}", "value     2 bytes")])
def test_a_record_is_shown_with_its_reason_place_key_and_headers(value: bytes | None, told: str) -> None:
    lines = list(shown("timeline", a_parked(value, tries=2, tried_at=datetime.fromisoformat("2026-11-24T10:00:00+01:00"))))

    assert lines[:8] == [
        "timeline 17: parked at 2026-11-23T09:00:00Z, tried 2 times since, last at 2026-11-24T09:00:00Z",
        "reason    unknown_major_version",
        "detail    a major version of this event that is not known here",
        "position  interactions, partition 3, offset 1204, in log log",
        "key       0x01ff",
        "header    content-type: application/cloudevents+json",
        "header    n: 0x00ff",
        told,
    ]
