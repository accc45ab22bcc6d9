"""Contacts between citizen and municipality: recorded, corrected, withdrawn."""

from typing import Annotated, ClassVar, Literal

import msgspec

from contact_events.identity import EventRef
from contact_events.words import (
    CallBack,
    ChannelCode,
    CitizenReference,
    Code,
    ContactPoint,
    Employee,
    FreeText,
    Heading,
    Language,
    Moment,
    Name,
    OnBehalf,
    ShortText,
)

Direction = Literal["inbound", "outbound"]
Detail = Annotated[str, msgspec.Meta(max_length=200)]
DetailName = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z][A-Za-z0-9_]*\Z")]


class InteractionRecorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citizen and the municipality had contact, through any channel and in either direction.

    `occurred_at` is when it happened, `recorded_at` when it was written down; a late note has both. `reached` is false
    when nobody answered. `heading` is the sender's own, where the name of the matter says less. `on_behalf` is the
    organisation that spoke for the citizen, `represented_by` the person who did. `conversation` is the one id shared by
    several questions of one call or visit. `details` holds what only this channel knows (desk, ticket, visit): no free
    text, nothing about the person.
    """

    event_type: ClassVar[str] = "nl.plein.interaction.recorded.v1"

    citizen: CitizenReference
    channel: ChannelCode
    direction: Direction
    matter: Code
    occurred_at: Moment
    recorded_at: Moment
    heading: Heading | None = None
    summary: FreeText | None = None
    answer: FreeText | None = None
    language: Language = "dut"
    reached: bool | None = None
    ended_at: Moment | None = None
    on_behalf: OnBehalf | None = None
    represented_by: CitizenReference | None = None
    logged_by: Employee | None = None
    confidential: bool = False
    call_back: CallBack | None = None
    related_case: Name | None = None
    conversation: Name | None = None
    contact_points: tuple[ContactPoint, ...] = ()
    no_medical_or_criminal_detail: ShortText | None = None
    details: dict[DetailName, Detail] = {}


class CorrectedFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The new words of an entry; what is absent stays as it was."""

    matter: Code | None = None
    occurred_at: Moment | None = None
    summary: FreeText | None = None
    answer: FreeText | None = None
    language: Language | None = None
    reached: bool | None = None
    confidential: bool | None = None
    call_back: CallBack | None = None
    related_case: Name | None = None


class InteractionCorrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody put an earlier entry right. The earlier words stay, and both are shown."""

    event_type: ClassVar[str] = "nl.plein.interaction.corrected.v1"

    citizen: CitizenReference
    corrects: EventRef
    corrected: CorrectedFields
    reason: ShortText
    corrected_by: Employee
    recorded_at: Moment


class InteractionWithdrawn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry should not have been on this timeline. It stays, struck through, with the reason."""

    event_type: ClassVar[str] = "nl.plein.interaction.withdrawn.v1"

    citizen: CitizenReference
    withdraws: EventRef
    reason: ShortText
    withdrawn_by: Employee
    recorded_at: Moment
