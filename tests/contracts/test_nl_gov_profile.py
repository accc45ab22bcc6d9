"""The envelope keeps the NL GOV profile for CloudEvents 1.1, also by the official SDK's reading."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloudevents.core.formats.json import JSONFormat
from stdnum.nl import bsn

from contact_events.envelope import EVENT_CLASSES, CloudEvent, EventData
from contracts.old_readers import kept_examples

EXAMPLES = [pytest.param(event_class, path, id=f"{path.parent.name}/{path.stem}") for event_class, path in kept_examples()]


def departures(message: dict[str, Any]) -> list[str]:
    """Returns a sentence for each rule of the profile that a message does not keep."""
    faults = [name for name in message if re.fullmatch(r"[a-z0-9]{1,20}", name) is None]
    found = [f"the attribute {name} is not written in at most 20 small letters and digits" for name in faults]
    if not re.fullmatch(r"urn:[a-z0-9][a-z0-9-]+:\S+", message["source"]):
        found.append("the source is no URN")
    versions = [part for part in message["type"].split(".") if re.fullmatch(r"v[0-9]+", part)]
    if not re.fullmatch(r"[a-z]+(\.[a-z0-9-]+)+", message["type"]) or len(versions) != 1:
        found.append("the type is no reverse DNS name with one version")
    if datetime.fromisoformat(message["time"]).utcoffset() != UTC.utcoffset(None):
        found.append("the time is not in UTC")
    context = json.dumps({name: value for name, value in message.items() if name != "data"})
    if any(bsn.is_valid(digits) for digits in re.findall(r"(?<![0-9a-f])[0-9]{9}(?![0-9a-f])", context)):
        found.append("a context attribute holds a BSN")
    return found


def test_the_attributes_of_the_envelope_have_allowed_names() -> None:
    names = [field.encode_name for field in msgspec.structs.fields(CloudEvent)]

    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in names)
    assert {"id", "source", "specversion", "type"} <= set(names)


@pytest.mark.parametrize(("event_class", "path"), EXAMPLES)
def test_an_example_keeps_the_profile(event_class: type[EventData], path: Path) -> None:
    message = json.loads(path.read_bytes())

    assert departures(message) == []
    assert message["type"] == event_class.event_type


@pytest.mark.parametrize(("event_class", "path"), EXAMPLES)
def test_the_official_sdk_reads_an_example_as_it_is(event_class: type[EventData], path: Path) -> None:
    message = json.loads(path.read_bytes())

    event = JSONFormat().read(None, path.read_bytes())

    assert event.get_type() == event_class.event_type
    assert event.get_subject() == message["data"]["citizen"]["ref"]
    assert event.get_data() == message["data"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"content_digest": "x"}, "the attribute content_digest is not written in at most 20 small letters and digits"),
        ({"source": "https://gemeente.nl/balie"}, "the source is no URN"),
        ({"type": "nl.plein.v1.interaction.recorded.v1"}, "the type is no reverse DNS name with one version"),
        ({"time": "2026-03-02T12:00:00+01:00"}, "the time is not in UTC"),
        ({"subject": "999990342"}, "a context attribute holds a BSN"),
    ],
)
def test_a_message_that_departs_from_the_profile_is_seen(change: dict[str, str], sentence: str) -> None:
    message = json.loads(next(path for _, path in kept_examples()).read_bytes())

    assert departures(message | change) == [sentence]


def test_every_event_is_published_with_an_explanation() -> None:
    assert all(event_class.__doc__ for event_class in EVENT_CLASSES)
