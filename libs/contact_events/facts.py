"""What is known about a citizen apart from contacts: wishes, addresses, links, mandates, circumstances, erasure."""

from typing import Annotated, ClassVar

import msgspec

from contact_events.words import (
    ChannelCode,
    CitizenReference,
    Code,
    Employee,
    KindCode,
    Language,
    Moment,
    Name,
    Organisation,
    OrganisationName,
    RefText,
    ShortText,
    open_code,
)

ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", description="local time, 24 hours")]
CircumstanceCode = Annotated[str, open_code(["deceased", "secret_address"])]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7, description="ISO 8601: 1 is Monday")]


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Do not disturb from one clock time until another, local time; `until` before `start` passes midnight."""

    start: ClockTime
    until: ClockTime
    days: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)


class ContactWishSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The citizen said how to be reached, in general (`matter` absent) or for one matter; replaces the wish set before it."""

    event_type: ClassVar[str] = "nl.plein.contact-wish.set.v1"

    citizen: CitizenReference
    set_at: Moment
    matter: Code | None = None
    preferred_channels: tuple[ChannelCode, ...] = ()
    preferred_contact_point: RefText | None = None
    refused_channels: tuple[ChannelCode, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    language: Language | None = None
    person_please: bool = False
    through_organisation: Organisation | None = None
    set_through: ChannelCode | None = None


class ContactWishWithdrawn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The citizen took back the wish for a matter, or the general one."""

    event_type: ClassVar[str] = "nl.plein.contact-wish.withdrawn.v1"

    citizen: CitizenReference
    withdrawn_at: Moment
    matter: Code | None = None


class AddressVerified(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact point proved to belong to the citizen, for example by a code that was sent to it."""

    event_type: ClassVar[str] = "nl.plein.address.verified.v1"

    citizen: CitizenReference
    contact_point: RefText
    kind: KindCode
    verified_at: Moment
    verified_how: Code


class AddressBounced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something sent to a contact point came back."""

    event_type: ClassVar[str] = "nl.plein.address.bounced.v1"

    citizen: CitizenReference
    contact_point: RefText
    kind: KindCode
    bounced_at: Moment
    reason: Code
    for_good: bool = True


class ReferencesLinked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody established that two references are one person, and on what evidence."""

    event_type: ClassVar[str] = "nl.plein.references.linked.v1"

    link_id: Name
    citizen: CitizenReference
    other: CitizenReference
    evidence: ShortText
    linked_by: Employee
    linked_at: Moment


class ReferencesUnlinked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link proved wrong and is undone; the history of both stays."""

    event_type: ClassVar[str] = "nl.plein.references.unlinked.v1"

    link_id: Name
    citizen: CitizenReference
    other: CitizenReference
    reason: ShortText
    unlinked_by: Employee
    unlinked_at: Moment


class MandateGranted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citizen lets an organisation act: for which matters (none named: all), until when, with which proof."""

    event_type: ClassVar[str] = "nl.plein.mandate.granted.v1"

    mandate_id: Name
    citizen: CitizenReference
    organisation: Organisation
    organisation_name: OrganisationName
    matters: tuple[Code, ...] = ()
    valid_from: Moment
    valid_until: Moment
    proof: Code
    proof_text: ShortText | None = None
    granted_by: Employee | None = None


class MandateEnded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mandate stopped before its term, by the citizen or the organisation."""

    event_type: ClassVar[str] = "nl.plein.mandate.ended.v1"

    mandate_id: Name
    citizen: CitizenReference
    organisation: Organisation
    ended_at: Moment
    ended_by: Employee | None = None
    reason: ShortText | None = None


class CircumstanceRecorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that changes how a citizen may be approached: `deceased` or `secret_address`, from a register that may say so."""

    event_type: ClassVar[str] = "nl.plein.circumstance.recorded.v1"

    citizen: CitizenReference
    circumstance: CircumstanceCode
    since: Moment
    register: Code


class CircumstanceEnded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A circumstance no longer holds."""

    event_type: ClassVar[str] = "nl.plein.circumstance.ended.v1"

    citizen: CitizenReference
    circumstance: CircumstanceCode
    ended_at: Moment
    register: Code


class CitizenErased(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything kept under these references is to be forgotten, also when it arrives again."""

    event_type: ClassVar[str] = "nl.plein.citizen.erased.v1"

    citizen: CitizenReference
    refs: tuple[RefText, ...]
    erased_at: Moment
    ground: Code
