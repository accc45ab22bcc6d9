"""Events to bytes and back, and what is said of bytes that are no event of ours; by the thousand it is the same."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contact_events.bulk import read_in_bulk
from contact_events.codec import MAX_EVENT_BYTES, CannotRead, Unreadable, read_envelope, read_event, write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference
from contracts.strategies import any_event

REF = "c1-" + "ab" * 16
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def an_event(**changes: Any) -> Event[InteractionRecorded]:
    fields: dict[str, Any] = {
        "citizen": CitizenReference(ref=REF, kind="bsn", assurance="high"),
        "channel": "phone",
        "direction": "inbound",
        "matter": "aow",
        "occurred_at": NOON,
        "recorded_at": NOON,
        "summary": "Mevrouw vraagt naar haar AOW.",
    }
    return Event(
        id="gesprek-1", source="urn:nld:oin:1:systeem:telefoon", logged_at=NOON, data=InteractionRecorded(**fields | changes)
    )


def bytes_with(envelope: dict[str, Any] | None = None, **data: Any) -> bytes:
    """Returns the bytes of an event with some attributes of the envelope and some fields of the data replaced."""
    plain = json.loads(write_event(an_event()))
    plain |= envelope or {}
    if isinstance(plain.get("data"), dict):
        plain["data"] |= data
    return json.dumps(plain).encode()


def less(attribute: str) -> bytes:
    plain = json.loads(write_event(an_event()))
    del plain[attribute]
    return json.dumps(plain).encode()


@given(any_event())
@settings(max_examples=150, deadline=None)
def test_an_event_is_read_back_as_it_was_written(event: Event[Any]) -> None:
    raw = write_event(event)

    read = read_event(raw)

    assert read == event
    assert type(read.data) is type(event.data)


def test_the_citizen_travels_as_a_pseudonym_in_the_subject() -> None:
    event = an_event()

    envelope = read_envelope(write_event(event))

    assert envelope.subject == REF
    assert event.citizen.text == REF


def test_times_go_out_in_utc() -> None:
    event = an_event()

    plain = json.loads(write_event(event))

    assert plain["time"] == "2026-03-02T12:00:00Z"


def test_fields_and_attributes_that_are_not_known_here_are_tolerated() -> None:
    raw = bytes_with({"sequence": "7", "partitionkey": "x"}, mood={"of": ["the", "day"]})

    event = read_event(raw)

    assert event == an_event()


def test_text_about_an_escape_is_no_nul() -> None:
    event = an_event(summary="het bestand heet \\u0000.txt")

    read = read_event(write_event(event))

    assert read.data.summary == "het bestand heet \\u0000.txt"


EXAMPLES = files("contact_events") / "examples" / "interaction.recorded.v1"
MINIMAL, FULL = (json.loads((EXAMPLES / name).read_text()) for name in ("minimal.json", "full.json"))
HOSTILE: dict[str, tuple[bytes, Unreadable]] = {
    "nothing": (b"", Unreadable.NOT_JSON),
    "half a message": (bytes_with()[:-9], Unreadable.NOT_JSON),
    "two messages": (bytes_with() + bytes_with(), Unreadable.NOT_JSON),
    "not UTF-8": (bytes_with(summary="rest").replace(b"rest", b"\xff\xfe"), Unreadable.NOT_JSON),
    "a byte order mark": (b"\xef\xbb\xbf" + bytes_with(), Unreadable.NOT_JSON),
    "half a surrogate pair": (bytes_with(summary="rest").replace(b"rest", b"\\ud800"), Unreadable.NOT_JSON),
    "10 MB": (bytes_with(summary="a" * 10_000_000), Unreadable.TOO_LARGE),
    "a byte too many": (bytes_with().ljust(MAX_EVENT_BYTES + 1), Unreadable.TOO_LARGE),
    "nested 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, Unreadable.NOT_A_CLOUDEVENT),
    "a field nested 100,000 deep": (
        bytes_with(extra="deep").replace(b'"deep"', b"[" * 100_000 + b"]" * 100_000),
        Unreadable.NESTED_TOO_DEEP,
    ),
    "an attribute nested 100,000 deep": (
        bytes_with({"extra": "deep"}).replace(b'"deep"', b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        Unreadable.NESTED_TOO_DEEP,
    ),
    "a list": (b"[1]", Unreadable.NOT_A_CLOUDEVENT),
    "another specversion": (bytes_with({"specversion": "0.3"}), Unreadable.NOT_A_CLOUDEVENT),
    "no id": (less("id"), Unreadable.NOT_A_CLOUDEVENT),
    "an empty source": (bytes_with({"source": ""}), Unreadable.NOT_A_CLOUDEVENT),
    "no time": (less("time"), Unreadable.NOT_A_CLOUDEVENT),
    "a time without a zone": (bytes_with({"time": "2026-03-02T12:00:00"}), Unreadable.NOT_A_CLOUDEVENT),
    "a time that is no time": (bytes_with({"time": "2026-13-02T12:00:00Z"}), Unreadable.NOT_A_CLOUDEVENT),
    "a digest that ends in a line break": (bytes_with({"contentdigest": "ab" * 16 + "\n"}), Unreadable.NOT_A_CLOUDEVENT),
    "NUL in text": (bytes_with(summary="voor\x00na"), Unreadable.NUL_IN_TEXT),
    "NUL in a field not known here": (bytes_with(extra={"voor\x00na": 1}), Unreadable.NUL_IN_TEXT),
    "NUL after an escaped backslash": (bytes_with(summary="voor\\\x00na"), Unreadable.NUL_IN_TEXT),
    "an unknown type": (bytes_with({"type": "nl.plein.weather.changed.v1"}), Unreadable.UNKNOWN_TYPE),
    "a type without a version": (bytes_with({"type": "nl.plein.weather.changed"}), Unreadable.UNKNOWN_TYPE),
    "an unknown major version": (bytes_with({"type": "nl.plein.interaction.recorded.v9"}), Unreadable.UNKNOWN_MAJOR_VERSION),
    "no data": (less("data"), Unreadable.INVALID_DATA),
    "data that are null": (bytes_with({"data": None}), Unreadable.INVALID_DATA),
    "data that are a list": (bytes_with({"data": []}), Unreadable.INVALID_DATA),
    "a required field missing": (bytes_with({"data": {"citizen": {}}}), Unreadable.INVALID_DATA),
    **{
        f"a {code} in capitals": (bytes_with(None, **{code: "ABC"}), Unreadable.INVALID_DATA)
        for code in ("channel", "matter", "language")
    },
    **{
        f"a {code} of a citizen in capitals": (
            bytes_with(citizen={"ref": REF, "kind": "bsn", "assurance": "high"} | {code: "ABC"}),
            Unreadable.INVALID_DATA,
        )
        for code in ("kind", "assurance")
    },
    "a direction that cannot be": (bytes_with(direction="sideways"), Unreadable.INVALID_DATA),
    "a reference that is a BSN": (
        bytes_with(citizen={"ref": "111222333", "kind": "bsn", "assurance": "high"}),
        Unreadable.INVALID_DATA,
    ),
    "a reference that ends in a line break": (
        bytes_with({"subject": REF + "\n"}, citizen={"ref": REF + "\n", "kind": "bsn", "assurance": "high"}),
        Unreadable.INVALID_DATA,
    ),
    "another subject than the citizen": (bytes_with({"subject": "c1-" + "cd" * 16}), Unreadable.INVALID_DATA),
    "no subject": (less("subject"), Unreadable.INVALID_DATA),
    "a moment before the calendar": (bytes_with(occurred_at="0001-01-01T00:00:00+12:00"), Unreadable.INVALID_DATA),
    "a moment after the calendar": (bytes_with({"time": "9999-12-31T23:59:59-12:00"}), Unreadable.INVALID_DATA),
    "a hidden moment before the calendar": (
        bytes_with(occurred_at="0001-01-01T00:00:00+12:00").replace(b"0001-01-01", b"\\u00300\\u00301-01-01"),
        Unreadable.INVALID_DATA,
    ),
}


@pytest.mark.parametrize(("raw", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_bytes_that_are_no_event_are_refused_for_their_own_reason(raw: bytes, reason: Unreadable) -> None:
    assert isinstance(outcome_of(bytes_with()), Event)

    assert outcome_of(raw) is reason


@pytest.mark.parametrize("field", sorted(FULL["data"].keys() - MINIMAL["data"].keys() | {"occurred_at", "recorded_at"}))
def test_no_moment_of_a_contact_may_lie_outside_the_calendar(field: str) -> None:
    """A field that is added later is in the full example too."""
    plain = json.dumps(MINIMAL | {"data": MINIMAL["data"] | {field: FULL["data"][field]}})
    moments = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", json.dumps(FULL["data"][field]))

    assert isinstance(outcome_of(plain.encode()), Event)
    outcomes = {outcome_of(plain.replace(moment, "0001-01-01T00:00:00+12:00").encode()) for moment in moments}

    assert outcomes <= {Unreadable.INVALID_DATA}


def test_every_reason_is_in_the_table() -> None:
    reasons = {reason for _, reason in HOSTILE.values()}

    assert reasons == set(Unreadable)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=400) | JSON.map(lambda plain: json.dumps(plain).encode()))
@settings(max_examples=150, deadline=None)
@example(b"\xff")
def test_no_bytes_give_anything_but_an_event_or_a_reason(raw: bytes) -> None:
    outcome = outcome_of(raw)

    assert isinstance(outcome, Event | Unreadable)


@given(any_event(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_to_an_event_gives_anything_but_an_event_or_a_reason(event: Event[Any], draw: st.DataObject) -> None:
    raw = bytearray(write_event(event))
    for _ in range(draw.draw(st.integers(1, 4))):
        position = draw.draw(st.integers(0, len(raw) - 1))
        raw[position : position + draw.draw(st.integers(0, 3))] = draw.draw(st.binary(max_size=6))

    outcome = outcome_of(bytes(raw))

    assert isinstance(outcome, Event | Unreadable)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_field_gives_an_event_or_a_reason_that_does_not_repeat_it(draw: st.DataObject) -> None:
    """A reason is kept and shown to operators, so it names the field and never what stood in it."""
    plain = json.loads(write_event(an_event(details={"desk": "3"})))
    part = draw.draw(st.sampled_from([plain, plain["data"], plain["data"]["citizen"], plain["data"]["details"]]))
    canary = f"canary-111222333-{draw.draw(st.text(max_size=8))}"
    part[draw.draw(st.sampled_from(sorted(part)))] = draw.draw(st.sampled_from([canary, [canary], {canary: canary}]))

    detail = detail_of(json.dumps(plain).encode())

    assert "canary" not in detail


def detail_of(raw: bytes) -> str:
    try:
        read_event(raw)
    except CannotRead as refused:
        return f"{refused.detail} {refused}"
    return ""


def outcome_of(raw: bytes) -> Event[Any] | Unreadable:
    """Returns what reading gives; an event that was read must also answer for its key, its citizen and its moments.

    Reading in bulk must give the same, also once its codes were seen.
    """
    event, first, again = (read_by(read, raw) for read in (read_event, read_in_bulk, read_in_bulk))
    if isinstance(event, CannotRead):
        for also in (first, again):
            assert isinstance(also, CannotRead)
            assert (also.reason, also.detail) == (event.reason, event.detail)
        return event.reason
    assert event == first == again
    assert first == event
    assert event.key
    assert event.citizen.uuid
    assert event.logged_at.astimezone(UTC)
    return event


def read_by(read: Callable[[bytes], Event[Any]], raw: bytes) -> Event[Any] | CannotRead:
    try:
        return read(raw)
    except CannotRead as refused:
        return refused
