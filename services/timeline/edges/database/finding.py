"""What the rows of a search say: references grouped into people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contact_events.citizen_ref import CitizenRef, RefKind
from contact_events.codec import read_event
from timeline.domain.links import Reference
from timeline.domain.looking import UNTOLD_KIND
from timeline.ports import Candidate

_NEVER = datetime.min.replace(tzinfo=UTC)


def candidates(rows: Iterable[Any], *, certain: bool) -> tuple[Candidate, ...]:
    """Returns the people who had contact, the one with the latest visible contact first."""
    members: dict[UUID, list[Any]] = {}
    for row in rows:
        members.setdefault(row[0], []).append(row)
    people: dict[frozenset[CitizenRef], Candidate] = {}
    for group in members.values():
        if any(row[4] is not None for row in group):
            kinds = _kinds(group)
            last = max((row[5] for row in group if row[5] is not None), default=None)
            people[frozenset(kinds)] = Candidate(in_order(Reference(ref, kind) for ref, kind in kinds.items()), certain, last)
    return latest_first(people.values())


def known_reference(rows: Iterable[Any], ref: CitizenRef) -> Reference | None:
    """Returns a reference with what it was made from; None when nothing was ever kept under it."""
    kind = _kinds([row for row in rows if row[1] == ref.uuid]).get(ref, UNTOLD_KIND)
    return None if kind == UNTOLD_KIND else Reference(ref, kind)


def in_order(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """A BSN first: it is what a person is known by."""
    return tuple(sorted(references, key=lambda each: (each.kind != RefKind.BSN, each.ref)))


def latest_first(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(found, key=lambda each: each.last_contact_at or _NEVER, reverse=True))


def _kinds(rows: Iterable[Any]) -> dict[CitizenRef, str]:
    kinds: dict[CitizenRef, str] = {}
    for _, ref, version, kind, raw, _at in rows:
        told = kind or (read_event(raw).data.citizen.kind if raw is not None else None)
        known = CitizenRef.from_uuid(ref, version)
        kinds[known] = told or kinds.get(known) or UNTOLD_KIND
    return kinds
