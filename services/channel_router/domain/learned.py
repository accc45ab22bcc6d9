"""What the router keeps of an event: only what a choice needs, no free text, one row for each event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance, CitizenRef, RefKind
from contact_events.envelope import Event
from contact_events.facts import (
    AddressBounced,
    AddressVerified,
    CircumstanceEnded,
    CircumstanceRecorded,
    CitizenErased,
    ContactWishSet,
    ContactWishWithdrawn,
    MandateEnded,
    MandateGranted,
    ReferencesLinked,
    ReferencesUnlinked,
)
from contact_events.interactions import InteractionCorrected, InteractionRecorded, InteractionWithdrawn
from contact_events.outreach import DeliveryReported
from contact_events.words import CitizenReference

# Outcomes that say whether a sending reached the citizen; `sent` and `delivered` say nothing about that.
_REACHED = {"read": True, "failed": False, "no_answer": False}
# A sending that failed because of its address says nothing about the health of the channel.
_WRONG_ADDRESS = frozenset({"address_unknown", "bounced", "number_not_in_use"})
_FAULTS_OF_ADDRESS = _WRONG_ADDRESS | {"mailbox_full"}
_KIND_BEHIND = {
    Channel.EMAIL.value: RefKind.EMAIL.value,
    Channel.SMS.value: RefKind.PHONE.value,
    Channel.PHONE.value: RefKind.PHONE.value,
    Channel.LETTER.value: "postal",
}
_SURE = {Assurance.SUBSTANTIAL.value, Assurance.HIGH.value}
_SIGNED_IN_CHANNELS = {Channel.WEB.value, Channel.PORTAL.value}


class SeenAddress(msgspec.Struct, frozen=True, array_like=True):
    """A contact point that came with a contact."""

    contact_point: str
    kind: str
    assurance: str


class ContactLearned(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact or a sending. `reached` None: not known. `failed` is set for sendings and counts for the channel's health.

    `bounced` is the contact point that a sending proved wrong.
    """

    channel: str
    kind: str
    reached: bool | None = None
    inbound: bool = False
    signed_in: bool = False
    language: str | None = None
    addresses: tuple[SeenAddress, ...] = ()
    failed: bool | None = None
    bounced: SeenAddress | None = None


class ContactAmended(msgspec.Struct, frozen=True, omit_defaults=True):
    """An earlier contact was put right or struck out."""

    amends: UUID
    reached: bool | None = None
    occurred_at: datetime | None = None
    language: str | None = None
    withdrawn: bool = False


class LinkSaid(msgspec.Struct, frozen=True):
    """Two references are one person, or are so no longer."""

    link_id: str
    one: CitizenRef
    other: CitizenRef
    linked: bool


Fact = (
    ContactWishSet
    | ContactWishWithdrawn
    | AddressVerified
    | AddressBounced
    | MandateGranted
    | MandateEnded
    | CircumstanceRecorded
    | CircumstanceEnded
    | ContactAmended
)
FACT_CLASSES: dict[str, type[Fact]] = {fact_class.__name__: fact_class for fact_class in Fact.__args__}


@dataclass(frozen=True, slots=True)
class Learned:
    """One row: whom it is about, when it was so, when it was logged (which decides whether an erasure takes it along)."""

    event_key: UUID
    citizen: UUID
    at: datetime
    logged_at: datetime
    body: ContactLearned | Fact | LinkSaid | CitizenErased


def learned(event: Event[Any]) -> Learned | None:
    """Returns what to keep of an event, or None when a choice never needs it."""
    found = _learned(event)
    if found is None:
        return None
    at, body = found
    return Learned(event.key, event.citizen.uuid, at, event.logged_at, body)


def _learned(event: Event[Any]) -> tuple[datetime, ContactLearned | Fact | LinkSaid | CitizenErased] | None:
    match event.data:
        case InteractionRecorded() as said:
            return said.occurred_at, _contact(said)
        case InteractionCorrected(corrects=corrects, corrected=new) as said:
            if new.reached is None and new.occurred_at is None and new.language is None:
                return None
            return said.recorded_at, ContactAmended(corrects.key, new.reached, new.occurred_at, new.language)
        case InteractionWithdrawn() as said:
            return said.recorded_at, ContactAmended(said.withdraws.key, withdrawn=True)
        case DeliveryReported() as said:
            return said.occurred_at, _sending(said)
        case ContactWishSet() as said:
            return said.set_at, said
        case ContactWishWithdrawn() as said:
            return said.withdrawn_at, said
        case AddressVerified() as said:
            return said.verified_at, said
        case AddressBounced() as said:
            return said.bounced_at, said
        case MandateGranted() as said:
            return event.logged_at, msgspec.structs.replace(said, proof_text=None, granted_by=None)
        case MandateEnded() as said:
            return said.ended_at, msgspec.structs.replace(said, reason=None, ended_by=None)
        case CircumstanceRecorded() as said:
            return said.since, said
        case CircumstanceEnded() as said:
            return said.ended_at, said
        case ReferencesLinked() as said:
            return said.linked_at, _link(said.link_id, said.citizen, said.other, linked=True)
        case ReferencesUnlinked() as said:
            return said.unlinked_at, _link(said.link_id, said.citizen, said.other, linked=False)
        case CitizenErased() as said:
            return said.erased_at, said
        case _:
            return None


def _contact(said: InteractionRecorded) -> ContactLearned:
    is_inbound = said.direction == "inbound"
    # What a helper left is the helper's own number, never the citizen's.
    speaks_for_herself = said.on_behalf is None and said.represented_by is None and said.channel != Channel.INTERMEDIARY
    points = said.contact_points if speaks_for_herself else ()
    return ContactLearned(
        channel=said.channel,
        kind=said.citizen.kind,
        reached=said.reached if said.reached is not None or not is_inbound else True,
        inbound=is_inbound,
        signed_in=speaks_for_herself and said.channel in _SIGNED_IN_CHANNELS and _is_proven(said.citizen),
        language=said.language if is_inbound else None,
        addresses=tuple(SeenAddress(point.ref, point.kind, point.assurance) for point in points),
    )


def _sending(said: DeliveryReported) -> ContactLearned:
    bounced = None
    if said.outcome == "failed" and said.reason in _WRONG_ADDRESS and said.contact_point is not None:
        bounced = SeenAddress(said.contact_point, _KIND_BEHIND.get(said.channel, said.channel), Assurance.NONE)
    return ContactLearned(
        channel=said.channel,
        kind=said.citizen.kind,
        reached=_REACHED.get(said.outcome),
        failed=said.outcome == "failed" and said.reason not in _FAULTS_OF_ADDRESS,
        bounced=bounced,
    )


def _link(link_id: str, one: CitizenReference, other: CitizenReference, *, linked: bool) -> LinkSaid:
    return LinkSaid(link_id, one.citizen_ref, other.citizen_ref, linked)


def _is_proven(citizen: CitizenReference) -> bool:
    return citizen.kind == RefKind.BSN and citizen.assurance in _SURE
