"""A contact in hand: for which purpose, with whom, and what was typed about it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

# How long a contact stays in hand. What nobody logged by then is forgotten, because it is about somebody.
IN_HAND = timedelta(days=14)


class At(StrEnum):
    """Where the contact takes place."""

    PHONE = "phone"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Whom:
    """The citizen of a contact: the reference that was found, and what it was made from; with how the register of persons calls
    them, where it was asked, for as long as the contact is in hand.
    """

    citizen: str
    kind: str
    name: str | None = field(repr=False, default=None)
    born: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class ContactInHand:
    """One contact of one employee, from the first question who it is until it is logged. `id` is the id of the event that comes
    of it, so that logging it twice is logging it once. `fields` are those of the form, as they were typed.
    """

    id: UUID
    owner: str
    at: At
    purpose: str
    opened_at: datetime
    whom: Whom | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_whom(self, whom: Whom) -> Self:
        return replace(self, whom=whom)

    def with_fields(self, fields: Mapping[str, tuple[str, ...]]) -> Self:
        return replace(self, fields=dict(fields))

    def value(self, name: str, otherwise: str = "") -> str:
        """Returns what stands in a field that has one value."""
        values = self.fields.get(name, ())
        return values[0] if values else otherwise
