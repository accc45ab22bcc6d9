"""What the address book is asked and answers over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from address_book.handlers.showing import Shown
from contact_events.citizen_ref import CitizenRef, PseudonymKeys, RefKind

PurposeCode = Annotated[
    str, Field(min_length=1, max_length=80, description="a purpose from the register", examples=["terugbellen"])
]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", hide_input_in_errors=True)


class Sought(_Body):
    """Which contact point is looked for (one of `phone`, `email`, `bsn`, `ref`), and for which purpose."""

    purpose: PurposeCode
    phone: str | None = Field(default=None, max_length=60, examples=["0612340678"])
    email: str | None = Field(default=None, max_length=320)
    bsn: str | None = Field(default=None, max_length=20)
    ref: str | None = Field(default=None, pattern="^c[1-9][0-9]{0,3}-[0-9a-f]{32}$")

    @model_validator(mode="after")
    def _is_one(self) -> "Sought":
        if sum(value is not None for value in (self.phone, self.email, self.bsn, self.ref)) != 1:
            raise ValueError("give one of phone, email, bsn and ref")
        return self

    def blind_indexes(self, keys: PseudonymKeys) -> tuple[CitizenRef, ...]:
        """Returns the references this identifier has under every key version. Raises NotAnIdentifier."""
        if self.ref is not None:
            return (CitizenRef.from_text(self.ref),)
        if self.phone is not None:
            return keys.refs(RefKind.PHONE, self.phone)
        if self.email is not None:
            return keys.refs(RefKind.EMAIL, self.email)
        return keys.refs(RefKind.BSN, self.bsn or "")


class ForPurpose(_Body):
    """Why the contact point is to be seen."""

    purpose: PurposeCode


class ContactPointShown(_Body):
    """A contact point; `text` is masked unless it was revealed. `current` is false for one that is no longer in use."""

    id: UUID
    citizen: str
    kind: str = Field(examples=["phone"])
    ref: str = Field(description="the blind index: the same for everybody who gave this contact point")
    text: str = Field(examples=["06•••••678"])
    current: bool
    assurance: str
    first_seen: datetime
    last_seen: datetime
    times_heard: int
    source: str = Field(description="where it was last given")
    event_id: str
    verified_at: datetime | None
    verified_how: str | None
    bounced_at: datetime | None
    bounce_reason: str | None

    @classmethod
    def of(cls, shown: Shown) -> "ContactPointShown":
        kept, heard = shown.kept, shown.kept.heard
        return cls(
            id=heard.id,
            citizen=heard.row.citizen.text,
            kind=heard.row.kind,
            ref=heard.row.point.text,
            text=shown.text,
            current=kept.is_current,
            assurance=kept.assurance,
            first_seen=heard.first_seen,
            last_seen=heard.last_seen,
            times_heard=heard.times_heard,
            source=heard.source,
            event_id=heard.event_id,
            verified_at=kept.verified_at,
            verified_how=kept.verified_how,
            bounced_at=kept.bounced_at,
            bounce_reason=kept.bounce_reason,
        )


class ContactPointsShown(_Body):
    """The contact points of one person, current ones first."""

    citizen: str
    contact_points: list[ContactPointShown]


class CitizensFound(_Body):
    """Everybody who gave the contact point; more than one means that it is shared, and proves nothing about who is calling."""

    citizens: list[ContactPointsShown]
