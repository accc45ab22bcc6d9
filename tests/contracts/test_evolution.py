"""Old messages are read by new code, and new messages suit old readers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_events.codec import CannotRead, read_event, write_event
from contact_events.envelope import EVENT_CLASSES, EventData
from contact_events.interactions import InteractionRecorded
from contact_events.publish.schemas import schema_of, what_it_checks
from contracts.old_readers import FOLDER, kept_examples, narrowings, objections, released_schemas
from contracts.strategies import events_of, plain

EXAMPLES = list(kept_examples())
IDS = [path.relative_to(FOLDER / "examples").as_posix() for _, path in EXAMPLES]


@pytest.mark.parametrize(("event_class", "path"), EXAMPLES, ids=IDS)
def test_an_old_example_is_read_by_new_code_and_nothing_of_it_is_lost(event_class: type[EventData], path: Path) -> None:
    kept = json.loads(path.read_bytes())

    event = read_event(path.read_bytes())

    assert type(event.data) is event_class
    assert json.loads(write_event(event)) == kept


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_every_event_keeps_a_minimal_and_a_full_example(event_class: type[EventData]) -> None:
    """The full one fills every field there is, so that a new field needs a new example."""
    examples = [json.loads(path.read_bytes())["data"] for kept, path in EXAMPLES if kept is event_class]
    data = schema_of(event_class)["definitions"][event_class.__name__]

    assert any(set(example) == set(data["required"]) for example in examples), "keep an example with the required fields only"
    assert {field for example in examples for field in example} == set(data["properties"]), "keep an example with every field"


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_every_event_has_a_released_schema(event_class: type[EventData]) -> None:
    assert released_schemas(event_class), "run `python -m contact_events.publish --release` when the event is ready for others"


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
@given(draw=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_new_message_suits_every_old_reader(event_class: type[EventData], draw: st.DataObject) -> None:
    message = json.loads(write_event(draw.draw(events_of(event_class))))

    refused = [objection for schema in released_schemas(event_class) for objection in objections(schema, message)]

    assert refused == []


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_the_schema_of_today_asks_and_allows_what_was_released(event_class: type[EventData]) -> None:
    today = what_it_checks(schema_of(event_class))

    broken = [fault for schema in released_schemas(event_class) for fault in narrowings(what_it_checks(schema), today)]

    assert broken == [], "add the field as one that may be absent, or make a new major version beside this one"


def a_schema() -> dict[str, Any]:
    schema: Any = what_it_checks(schema_of(InteractionRecorded))
    return json.loads(json.dumps(schema))  # type: ignore[no-any-return]  # what was dumped as an object


def data_of(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["definitions"]["InteractionRecorded"]  # type: ignore[no-any-return]  # plain JSON


def test_a_field_that_became_required_is_noticed() -> None:
    today = a_schema()
    data_of(today)["required"].append("logged_by")

    assert narrowings(a_schema(), today) == ["InteractionRecorded.logged_by is required now and was not: old messages lack it"]


def test_a_required_field_that_may_be_absent_now_is_noticed() -> None:
    today = a_schema()
    data_of(today)["required"].remove("matter")

    assert narrowings(a_schema(), today) == ["InteractionRecorded.matter was required and is not any more: old readers need it"]


def test_a_field_that_went_away_or_changed_is_noticed() -> None:
    today = a_schema()
    del data_of(today)["properties"]["reached"]
    data_of(today)["properties"]["matter"]["maxLength"] = 500

    assert narrowings(a_schema(), today) == [
        "InteractionRecorded.reached was taken away: old messages carry it",
        "InteractionRecorded.matter says something else than the released schema",
    ]


def test_a_field_that_was_added_is_no_trouble() -> None:
    today = a_schema()
    data_of(today)["properties"]["weather"] = {"type": "string"}

    assert narrowings(a_schema(), today) == []


def test_an_old_reader_takes_a_field_and_a_code_it_never_heard_of() -> None:
    message = json.loads(EXAMPLES[0][1].read_bytes())
    message["data"] |= {"weather": "rain", "channel": "smoke_signal"}

    event = read_event(json.dumps(message).encode())

    assert objections(released_schemas(InteractionRecorded)[0], message) == []
    assert plain(event.data)["channel"] == "smoke_signal"


@pytest.mark.parametrize(("event_class", "path"), EXAMPLES, ids=IDS)
def test_only_these_words_are_closed(event_class: type[EventData], path: Path) -> None:
    """What can grow is open text; a closed word is one whose values are settled for good."""
    closed = {
        f"{name}.{field}"
        for name, definition in schema_of(event_class)["definitions"].items()
        for field, shape in definition["properties"].items()
        if "enum" in shape
    }

    assert closed <= {"InteractionRecorded.direction", "OutreachRequested.urgency"}


def test_an_example_that_new_code_cannot_read_is_noticed() -> None:
    message = json.loads(EXAMPLES[0][1].read_bytes())
    del message["data"]["matter"]

    with pytest.raises(CannotRead):
        read_event(json.dumps(message).encode())
