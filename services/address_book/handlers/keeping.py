"""What the address book does with an event."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from address_book.domain.changes import Change, Erasure, Hearing, Ignored, Unfit, changes_of, digest_of, whose
from address_book.handlers.secrets import Secrets
from address_book.ports import ContactPoints
from contact_events.citizen_ref import CitizenRef, NotAnIdentifier, RefKind
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.interactions import InteractionRecorded
from contact_events.sealing import CannotOpen

# The identifiers whose reference can be made again from their text; a postal address has no one spelling to check.
_CHECKED_KINDS = frozenset({RefKind.BSN, RefKind.PHONE, RefKind.EMAIL})

# Opening a seal takes 0.1 ms of nothing but arithmetic; HTTP and heartbeats are not to wait for a whole batch of them.
_BETWEEN_BREATHS = 100


class Done(msgspec.Struct, frozen=True):
    """The event is kept; `repeated` says it was before."""

    repeated: bool = False


class Parked(msgspec.Struct, frozen=True):
    """The event cannot be kept. The detail names the fault, never the value."""

    reason: str
    detail: str


Outcome = Done | Ignored | Parked


async def keep_contact_points(events: Sequence[Event[Any]], points: ContactPoints, secrets: Secrets) -> list[Outcome]:
    """Keeps what these events say of contact points; one outcome per event, in their order. May be called twice."""
    outcomes: dict[int, Outcome] = {}
    changes: dict[int, tuple[Change, ...]] = {}
    for place, event in enumerate(events):
        try:
            found = changes_of(event)
        except NotAnIdentifier as fault:
            found = ()
            outcomes[place] = Parked(Unfit.UNREADABLE_REFERENCE, str(fault))
        if isinstance(found, Ignored):
            outcomes[place] = found
        elif found:
            changes[place] = found
            outcomes[place] = Done()

    await points.take_turn(erasing=any(isinstance(change, Erasure) for found in changes.values() for change in found))
    await _leave_erased(events, changes, outcomes, points)
    await _settle_repeats(events, changes, outcomes, points)
    await _open_new(changes, outcomes, points, secrets)
    await points.keep([change for place in sorted(changes) for change in changes[place]])
    return [outcomes[place] for place in range(len(events))]


async def _leave_erased(
    events: Sequence[Event[Any]], changes: dict[int, tuple[Change, ...]], outcomes: dict[int, Outcome], points: ContactPoints
) -> None:
    """Leaves what was erased before it came: of that not even a digest is kept."""
    people = {place: whose(events[place]) for place in changes if not isinstance(events[place].data, CitizenErased)}
    erased = await points.erased_at({ref for refs in people.values() for ref in refs})
    for place, refs in people.items():
        if any(ref in erased and events[place].logged_at <= erased[ref] for ref in refs):
            del changes[place]
            outcomes[place] = Ignored.ERASED


async def _settle_repeats(
    events: Sequence[Event[Any]], changes: dict[int, tuple[Change, ...]], outcomes: dict[int, Outcome], points: ContactPoints
) -> None:
    recorded = [place for place in changes if isinstance(events[place].data, InteractionRecorded)]
    digests: dict[UUID, bytes] = {}
    for place in recorded:
        digests.setdefault(events[place].key, digest_of(events[place]))
    claimed = await points.claim(digests)
    seen: set[UUID] = set()
    for place in recorded:
        key = events[place].key
        if claimed[key].digest != digest_of(events[place]):
            del changes[place]
            outcomes[place] = Parked(Unfit.OTHER_CONTENT, "another event with this source and id was kept before")
        elif key in seen or not claimed[key].is_new:
            outcomes[place] = Done(repeated=True)
        seen.add(key)


async def _open_new(
    changes: dict[int, tuple[Change, ...]], outcomes: dict[int, Outcome], points: ContactPoints, secrets: Secrets
) -> None:
    """Opens each seal whose text is not kept yet. An event with a seal that does not open is parked whole."""
    pairs = {
        (change.row.citizen, change.row.point)
        for found in changes.values()
        for change in found
        if isinstance(change, Hearing) and change.sealed
    }
    kept = await points.kept_texts(pairs)
    for number, (place, found) in enumerate(list(changes.items())):
        if number % _BETWEEN_BREATHS == 0:
            await asyncio.sleep(0)
        try:
            changes[place] = tuple(_opened(change, kept, secrets) for change in found)
        except _Unopened as fault:
            del changes[place]
            outcomes[place] = Parked(fault.reason, str(fault))


class _Unopened(ValueError):
    def __init__(self, reason: Unfit, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _opened(change: Change, kept: set[tuple[CitizenRef, CitizenRef]], secrets: Secrets) -> Change:
    if not isinstance(change, Hearing) or not change.sealed or (change.row.citizen, change.row.point) in kept:
        return change
    row = change.row
    try:
        plain = secrets.opening.open(change.sealed, row.point)
    except CannotOpen as fault:
        raise _Unopened(Unfit.SEAL_DOES_NOT_OPEN, str(fault)) from None
    if row.kind in _CHECKED_KINDS:
        try:
            matches = row.point in secrets.pseudonyms.refs(RefKind(row.kind), plain)
        except NotAnIdentifier:
            matches = False
        if not matches:
            raise _Unopened(Unfit.NOT_ITS_REFERENCE, "the sealed text is not what its reference stands for")
    return msgspec.structs.replace(change, stored=secrets.storage.close(plain, row))
