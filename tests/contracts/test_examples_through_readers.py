"""Every kept example goes through every reader of its topic, and no reader parks it."""

import json
from typing import Any

import pytest

from contact_events.codec import read_event
from contact_events.envelope import EVENT_CLASSES, Event
from contact_events.publish.schemas import known_values, schema_of
from contact_events.topics import TOPICS, topic_of
from contracts.old_readers import FOLDER, kept_examples
from contracts.readers import READERS, TOPICS_READ, batch_of

OPEN_FIELDS = {path.rpartition(".")[2] for event_class in EVENT_CLASSES for path in known_values(schema_of(event_class))}
NEVER_HEARD = "never_heard_of"


THROUGH = [
    pytest.param(reader, path.read_bytes(), id=f"{reader}-{path.relative_to(FOLDER / 'examples')}")
    for event_class, path in kept_examples()
    for reader in topic_of(event_class).read_by
]


def test_every_reader_of_the_catalogue_is_tried_here() -> None:
    readers = {reader for topic in TOPICS for reader in topic.read_by}

    assert set(READERS) == readers, "add the reader to contracts/readers.py, with its memory twin"


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_reads_the_topics_that_the_catalogue_says(reader: str) -> None:
    assert set(TOPICS_READ[reader]) == {topic.name for topic in TOPICS if reader in topic.read_by}


@pytest.mark.parametrize(("reader", "example"), THROUGH)
async def test_a_reader_takes_an_example_once_and_parks_none(reader: str, example: bytes) -> None:
    read = READERS[reader]()
    event = read_event(example)

    first = await read(batch_of(event))
    again = await read(batch_of(event))

    assert [*first.parked, *again.parked] == []
    assert first.kept + sum(first.ignored.values()) >= 1
    assert list(again.say) == []


@pytest.mark.parametrize(("reader", "example"), THROUGH)
async def test_a_reader_takes_codes_and_fields_it_never_heard_of(reader: str, example: bytes) -> None:
    message = json.loads(example)
    message["data"] = with_unheard_codes(message["data"]) | {"weather": {"over": ["there"]}}
    event = read_event(json.dumps(message).encode())

    handled = await READERS[reader]()(batch_of(event))

    assert NEVER_HEARD in json.dumps(message["data"])
    assert list(handled.parked) == []


@pytest.mark.parametrize("reader", READERS)
async def test_a_reader_takes_all_examples_in_a_row(reader: str) -> None:
    """Not one by one: a correction meets its contact, an erasure meets everything before it."""
    read = READERS[reader]()

    for topic in TOPICS:
        events: list[Event[Any]] = [read_event(path.read_bytes()) for kept, path in kept_examples() if kept in topic.events]
        if reader in topic.read_by:
            handled = await read(batch_of(*events))
            assert list(handled.parked) == []
            assert handled.kept + handled.repeated + sum(handled.ignored.values()) >= len(events)


@pytest.mark.parametrize("reader", READERS)
async def test_a_reader_that_parks_is_seen(reader: str) -> None:
    broken = batch_of(read_event(next(path for _, path in kept_examples()).read_bytes()))
    record = broken.records[0]
    planted = type(record)(record.topic, record.partition, record.offset, record.key, b"not JSON")

    handled = await READERS[reader]()(type(broken)(broken.topic, broken.partition, [planted]))

    assert [parked.reason for parked in handled.parked] == ["not_json"]


def with_unheard_codes(part: Any, name: str = "") -> Any:
    match part:
        case dict():
            return {key: with_unheard_codes(value, key) for key, value in part.items()}
        case list():
            return [with_unheard_codes(value, name) for value in part]
        case str() if name in OPEN_FIELDS:
            return NEVER_HEARD
        case _:
            return part
