"""Which file holds the newest schema of an event. A released one stays; a field that was added makes the next revision."""

import json
import re
from pathlib import Path

from contact_events.envelope import EVENT_CLASSES, EventData
from contact_events.publish.released import hashes_released
from contact_events.publish.schemas import event_name, schema_bytes, schema_id, schema_of, what_it_checks


def revisions(folder: Path, event_class: type[EventData]) -> list[Path]:
    """Returns the schema files of an event, oldest first: `<event>.v1.json`, `<event>.v1.2.json`, …"""
    name = event_name(event_class)
    pattern = re.compile(rf"{re.escape(name)}(?:\.([0-9]+))?\.json")
    found = [
        (int(match[1] or 1), path) for path in (folder / "schemas").glob("*.json") if (match := pattern.fullmatch(path.name))
    ]
    return [path for _, path in sorted(found)]


def newest_schemas(folder: Path) -> dict[type[EventData], tuple[str, bytes]]:
    """Returns per event the path and the bytes its newest schema must have, given what was released."""
    released = hashes_released(folder)
    return {event_class: _newest(folder, event_class, released) for event_class in EVENT_CLASSES}


def _newest(folder: Path, event_class: type[EventData], released: dict[str, str]) -> tuple[str, bytes]:
    schema = schema_of(event_class)
    there = revisions(folder, event_class)
    number = max(len(there), 1)
    if there and f"schemas/{there[-1].name}" in released:
        kept = there[-1].read_bytes()
        if what_it_checks(json.loads(kept)) == what_it_checks(schema):
            return f"schemas/{there[-1].name}", kept
        number += 1
    name = event_name(event_class) + (f".{number}" if number > 1 else "")
    return f"schemas/{name}.json", schema_bytes(schema | {"$id": schema_id(name)})
