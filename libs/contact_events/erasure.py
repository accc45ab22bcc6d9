"""What an erasure says, and which events it covers (decisions 4 and 32).

It names a person's references and a moment. Whatever was logged under them up to that moment is to be forgotten, also when it
comes later; what is logged after it is a new contact. Who looked stays known, and so does the erasure itself.
"""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime

from contact_events.citizen_ref import Assurance, CitizenRef
from contact_events.codec import CannotRead, read_envelope, read_event
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.seen import InformationSeen
from contact_events.words import CitizenReference

_STAYS = frozenset({CitizenErased.event_type, InformationSeen.event_type})
_TYPE_IN_BYTES = CitizenErased.event_type.encode()


def erasure_of(refs: Collection[CitizenRef], *, kind: str, erased_at: datetime, ground: str, source: str) -> Event[CitizenErased]:
    """Returns the event that says an erasure of these references, at least one. Said again, it is the same event."""
    named = tuple(ref.text for ref in sorted(set(refs)))
    told = "\x00".join((ground, erased_at.astimezone(UTC).isoformat(), *named))
    return Event(
        id=f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.erased",
        source=source,
        logged_at=erased_at,
        data=CitizenErased(
            citizen=CitizenReference(ref=named[0], kind=kind, assurance=Assurance.NONE),
            refs=named,
            erased_at=erased_at,
            ground=ground,
        ),
    )


def erased_refs(said: CitizenErased) -> frozenset[CitizenRef]:
    """Returns every reference that is to be forgotten. Raises NotAnIdentifier."""
    return frozenset((said.citizen.citizen_ref, *(CitizenRef.from_text(text) for text in said.refs)))


def erased_keys(said: CitizenErased) -> frozenset[bytes]:
    """Returns the same as the keys of records. Raises NotAnIdentifier."""
    return frozenset(ref.value for ref in erased_refs(said))


def erasure_in(raw: bytes | None) -> Event[CitizenErased] | None:
    """Returns the erasure that a record holds; None for everything else, also for what cannot be read."""
    if raw is None or _TYPE_IN_BYTES not in raw:
        return None
    try:
        event = read_event(raw)
    except CannotRead:
        return None
    return event if isinstance(event.data, CitizenErased) else None


def is_covered(raw: bytes | None, carried_at: datetime, erased_at: datetime) -> bool:
    """Claims that a record under an erased reference is to be forgotten.

    `carried_at` is when it was written down or published; it counts where the bytes do not tell when they were logged.
    """
    try:
        envelope = read_envelope(raw or b"")
    except CannotRead:
        return carried_at <= erased_at
    return envelope.type not in _STAYS and (envelope.time or carried_at) <= erased_at
