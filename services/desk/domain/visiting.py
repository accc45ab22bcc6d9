"""A visit as the tablet at the counter tells it: how, which document, about what, and done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def visit_of(key: UUID, typed: Mapping[str, str], *, employee: str, now: datetime) -> dict[str, Any] | str:
    """Returns the body for the counter's door, or the name of what is missing."""
    matter = typed.get("other_matter", "").strip() or typed.get("matter", "").strip()
    if not matter:
        return "matter"
    document, bsn = typed.get("document", "none"), typed.get("bsn", "").strip()
    summary, ticket = typed.get("summary", "").strip(), typed.get("ticket", "").strip()
    return {
        "id": str(key),
        "desk": typed.get("counter", "").strip() or "balie",
        "visit": typed.get("visit", "walk_in"),
        "employee": employee,
        "occurredAt": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "questions": [{"matter": matter, **({"summary": summary} if summary else {})}],
        **({"citizen": {"bsn": bsn}} if bsn else {}),
        **({"identityCheck": {"document": document}} if document != "none" else {}),
        **({"ticket": ticket} if ticket else {}),
    }
