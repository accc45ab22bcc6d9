"""The catalogue of topics is complete and true, and data moves one way."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from contact_events.codec import MAX_EVENT_BYTES
from contact_events.envelope import EVENT_CLASSES, EventData
from contact_events.topics import (
    ACCESS_LOG,
    CITIZEN_FACTS,
    INTERACTIONS,
    MAX_MESSAGE_BYTES,
    PERMITTED_LOOPS,
    TOPICS,
    Topic,
    broker_topics,
    loops,
    topic_of,
)
from plein.topics import topic_specs

ROOT = Path(__file__).parents[2]
SERVICES = frozenset(folder.name for folder in (ROOT / "services").iterdir() if (folder / "__init__.py").exists())
# A moment is named after what happened then; these are terms and periods, which have no event of their own.
TERMS = frozenset({"since", "before", "not_before", "reach_before", "send_before", "valid_from", "valid_until"})


def events_without_one_topic(topics: Iterable[Topic]) -> Iterator[str]:
    topics = tuple(topics)
    for event_class in EVENT_CLASSES:
        on = [topic.name for topic in topics if event_class in topic.events]
        if len(on) != 1:
            yield f"{event_class.__name__} travels on {on or 'no topic'}: put it on exactly one"


def classes_with_a_type(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and "event_type: ClassVar" in ast.unparse(node):
            yield node.name


def strangers(topics: Iterable[Topic], services: frozenset[str]) -> Iterator[str]:
    for topic in topics:
        for service in sorted({*topic.written_by, *topic.read_by, *topic.followed_by} - services):
            yield f"{topic.name} names {service}, and there is no such service: add it, or take the name away"


def new_loops(topics: Iterable[Topic]) -> Iterator[str]:
    for loop in sorted(loops(topics) - set(PERMITTED_LOOPS)):
        yield f"data goes round: {loop}. Break the round, or name it in PERMITTED_LOOPS with the reason why it ends"


def badly_named_topics(topics: Iterable[Topic]) -> Iterator[str]:
    for topic in topics:
        if re.fullmatch(r"[a-z]+(-[a-z]+)*", topic.name) is None:
            yield f"{topic.name}: a topic is a noun in small letters and hyphens, without a version"


def badly_named_moments(event_classes: Iterable[type[msgspec.Struct]]) -> Iterator[str]:
    seen: set[type] = set()

    def look(struct: type[msgspec.Struct]) -> Iterator[str]:
        if struct in seen:
            return
        seen.add(struct)
        for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]  # a struct's info has fields
            for part in parts_of(field.type):
                if isinstance(part, msgspec.inspect.StructType):
                    yield from look(part.cls)
                elif isinstance(part, msgspec.inspect.DateTimeType) and not (field.name.endswith("_at") or field.name in TERMS):
                    yield f"{struct.__name__}.{field.name}: name a moment after what happened then, such as occurred_at"

    for event_class in event_classes:
        yield from look(event_class)


def parts_of(shape: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    match shape:
        case msgspec.inspect.Metadata():
            yield from parts_of(shape.type)
        case msgspec.inspect.UnionType():
            for member in shape.types:
                yield from parts_of(member)
        case msgspec.inspect.VarTupleType():
            yield from parts_of(shape.item_type)
        case _:
            yield shape


def test_every_event_travels_on_exactly_one_topic() -> None:
    assert list(events_without_one_topic(TOPICS)) == []
    assert all(event_class in topic_of(event_class).events for event_class in EVENT_CLASSES)


def test_every_class_with_an_event_type_is_one_of_the_events() -> None:
    sources = [path.read_text() for path in (ROOT / "libs" / "contact_events").glob("*.py")]
    written = {name for source in sources for name in classes_with_a_type(source)}

    assert written == {event_class.__name__ for event_class in EVENT_CLASSES}, "add the class to EventData in envelope.py"


def test_a_class_with_an_event_type_is_found() -> None:
    source = "class LampLit:\n    event_type: ClassVar[str] = 'x'\n\n\nclass Lamp:\n    colour: str\n"

    assert list(classes_with_a_type(source)) == ["LampLit"]


def test_an_event_on_two_topics_or_none_is_seen() -> None:
    on_two = replace(ACCESS_LOG, events=INTERACTIONS.events)

    assert len(list(events_without_one_topic([INTERACTIONS, on_two]))) == len(EVENT_CLASSES)


def test_every_writer_and_reader_is_a_service_that_exists() -> None:
    assert list(strangers(TOPICS, SERVICES)) == []


def test_a_writer_that_does_not_exist_is_seen() -> None:
    assert len(list(strangers([replace(ACCESS_LOG, written_by=("outreach",))], SERVICES))) == 1


def test_every_service_writes_or_reads_something() -> None:
    named = {service for topic in TOPICS for service in (*topic.written_by, *topic.read_by)}

    assert named == SERVICES, "name the service as a writer or a reader in topics.py"


def test_data_moves_one_way_but_for_the_rounds_that_are_named() -> None:
    assert list(new_loops(TOPICS)) == []
    assert set(PERMITTED_LOOPS) == loops(TOPICS), "a permitted round that nobody makes any more: take it away"


def test_a_new_round_is_seen_however_long_it_is() -> None:
    said_back = replace(INTERACTIONS, written_by=(*INTERACTIONS.written_by, "address_book"))

    faults = " ".join(new_loops([said_back, CITIZEN_FACTS, ACCESS_LOG]))

    assert "data goes round: address_book > interactions > address_book" in faults
    assert "address_book > interactions > timeline > citizen-facts > address_book" in loops([said_back, CITIZEN_FACTS])


def test_topics_are_named_after_what_they_hold() -> None:
    assert list(badly_named_topics(TOPICS)) == []


@pytest.mark.parametrize("name", ["prod.events.v2", "Interactions", "interactions-v1", "interactions_parked"])
def test_a_badly_named_topic_is_seen(name: str) -> None:
    assert len(list(badly_named_topics([replace(INTERACTIONS, name=name)]))) == 1


def test_moments_are_named_after_what_happened_then() -> None:
    assert list(badly_named_moments(EVENT_CLASSES)) == []


def test_a_badly_named_moment_is_seen() -> None:
    class LampLit(msgspec.Struct):
        timestamp: datetime

    assert len(list(badly_named_moments([LampLit]))) == 1


def test_the_broker_keeps_everything_a_week_and_carries_what_the_codec_writes() -> None:
    carried = {topic.name: topic for topic in broker_topics()}

    assert {topic.kept for topic in TOPICS} == {timedelta(days=7)}
    assert set(carried) == {topic.name for topic in TOPICS} | {topic.parked for topic in TOPICS}
    assert all(topic.kept_ms == 604_800_000 for topic in carried.values())
    assert {topic.max_message_bytes for topic in carried.values()} == {MAX_MESSAGE_BYTES}
    assert MAX_EVENT_BYTES + 100_000 < MAX_MESSAGE_BYTES


def test_what_is_provisioned_is_what_the_catalogue_carries() -> None:
    provisioned = {(spec.name, spec.partitions, spec.kept_ms, spec.max_message_bytes) for spec in topic_specs()}

    assert provisioned == {(topic.name, topic.partitions, topic.kept_ms, topic.max_message_bytes) for topic in broker_topics()}


def test_every_event_class_is_known_by_its_own_type() -> None:
    types: dict[str, type[EventData]] = {event_class.event_type: event_class for event_class in EVENT_CLASSES}

    assert len(types) == len(EVENT_CLASSES)
