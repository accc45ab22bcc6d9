"""The government takes the initiative: what is wanted, how it will go, and how it went."""

from typing import Annotated, ClassVar, Literal

import msgspec

from contact_events.identity import EventRef
from contact_events.words import (
    ChannelCode,
    CitizenReference,
    Code,
    Employee,
    Language,
    Moment,
    Name,
    Organisation,
    RefText,
    ShortText,
    open_code,
)

Urgency = Literal["low", "normal", "high"]
LegalFormCode = Annotated[str, open_code(["none", "written", "registered_letter"])]
OutcomeCode = Annotated[str, open_code(["sent", "delivered", "read", "failed", "no_answer"])]


class OutreachRequested(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody wants to tell a citizen something.

    `legal_form` is the form the law asks (`none`, `written`, `registered_letter`); `reach_before` is the term.
    `interaction_need` and `societal_result` name the cell of the municipality's policy matrix.
    """

    event_type: ClassVar[str] = "nl.plein.outreach.requested.v1"

    citizen: CitizenReference
    matter: Code
    purpose: Code
    title: ShortText
    requested_by: Employee
    requested_at: Moment
    urgency: Urgency = "normal"
    legal_form: LegalFormCode = "none"
    reach_before: Moment | None = None
    interaction_need: Code = "inform"
    societal_result: Code = "good_service"
    confidential: bool = False
    language: Language | None = None
    campaign: Name | None = None


class SkippedChannel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel that was not chosen, and the code of the reason."""

    channel: ChannelCode
    reason: Code


class NextStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens when the channel before it fails: which channel, from when, and why this one."""

    channel: ChannelCode
    not_before: Moment
    reason: Code
    contact_point: RefText | None = None


class ChannelChosen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The router chose how to reach a citizen, and says why.

    `channel` may be a person's work (`phone`, `counter`, `home_visit`); `needs_person` says a person must do it.
    `sentence` is for people: Dutch (B1) and English.
    """

    event_type: ClassVar[str] = "nl.plein.channel.chosen.v1"

    citizen: CitizenReference
    request: EventRef
    matter: Code
    channel: ChannelCode
    not_before: Moment
    chosen_at: Moment
    policy_version: Name
    reasons: tuple[Code, ...]
    sentence: dict[str, ShortText]
    needs_person: bool = False
    contact_point: RefText | None = None
    through_organisation: Organisation | None = None
    confidential: bool = False
    send_before: Moment | None = None
    language: Language = "dut"
    skipped: tuple[SkippedChannel, ...] = ()
    next_steps: tuple[NextStep, ...] = ()


class DeliveryReported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a sending went: `sent`, `delivered`, `read`, `failed`, `no_answer`."""

    event_type: ClassVar[str] = "nl.plein.delivery.reported.v1"

    citizen: CitizenReference
    request: EventRef
    choice: EventRef
    matter: Code
    channel: ChannelCode
    outcome: OutcomeCode
    occurred_at: Moment
    contact_point: RefText | None = None
    reason: Code | None = None
