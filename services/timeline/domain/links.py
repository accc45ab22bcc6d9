"""Which references are one person: append-only links, undone by another line, joined when reading (decision 10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from contact_events.citizen_ref import CitizenRef, RefKind


class Reference(msgspec.Struct, frozen=True, order=True, gc=False):
    """A reference and what it was made from."""

    ref: CitizenRef
    kind: str


@dataclass(frozen=True, slots=True)
class Undo:
    """A link proved wrong."""

    key: UUID
    reason: str
    unlinked_by: str
    unlinked_at: datetime
    landed_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Somebody established that two references are one person. `landed_at` is when this timeline kept it."""

    key: UUID
    link_id: str
    one: Reference
    other: Reference
    evidence: str
    linked_by: str
    linked_at: datetime
    landed_at: datetime
    undone: Undo | None = None


def applied(links: Iterable[Link]) -> tuple[Link, ...]:
    """Returns the links that hold, in order of when they were made; the order in which they arrived does not matter.

    A link that was undone does not hold, nor does one that would bring two different BSNs together.
    """
    people: dict[CitizenRef, frozenset[Reference]] = {}
    holding = []
    for link in sorted(links, key=lambda link: (link.linked_at, link.key)):
        together = people.get(link.one.ref, frozenset({link.one})) | people.get(link.other.ref, frozenset({link.other}))
        if link.undone is None and not holds_two_bsns(together):
            holding.append(link)
            people.update((reference.ref, together) for reference in together)
    return tuple(holding)


def as_of(links: Iterable[Link], moment: datetime) -> tuple[Link, ...]:
    """Returns the links as this timeline knew them at a moment."""
    return tuple(
        Link(
            key=link.key,
            link_id=link.link_id,
            one=link.one,
            other=link.other,
            evidence=link.evidence,
            linked_by=link.linked_by,
            linked_at=link.linked_at,
            landed_at=link.landed_at,
            undone=link.undone if link.undone and link.undone.landed_at <= moment else None,
        )
        for link in links
        if link.landed_at <= moment
    )


def person(refs: Collection[CitizenRef], links: Sequence[Link]) -> frozenset[CitizenRef]:
    """Returns every reference of the person behind these references, by links that hold."""
    found = frozenset(refs)
    while True:
        wider = found.union(
            ref for link in links if {link.one.ref, link.other.ref} & found for ref in (link.one.ref, link.other.ref)
        )
        if wider == found:
            return found
        found = wider


def holds_two_bsns(references: Iterable[Reference]) -> bool:
    """Claims that these references stand for two people: two BSNs under one key version that differ."""
    versions = [reference.ref.key_version for reference in set(references) if reference.kind == RefKind.BSN]
    return len(versions) != len(set(versions))


def would_join_two_bsns(links: Iterable[Link], one: Reference, other: Reference) -> bool:
    """Claims that linking these two would bring different BSNs together, given every link around them."""
    holding = applied(links)
    kinds = {reference for link in holding for reference in (link.one, link.other)}
    together = person({one.ref, other.ref}, holding)
    return holds_two_bsns({reference for reference in kinds if reference.ref in together} | {one, other})
