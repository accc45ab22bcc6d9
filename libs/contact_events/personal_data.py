"""The marker that says which fields of an event tell something about a person, and how they are protected."""

from typing import Any, Literal

import msgspec

Protection = Literal["pseudonym", "sealed", "free text", "employee"]


def personal(
    protection: Protection,
    *,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> msgspec.Meta:
    """Returns the annotation of a personal field; published schemas show it as `x-personal-data`."""
    return msgspec.Meta(
        min_length=min_length,
        max_length=max_length,
        pattern=pattern,
        extra={"personal_data": protection},
        extra_json_schema={"x-personal-data": protection},
    )


def personal_fields(event_class: type[msgspec.Struct]) -> dict[str, Protection]:
    """Returns the personal fields of an event class, nested ones as dotted paths, with their protection."""
    found: dict[str, Protection] = {}
    _walk(msgspec.inspect.type_info(event_class), "", found)
    return found


def _walk(info: Any, path: str, found: dict[str, Protection]) -> None:
    match info:
        case msgspec.inspect.StructType():
            for field in info.fields:
                _walk(field.type, f"{path}.{field.encode_name}".lstrip("."), found)
        case msgspec.inspect.Metadata():
            if info.extra and "personal_data" in info.extra:
                found[path] = info.extra["personal_data"]
            _walk(info.type, path, found)
        case msgspec.inspect.UnionType():
            for member in info.types:
                _walk(member, path, found)
        case msgspec.inspect.VarTupleType():
            _walk(info.item_type, f"{path}[]", found)
        case msgspec.inspect.DictType():
            _walk(info.key_type, f"{path}{{}}", found)
            _walk(info.value_type, f"{path}{{}}", found)
        case _:
            return
