"""From the forms of a citizen to what the door takes: a question, that an entry is not right, and a wish."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

Fields = Mapping[str, Sequence[str]]

DISPUTE = "klopt-niet"
QUESTION = "mijn-plein"


def question(key: UUID, fields: Fields) -> dict[str, Any] | tuple[str, ...]:
    """Returns a question as the website's door takes it, or the fields that are missing."""
    missing = tuple(name for name in ("matter", "summary") if not _one(fields, name))
    return missing or {"id": str(key), "form": QUESTION, "matter": _one(fields, "matter"), "summary": _one(fields, "summary")}


def dispute(key: UUID, fields: Fields, entry: UUID, matter: str) -> dict[str, Any] | tuple[str, ...]:
    """Returns what somebody says about an entry that is not right. The entry stays as it is; this stands beside it."""
    if not _one(fields, "summary"):
        return ("summary",)
    return {"id": str(key), "form": DISPUTE, "matter": matter, "summary": _one(fields, "summary"), "aboutEntry": str(entry)}


def wish(key: UUID, fields: Fields) -> dict[str, Any]:
    """Returns how somebody wants to be reached. A channel cannot be wanted and refused at once: refused outranks."""
    refused = tuple(fields.get("refused", ()))
    said: dict[str, Any] = {
        "id": str(key),
        "fact": "contact-wish-set",
        "citizen": {},
        "preferredChannels": [channel for channel in fields.get("preferred", ()) if channel and channel not in refused],
        "refusedChannels": list(refused),
        "personPlease": _one(fields, "person_please") == "yes",
    }
    start, until = _one(fields, "quiet_start"), _one(fields, "quiet_until")
    if start and until and start != until:
        said["quietHours"] = [{"start": start, "until": until}]
    for name, field in (("matter", "matter"), ("language", "language")):
        if _one(fields, field):
            said[name] = _one(fields, field)
    return said


def wish_withdrawn(key: UUID, matter: str) -> dict[str, Any]:
    return {"id": str(key), "fact": "contact-wish-withdrawn", "citizen": {}, **({"matter": matter} if matter else {})}


def mandate_ended(key: UUID, mandate_id: str, organisation: str, name: str) -> dict[str, Any]:
    return {
        "id": str(key),
        "fact": "mandate-ended",
        "citizen": {},
        "mandateId": mandate_id,
        "organisation": organisation,
        "endedBy": name,
        "reason": "Beëindigd in Mijn Plein",
    }


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0].strip() if values else ""
