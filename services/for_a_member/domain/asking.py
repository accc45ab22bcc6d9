"""From the form of a volunteer to what the helpers' door takes."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

Fields = Mapping[str, Sequence[str]]


class Missing(StrEnum):
    """What a form still needs, by the field where it is to be filled in."""

    MEMBER = "member"
    GROUND = "ground"
    MATTER = "matter"
    SUMMARY = "summary"


def question(key: UUID, fields: Fields, *, volunteer: str) -> dict[str, Any] | tuple[Missing, ...]:
    """Returns a question for a member, or everything that is missing. The ground is a mandate, or a text that was read aloud."""
    number, bsn = _one(fields, "member_number"), _one(fields, "bsn")
    mandate = _one(fields, "mandate_id")
    consent = _one(fields, "consent_text") if _one(fields, "consent") == "yes" else ""
    missing = tuple(
        what
        for what, is_there in (
            (Missing.MEMBER, number or bsn),
            (Missing.GROUND, mandate or consent),
            (Missing.MATTER, _one(fields, "matter")),
            (Missing.SUMMARY, _one(fields, "summary")),
        )
        if not is_there
    )
    if missing:
        return missing
    member = {name: text for name, text in (("memberNumber", number), ("bsn", bsn), ("phone", _one(fields, "phone"))) if text}
    ground = {"mandateId": mandate} if mandate else {"consentText": consent}
    return {
        "id": str(key),
        "member": member,
        **ground,
        "volunteer": volunteer,
        "matter": _one(fields, "matter"),
        "summary": _one(fields, "summary"),
    }


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0].strip() if values else ""
