"""What a batch of arrivals holds: readable or parked, once or repeated, an entry or something else the timeline keeps."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from contact_events.bulk import read_in_bulk
from contact_events.citizen_ref import CitizenRef, NotAnIdentifier
from contact_events.codec import CannotRead, Unreadable
from contact_events.envelope import Event
from contact_events.facts import AddressVerified, CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.interactions import InteractionRecorded
from contact_events.seen import InformationSeen
from timeline.domain.entries import AMENDMENT_CLASSES, ENTRY_CLASSES
from timeline.domain.links import Reference

LINK_CLASSES = (ReferencesLinked, ReferencesUnlinked)
# By their type and not by their class, which is a slow question for each of thousands.
_ENTRY_TYPES = frozenset(each.event_type for each in ENTRY_CLASSES)
_OTHER_KNOWN_TYPES = frozenset(each.event_type for each in (*AMENDMENT_CLASSES, *LINK_CLASSES))


class Reason(StrEnum):
    """Why an event is parked or ignored here; unreadable ones carry the codec's reason."""

    SAME_ID_OTHER_CONTENT = "same_id_other_content"
    ERASED = "erased"
    NOT_ON_THE_TIMELINE = "not_on_the_timeline"
    TOMBSTONE = "tombstone"


class Arriving(Protocol):
    """A record as far as the timeline reads it."""

    @property
    def value(self) -> bytes | None: ...


R = TypeVar("R", bound=Arriving)


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """One readable event, its key and the digest that tells a repeat from other content. `place` is its place in the batch."""

    place: int
    key_bytes: bytes
    digest: bytes
    citizen: CitizenRef
    event: Event[Any]
    raw: bytes

    @property
    def key(self) -> UUID:
        return UUID(bytes=self.key_bytes)

    @property
    def is_entry(self) -> bool:
        return self.event.data.event_type in _ENTRY_TYPES


@dataclass(slots=True)
class Landing:
    """A batch, sorted. `known` holds each event once; its order is that of arrival."""

    known: dict[bytes, Arrived] = field(default_factory=dict)
    seen: list[Arrived] = field(default_factory=list)
    erased: list[Arrived] = field(default_factory=list)
    points: list[Arrived] = field(default_factory=list)
    unreadable: list[tuple[int, str, str]] = field(default_factory=list)
    other_content: list[int] = field(default_factory=list)
    repeated: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    # Other batches must not land at the same time: this one amends, links or erases what they may bring.
    is_disruptive: bool = False

    def ignore(self, reason: Reason, count: int = 1) -> None:
        if count:
            self.ignored[reason] = self.ignored.get(reason, 0) + count

    def heard(self) -> Mapping[str, Any]:
        """Returns per source when it last logged something of this batch."""
        heard: dict[str, Any] = {}
        for arrived in (*self.known.values(), *self.points):
            source, logged_at = arrived.event.source, arrived.event.logged_at
            if source not in heard or heard[source] < logged_at:
                heard[source] = logged_at
        return heard


def landing_of(records: Sequence[Arriving]) -> Landing:
    """Sorts the records of a batch. Nothing here raises for bad bytes."""
    landing = Landing()
    known = landing.known
    for place, record in enumerate(records):
        raw = record.value
        if raw is None:
            landing.ignore(Reason.TOMBSTONE)
            continue
        try:
            event = read_in_bulk(raw)
            citizen = event.citizen
        except CannotRead as fault:
            landing.unreadable.append((place, fault.reason, fault.detail))
            continue
        except NotAnIdentifier as fault:
            landing.unreadable.append((place, Unreadable.INVALID_DATA, str(fault)))
            continue
        arrived = Arrived(place, event.key_bytes, event.content_digest or digest_of(raw), citizen, event, raw)
        data = event.data
        is_entry = arrived.is_entry
        if is_entry or data.event_type in _OTHER_KNOWN_TYPES:
            if not is_entry:
                landing.is_disruptive = True
            before = known.get(arrived.key_bytes)
            if before is None:
                known[arrived.key_bytes] = arrived
            elif before.digest == arrived.digest:
                landing.repeated += 1
            else:
                landing.other_content.append(place)
        elif isinstance(data, InformationSeen):
            landing.seen.append(arrived)
        elif isinstance(data, CitizenErased):
            landing.is_disruptive = True
            landing.erased.append(arrived)
        elif isinstance(data, AddressVerified):
            landing.points.append(arrived)
        else:
            landing.ignore(Reason.NOT_ON_THE_TIMELINE)
    return landing


def digest_of(raw: bytes) -> bytes:
    """Returns the digest of an event that carries none: its bytes are always the same, as its sender derives them."""
    return hashlib.sha256(raw).digest()[:16]


def points_in(arrivals: Iterable[Arrived]) -> Iterator[tuple[Reference, Reference]]:
    """Yields (contact point, citizen it came with) for every contact point of these events."""
    for arrived in arrivals:
        # Most contacts bring none.
        if getattr(arrived.event.data, "contact_points", True):
            yield from points_of(arrived.event)


def points_of(event: Event[Any]) -> Iterator[tuple[Reference, Reference]]:
    """Yields (contact point, citizen it came with) for every contact point of one event."""
    data = event.data
    if isinstance(data, InteractionRecorded):
        citizen = Reference(event.citizen, data.citizen.kind)
        for point in data.contact_points:
            yield Reference(CitizenRef.from_text(point.ref), point.kind), citizen
    elif isinstance(data, AddressVerified):
        yield Reference(CitizenRef.from_text(data.contact_point), data.kind), Reference(event.citizen, data.citizen.kind)
