"""Makes events of every class for Hypothesis, from what the classes themselves say of their fields."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as shapes

from contact_events.envelope import EVENT_CLASSES, Event, EventData

# PostgreSQL keeps neither NUL nor a lone surrogate, and the codec refuses both.
TEXT = st.characters(codec="utf-8", exclude_characters="\x00")

MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001  Hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9, minutes=-30))]),
)


def data_of(event_class: type[EventData]) -> st.SearchStrategy[Any]:
    """Returns data of one event class, with any of its optional fields present or absent."""
    return _of(shapes.type_info(event_class))


def events_of(event_class: type[EventData]) -> st.SearchStrategy[Event[Any]]:
    return st.builds(
        Event,
        id=st.text(TEXT, min_size=1, max_size=40),
        source=st.just("urn:nld:oin:00000001823288444000:systeem:balie-centrum"),
        logged_at=MOMENTS,
        data=data_of(event_class),
        content_digest=st.none() | st.binary(min_size=16, max_size=16),
    )


def any_event() -> st.SearchStrategy[Event[Any]]:
    return st.sampled_from(EVENT_CLASSES).flatmap(events_of)


def _of(shape: shapes.Type) -> st.SearchStrategy[Any]:
    match shape:
        case shapes.Metadata():
            return _of(shape.type)
        case shapes.StructType():
            return st.fixed_dictionaries(
                {field.name: _of(field.type) for field in shape.fields if field.required},
                optional={field.name: _of(field.type) for field in shape.fields if not field.required},
            ).map(lambda fields: shape.cls(**fields))
        case shapes.UnionType():
            return st.one_of([_of(member) for member in shape.types])
        case shapes.StrType():
            return _text(shape)
        case shapes.VarTupleType():
            return st.lists(_of(shape.item_type), max_size=3).map(tuple)
        case shapes.DictType():
            return st.dictionaries(_of(shape.key_type), _of(shape.value_type), max_size=3)
        case shapes.IntType():
            return st.integers(shape.ge, shape.le)
        case shapes.BoolType():
            return st.booleans()
        case shapes.NoneType():
            return st.none()
        case shapes.DateTimeType():
            return MOMENTS
        case shapes.LiteralType():
            return st.sampled_from(shape.values)
        case _:
            raise NotImplementedError(f"teach contracts.strategies to make {type(shape).__name__}")


def _text(shape: shapes.StrType) -> st.SearchStrategy[str]:
    longest = shape.max_length or 200
    if shape.pattern is None:
        return st.text(TEXT, min_size=shape.min_length or 0, max_size=min(longest, 60))
    return st.from_regex(shape.pattern.replace(r"[^\s]", "[a-z0-9:.-]"), fullmatch=True).filter(lambda text: len(text) <= longest)


def plain(data: msgspec.Struct) -> dict[str, Any]:
    """Returns the fields of data as they stand in JSON."""
    found: dict[str, Any] = msgspec.to_builtins(data, str_keys=True)
    return found
