"""The request bodies as the OpenAPI document shows them: every kind, every mode, each with an example that works."""

from collections.abc import Mapping, Sequence
from typing import Any

from front_door.arrivals import MOST_IN_ONE_BATCH, EnvelopeGiven, Mode
from front_door.door import Kind

EXAMPLE_SOURCE = "urn:nld:oin:00000001823288444000:systeem:voorbeeld"


def request_body(kinds: Sequence[Kind]) -> dict[str, Any]:
    """Returns the OpenAPI request body of an address; the first kind is the one for plain bodies."""
    envelope = {"oneOf": [_envelope_schema(kind) for kind in kinds]} if len(kinds) > 1 else _envelope_schema(kinds[0])
    events = {kind.submission_type: {"summary": kind.submission_type, "value": cloud_event(kind)} for kind in kinds}
    return {
        "required": True,
        "content": {
            Mode.PLAIN.value: {"schema": _plain_schema(kinds[0]), "example": dict(kinds[0].example)},
            Mode.STRUCTURED.value: {"schema": envelope, "examples": events},
            Mode.BATCH.value: {
                "schema": {"type": "array", "maxItems": MOST_IN_ONE_BATCH, "items": envelope},
                "example": [cloud_event(kinds[0])],
            },
        },
    }


def cloud_event(kind: Kind) -> dict[str, Any]:
    """Returns the example of a kind as a CloudEvent. `source` is to be one the token names."""
    return {
        "specversion": "1.0",
        "type": kind.submission_type,
        "source": EXAMPLE_SOURCE,
        "id": kind.example["id"],
        "time": "2026-11-09T16:00:00Z",
        "datacontenttype": "application/json",
        "data": {name: value for name, value in kind.example.items() if name != "id"},
    }


def _plain_schema(kind: Kind) -> dict[str, Any]:
    schemas = [without_refs(body.model_json_schema()) for body in kind.bodies.values()]
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _envelope_schema(kind: Kind) -> dict[str, Any]:
    schema = without_refs(EnvelopeGiven.model_json_schema())
    schema["properties"] |= {"type": {"const": kind.submission_type}, "data": _plain_schema(kind)}
    return schema | {"title": kind.submission_type}


def without_refs(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a JSON Schema with its definitions written out in place, so that it can stand anywhere."""
    definitions = schema.get("$defs", {})

    def written_out(part: Any) -> Any:
        if isinstance(part, list):
            return [written_out(member) for member in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            meant = definitions[part["$ref"].rpartition("/")[2]]
            return written_out(meant) | {name: value for name, value in part.items() if name != "$ref"}
        return {name: written_out(value) for name, value in part.items() if name != "$defs"}

    found: dict[str, Any] = written_out(dict(schema))
    return found
