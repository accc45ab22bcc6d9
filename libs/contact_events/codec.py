"""The only codec: events to bytes and back. One decode of the envelope, one of the data, no copy of the bytes kept."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from contact_events.envelope import EVENT_CLASSES, CloudEvent, Event, EventData

CONTENT_TYPE = b"application/cloudevents+json"
MAX_EVENT_BYTES = 900_000


class Unreadable(StrEnum):
    """Why bytes are no event of ours; the reason an event is parked under."""

    NOT_JSON = "not_json"
    NESTED_TOO_DEEP = "nested_too_deep"
    NOT_A_CLOUDEVENT = "not_a_cloudevent"
    TOO_LARGE = "too_large"
    NUL_IN_TEXT = "nul_in_text"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_MAJOR_VERSION = "unknown_major_version"
    INVALID_DATA = "invalid_data"


class CannotRead(ValueError):
    """Bytes that are no event of ours. The message names the fault and the field, never the value."""

    def __init__(self, reason: Unreadable, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


EVENT_TYPES: dict[str, type[EventData]] = {event_class.event_type: event_class for event_class in EVENT_CLASSES}

_VERSION = re.compile(r"\.v[0-9]+$")
_SUBJECTS = {_VERSION.sub("", event_type) for event_type in EVENT_TYPES}
_ENVELOPE: msgspec.json.Decoder[CloudEvent] = msgspec.json.Decoder(CloudEvent)
_DATA: dict[str, msgspec.json.Decoder[Any]] = {
    event_type: msgspec.json.Decoder(event_class) for event_type, event_class in EVENT_TYPES.items()
}
_ENCODER = msgspec.json.Encoder()
# NUL is legal JSON, written as an escape, and no PostgreSQL text holds it. An even number of backslashes is text about an escape.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# The first and last day of the calendar: an offset can carry them outside it, and then the moment has no UTC.
_FIRST_DAY, _LAST_DAY = b'"0001-01-01', b'"9999-12-31'


def write_event(event: Event[Any]) -> bytes:
    """Returns the structured JSON of an event. The citizen's pseudonym goes into `subject`."""
    return _ENCODER.encode(
        CloudEvent(
            specversion="1.0",
            id=event.id,
            source=event.source,
            type=event.type,
            time=event.logged_at.astimezone(UTC),
            subject=event.data.citizen.ref,
            datacontenttype="application/json",
            contentdigest=event.content_digest.hex() if event.content_digest else None,
            data=msgspec.Raw(_ENCODER.encode(event.data)),
        )
    )


def read_envelope(raw: bytes) -> CloudEvent:
    """Reads the envelope only. Raises CannotRead."""
    if len(raw) > MAX_EVENT_BYTES:
        raise CannotRead(Unreadable.TOO_LARGE, f"an event has at most {MAX_EVENT_BYTES} bytes")
    try:
        return _ENVELOPE.decode(raw)
    except msgspec.ValidationError as fault:
        raise CannotRead(Unreadable.NOT_A_CLOUDEVENT, _without_the_value(fault)) from None
    except RecursionError:
        raise CannotRead(Unreadable.NESTED_TOO_DEEP, "the JSON is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CannotRead(Unreadable.NOT_JSON, "the bytes are not JSON in UTF-8") from None


def read_event(raw: bytes) -> Event[Any]:
    """Reads an event of ours from structured JSON. Unknown fields are tolerated. Raises CannotRead."""
    envelope = read_envelope(raw)
    decoder = _DATA.get(envelope.type)
    if decoder is None:
        if _VERSION.sub("", envelope.type) in _SUBJECTS:
            raise CannotRead(Unreadable.UNKNOWN_MAJOR_VERSION, "a major version of this event that is not known here")
        raise CannotRead(Unreadable.UNKNOWN_TYPE, "an event type that is not known here")
    if envelope.time is None:
        raise CannotRead(Unreadable.NOT_A_CLOUDEVENT, "`time` is missing: when was it logged?")
    data = _read_data(decoder, envelope.data)
    if envelope.subject != data.citizen.ref:
        raise CannotRead(Unreadable.INVALID_DATA, "the subject is not the citizen of the data")
    if (b"\\" in raw and b"\\u00" in raw) or _FIRST_DAY in raw or _LAST_DAY in raw:
        _examine(raw, envelope, data)
    return Event(
        id=envelope.id,
        source=envelope.source,
        logged_at=envelope.time,
        data=data,
        content_digest=bytes.fromhex(envelope.contentdigest) if envelope.contentdigest else None,
    )


def _read_data(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw) -> Any:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as fault:
        raise CannotRead(Unreadable.INVALID_DATA, _without_the_value(fault)) from None
    except RecursionError:
        raise CannotRead(Unreadable.NESTED_TOO_DEEP, "the data are nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        if not bytes(raw):
            raise CannotRead(Unreadable.INVALID_DATA, "`data` is missing") from None
        raise CannotRead(Unreadable.NOT_JSON, "the data are not JSON in UTF-8") from None


def _examine(raw: bytes, envelope: CloudEvent, data: Any) -> None:
    """Looks closer at bytes that may hold what PostgreSQL cannot keep: NUL in text, a moment outside the calendar."""
    if _NUL.search(raw):
        raise CannotRead(Unreadable.NUL_IN_TEXT, "the text holds a NUL character")
    if not all(map(_has_utc, _moments([envelope.time, msgspec.to_builtins(data, builtin_types=(datetime,))]))):
        raise CannotRead(Unreadable.INVALID_DATA, "a moment lies outside the calendar in UTC")


def _moments(plain: object) -> Iterator[datetime]:
    match plain:
        case datetime():
            yield plain
        case dict():
            yield from (moment for value in plain.values() for moment in _moments(value))
        case list() | tuple():
            yield from (moment for value in plain for moment in _moments(value))
        case _:
            return


def _has_utc(moment: datetime) -> bool:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _without_the_value(fault: msgspec.ValidationError) -> str:
    """Returns the sentence of msgspec, which names the field, less the value that it repeats for closed enumerations."""
    sentence = str(fault)
    if not sentence.startswith("Invalid enum value"):
        return sentence
    _, at, field = sentence.rpartition(" - at `")
    return "a value that is not one of those allowed" + at + field
