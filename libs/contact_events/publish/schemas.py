"""The JSON Schema of each event as it stands on the wire: the CloudEvent with its data."""

import inspect
import json
from typing import Any, get_type_hints

import msgspec

from contact_events.envelope import CloudEvent, EventData

Schema = dict[str, Any]

# What a schema only tells and never checks; a change in it is no other contract.
TOLD_ONLY = frozenset({"description", "title", "x-known-values", "examples", "$id"})


def event_name(event_class: type[EventData]) -> str:
    """Returns the name files are kept under, such as `interaction.recorded.v1`."""
    return event_class.event_type.removeprefix("nl.plein.")


def schema_id(name: str) -> str:
    return f"urn:plein:schema:{name}"


def schema_of(event_class: type[EventData]) -> Schema:
    """Returns the draft-07 schema of one event. Unknown fields are allowed everywhere: readers tolerate them."""
    (data,), definitions = msgspec.json.schema_components((event_class,), ref_template="#/definitions/{name}")
    attributes = _attributes()
    attributes["type"] = {"const": event_class.event_type}
    attributes["time"] = {"type": "string", "format": "date-time", "description": "when it was logged"}
    attributes["subject"] = _subject_of(definitions["CitizenReference"])
    attributes["datacontenttype"] = {"const": "application/json"}
    attributes["data"] = data
    tidied: Schema = _tidied(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": schema_id(event_name(event_class)),
            "title": event_class.__name__,
            "description": inspect.getdoc(event_class),
            "type": "object",
            "properties": attributes,
            "required": ["specversion", "id", "source", "type", "time", "subject", "data"],
            "definitions": definitions,
        }
    )
    return tidied


def _attributes() -> Schema:
    hints = get_type_hints(CloudEvent, include_extras=True)
    return {name: msgspec.json.schema(hint) for name, hint in hints.items() if name != "data"}


def schema_bytes(schema: Schema) -> bytes:
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


def what_it_checks(schema: object) -> object:
    """Returns a schema less the parts that only tell: what two contracts are compared by."""
    match schema:
        case dict():
            return {
                key: what_it_checks(value) for key, value in schema.items() if key not in TOLD_ONLY or isinstance(value, dict)
            }
        case list():
            return [what_it_checks(value) for value in schema]
        case _:
            return schema


def known_values(schema: object, path: str = "") -> dict[str, list[str]]:
    """Returns the values known today of each open enumeration in a schema's definitions, by the field's path."""
    found: dict[str, list[str]] = {}
    if isinstance(schema, dict):
        if "x-known-values" in schema:
            found[path] = schema["x-known-values"]
        for key, value in schema.items():
            structural = key in {"properties", "definitions", "anyOf", "items", "additionalProperties"}
            found |= known_values(value, path if structural else f"{path}.{key}".lstrip("."))
    elif isinstance(schema, list):
        for value in schema:
            found |= known_values(value, path)
    return found


def _subject_of(citizen: Schema) -> Schema:
    subject: Schema = citizen["properties"]["ref"] | {"description": "the citizen's pseudonym, as in the data"}
    return subject


def _tidied(schema: Any) -> Any:
    """Returns a schema with docstrings unindented and patterns that end as ECMA 262 says it: `$`."""
    match schema:
        case dict():
            return {key: _tidied_text(key, value) if isinstance(value, str) else _tidied(value) for key, value in schema.items()}
        case list() | tuple():
            return [_tidied(value) for value in schema]
        case _:
            return schema


def _tidied_text(key: str, text: str) -> str:
    match key:
        case "description":
            return inspect.cleandoc(text)
        case "pattern":
            return text.replace(r"\Z", "$")
        case _:
            return text
