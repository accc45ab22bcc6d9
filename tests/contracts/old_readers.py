"""What the released schemas and kept examples say, for the evolution tests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

import contact_events
from contact_events.envelope import EVENT_CLASSES, EventData
from contact_events.publish.released import hashes_released
from contact_events.publish.revisions import revisions
from contact_events.publish.schemas import event_name

FOLDER = Path(contact_events.__file__).parent


def released_schemas(event_class: type[EventData]) -> list[dict[str, Any]]:
    """Returns every released revision of an event's schema, oldest first: each is a reader that may still be running."""
    released = hashes_released(FOLDER)
    return [json.loads(path.read_bytes()) for path in revisions(FOLDER, event_class) if f"schemas/{path.name}" in released]


def kept_examples() -> Iterator[tuple[type[EventData], Path]]:
    for event_class in EVENT_CLASSES:
        for path in sorted((FOLDER / "examples" / event_name(event_class)).glob("*.json")):
            yield event_class, path


def objections(schema: dict[str, Any], message: object) -> list[str]:
    """Returns why a reader by this schema cannot read a message, as sentences that name the field."""
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(message)]


def narrowings(old: Any, new: Any, path: str = "$") -> list[str]:
    """Returns a sentence for each way in which a new schema allows or promises what an old reader cannot take.

    Old messages must be read by new code: nothing may become required. New messages must suit old readers: nothing
    required may go, no limit may widen, no type may change.
    """
    if isinstance(old, dict) and isinstance(new, dict) and "properties" in old:
        asked_before, asked_now = set(old.get("required", [])), set(new.get("required", []))
        found = [
            f"{path}.{field} is required now and was not: old messages lack it" for field in sorted(asked_now - asked_before)
        ]
        left = sorted(asked_before - asked_now)
        found += [f"{path}.{field} was required and is not any more: old readers need it" for field in left]
        gone = sorted(set(old["properties"]) - set(new.get("properties", {})))
        found += [f"{path}.{field} was taken away: old messages carry it" for field in gone]
        for field in sorted(set(old["properties"]) & set(new.get("properties", {}))):
            found += narrowings(old["properties"][field], new["properties"][field], f"{path}.{field}")
        for name in sorted(set(old.get("definitions", {})) & set(new.get("definitions", {}))):
            found += narrowings(old["definitions"][name], new["definitions"][name], name)
        return found
    return [] if old == new else [f"{path} says something else than the released schema"]
