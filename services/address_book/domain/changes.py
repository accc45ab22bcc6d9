"""What one event changes in the address book."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from address_book.domain.points import AddressFact
from address_book.domain.storage import Row, StoredText
from contact_events.citizen_ref import CitizenRef, RefKind
from contact_events.envelope import Event
from contact_events.erasure import erased_refs
from contact_events.facts import AddressBounced, AddressVerified, CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.interactions import InteractionRecorded, InteractionWithdrawn

# They identify somebody and reach nobody.
_NO_WAY_TO_REACH = frozenset({RefKind.MEMBER, RefKind.VISITOR})


class Ignored(StrEnum):
    """Why an event changes nothing here."""

    NO_CONTACT_POINT = "no_contact_point"
    NOT_ABOUT_CONTACT_POINTS = "not_about_contact_points"
    ERASED = "erased"


class Unfit(StrEnum):
    """Why an event is parked, beside the reasons of the codec."""

    SEAL_DOES_NOT_OPEN = "seal_does_not_open"
    NOT_ITS_REFERENCE = "contact_point_is_not_its_reference"
    OTHER_CONTENT = "same_id_other_content"
    UNREADABLE_REFERENCE = "unreadable_reference"


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """A contact point came with an interaction. `sealed` is how it travelled, `stored` how it is kept."""

    row: Row
    event_key: UUID
    source: str
    event_id: str
    assurance: str
    occurred_at: datetime
    logged_at: datetime
    sealed: str | None = None
    stored: StoredText | None = None


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The interaction under this key should not have been on this citizen's timeline."""

    event_key: UUID
    citizen: CitizenRef


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Two references are one person."""

    link_id: str
    citizen: CitizenRef
    other: CitizenRef
    logged_at: datetime


class Unlink(msgspec.Struct, frozen=True, kw_only=True):
    """A link proved wrong."""

    link_id: str
    citizen: CitizenRef


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Everything logged up to `erased_at` under these references is to be forgotten, also when it arrives again."""

    event_key: UUID
    refs: frozenset[CitizenRef]
    erased_at: datetime


Change = Hearing | AddressFact | Withdrawal | Link | Unlink | Erasure


def changes_of(event: Event[Any]) -> tuple[Change, ...] | Ignored:
    """Returns what an event changes. Raises NotAnIdentifier when a reference in it is none."""
    data, citizen = event.data, event.citizen
    match data:
        case InteractionRecorded():
            return _heard(event, data) or Ignored.NO_CONTACT_POINT
        case InteractionWithdrawn():
            return (Withdrawal(event_key=data.withdraws.key, citizen=citizen),)
        case AddressVerified():
            return (_fact(event, data.contact_point, "verified", data.verified_at, data.verified_how, for_good=False),)
        case AddressBounced():
            return (_fact(event, data.contact_point, "bounced", data.bounced_at, data.reason, for_good=data.for_good),)
        case ReferencesLinked():
            return (Link(link_id=data.link_id, citizen=citizen, other=data.other.citizen_ref, logged_at=event.logged_at),)
        case ReferencesUnlinked():
            return (Unlink(link_id=data.link_id, citizen=citizen),)
        case CitizenErased():
            return (Erasure(event_key=event.key, refs=erased_refs(data), erased_at=data.erased_at),)
        case _:
            return Ignored.NOT_ABOUT_CONTACT_POINTS


def whose(event: Event[Any]) -> tuple[CitizenRef, ...]:
    """Returns the references an event is forgotten with: a link and its undoing go with either end."""
    data = event.data
    other = (data.other.citizen_ref,) if isinstance(data, ReferencesLinked | ReferencesUnlinked) else ()
    return (event.citizen, *other)


def digest_of(event: Event[Any]) -> bytes:
    """Returns what tells whether two events under one id say the same: the sender's digest, or else what was said of points."""
    if event.content_digest is not None:
        return event.content_digest
    points = sorted((point.kind, point.ref, point.assurance) for point in event.data.contact_points)
    said = (event.data.citizen.ref, event.data.channel, event.data.occurred_at, event.data.matter, points)
    return hashlib.sha256(msgspec.json.encode(said)).digest()[:16]


def _heard(event: Event[Any], data: InteractionRecorded) -> tuple[Hearing, ...]:
    hearings: dict[bytes, Hearing] = {}
    for point in data.contact_points:
        if point.kind in _NO_WAY_TO_REACH:
            continue
        ref = CitizenRef.from_text(point.ref)
        hearings[ref.value] = Hearing(
            row=Row(event.citizen, ref, point.kind),
            event_key=event.key,
            source=event.source,
            event_id=event.id,
            assurance=point.assurance,
            occurred_at=data.occurred_at,
            logged_at=event.logged_at,
            sealed=point.sealed,
        )
    return tuple(hearings.values())


def _fact(event: Event[Any], point: str, what: Any, at: datetime, how: str, *, for_good: bool) -> AddressFact:
    return AddressFact(
        event_key=event.key,
        citizen=event.citizen,
        point=CitizenRef.from_text(point),
        what=what,
        at=at,
        how=how,
        for_good=for_good,
        logged_at=event.logged_at,
    )
