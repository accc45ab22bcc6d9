"""Folds rows into facts. The order in which they came never matters: the newest by when it happened wins."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from channel_router.domain.facts import Address, ChannelHealth, CitizenFacts, Contact, Mandate
from channel_router.domain.learned import ContactAmended, ContactLearned, Learned, LinkSaid
from contact_events.citizen_ref import Assurance, CitizenRef
from contact_events.facts import (
    AddressBounced,
    AddressVerified,
    CircumstanceEnded,
    CircumstanceRecorded,
    ContactWishSet,
    ContactWishWithdrawn,
    MandateEnded,
    MandateGranted,
)

_RANK = {assurance.value: assurance.rank for assurance in Assurance}


def facts_of(
    rows: Iterable[Learned],
    outreaches: Iterable[datetime] = (),
    health: Mapping[str, ChannelHealth] | None = None,
    linked_to: frozenset[CitizenRef] = frozenset(),
) -> CitizenFacts:
    """Returns the facts in the rows of one person, under whatever references they came."""
    ordered = sorted(rows, key=lambda row: (row.at, row.event_key))
    amendments: dict[UUID, list[ContactAmended]] = {}
    for row in ordered:
        if isinstance(row.body, ContactAmended):
            amendments.setdefault(row.body.amends, []).append(row.body)
    contacts: list[tuple[datetime, ContactLearned]] = []
    for row in ordered:
        if isinstance(row.body, ContactLearned):
            amended = _amended(row.at, row.body, amendments.get(row.event_key, ()))
            if amended is not None:
                contacts.append(amended)
    contacts.sort(key=lambda pair: pair[0], reverse=True)
    kinds = {body.kind for _, body in contacts}
    kinds.update(row.body.citizen.kind for row in ordered if not isinstance(row.body, ContactLearned | ContactAmended | LinkSaid))
    return CitizenFacts(
        kinds=frozenset(kinds),
        wishes=_wishes(ordered),
        addresses=_addresses(contacts, ordered),
        contacts=tuple(
            Contact(body.channel, at, body.reached, body.inbound, body.signed_in, body.language)
            for at, body in contacts
            if body.reached is not None
        ),
        mandates=_mandates(ordered),
        circumstances=_circumstances(ordered),
        outreaches=tuple(sorted(outreaches)),
        health=health if health is not None else {},
        linked_to=linked_to,
    )


def _amended(at: datetime, body: ContactLearned, amendments: Sequence[ContactAmended]) -> tuple[datetime, ContactLearned] | None:
    reached, language = body.reached, body.language
    for amendment in amendments:
        if amendment.withdrawn:
            return None
        reached = amendment.reached if amendment.reached is not None else reached
        language = amendment.language or language
        at = amendment.occurred_at or at
    if reached is body.reached and language is body.language:
        return at, body
    return at, ContactLearned(
        body.channel, body.kind, reached, body.inbound, body.signed_in, language, body.addresses, body.failed, body.bounced
    )


def _wishes(ordered: Sequence[Learned]) -> tuple[ContactWishSet, ...]:
    newest: dict[str | None, ContactWishSet | ContactWishWithdrawn] = {}
    for row in ordered:
        if isinstance(row.body, ContactWishSet | ContactWishWithdrawn):
            newest[row.body.matter] = row.body
    return tuple(wish for wish in newest.values() if isinstance(wish, ContactWishSet))


class _Point:
    """What is gathered about one contact point."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.assurance = Assurance.CLAIMED.value
        self.seen_at: datetime | None = None
        self.verified_at: datetime | None = None
        self.bounced_at: datetime | None = None
        self.refused_at: datetime | None = None


def _addresses(contacts: Sequence[tuple[datetime, ContactLearned]], ordered: Sequence[Learned]) -> tuple[Address, ...]:
    points: dict[str, _Point] = {}
    for at, body in contacts:
        for seen in body.addresses:
            point = points.setdefault(seen.contact_point, _Point(seen.kind))
            point.seen_at = _latest(point.seen_at, at)
            if _RANK.get(seen.assurance, 0) > _RANK.get(point.assurance, 0):
                point.assurance = seen.assurance
    for row in ordered:
        match row.body:
            case AddressVerified(contact_point=ref, kind=kind):
                point = points.setdefault(ref, _Point(kind))
                point.verified_at = _latest(point.verified_at, row.at)
            case AddressBounced(contact_point=ref, kind=kind, for_good=True):
                point = points.setdefault(ref, _Point(kind))
                point.bounced_at = _latest(point.bounced_at, row.at)
            case AddressBounced(contact_point=ref, kind=kind):
                point = points.setdefault(ref, _Point(kind))
                point.refused_at = _latest(point.refused_at, row.at)
            case _:
                continue
    for at, body in contacts:
        if body.bounced is not None:
            point = points.setdefault(body.bounced.contact_point, _Point(body.bounced.kind))
            point.bounced_at = _latest(point.bounced_at, at)
    return tuple(
        Address(ref, point.kind, point.assurance, point.seen_at, point.verified_at, point.bounced_at, point.refused_at)
        for ref, point in sorted(points.items())
    )


def _mandates(ordered: Sequence[Learned]) -> tuple[Mandate, ...]:
    """An ended mandate stays ended, whatever comes in later under its id. Each organisation numbers its own mandates."""
    granted: dict[tuple[str, str], MandateGranted] = {}
    ended: dict[tuple[str, str], datetime] = {}
    for row in ordered:
        match row.body:
            case MandateGranted(organisation=organisation, mandate_id=mandate_id) as said:
                granted[organisation, mandate_id] = said
            case MandateEnded(organisation=organisation, mandate_id=mandate_id):
                ended.setdefault((organisation, mandate_id), row.at)
            case _:
                continue
    return tuple(
        Mandate(
            said.organisation,
            said.organisation_name,
            said.valid_from,
            min(said.valid_until, ended.get(numbered, said.valid_until)),
            said.matters,
        )
        for numbered, said in sorted(granted.items(), key=lambda pair: pair[0][::-1])
    )


def _circumstances(ordered: Sequence[Learned]) -> frozenset[str]:
    holds: dict[str, bool] = {}
    for row in ordered:
        if isinstance(row.body, CircumstanceRecorded | CircumstanceEnded):
            holds[row.body.circumstance] = isinstance(row.body, CircumstanceRecorded)
    return frozenset(circumstance for circumstance, held in holds.items() if held)


def _latest(known: datetime | None, moment: datetime) -> datetime:
    return moment if known is None or moment > known else known


def linked_pairs(rows: Iterable[Learned]) -> set[tuple[CitizenRef, CitizenRef]]:
    """Returns the pairs of references that are linked now: per link, what was said last."""
    newest: dict[str, LinkSaid] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.event_key)):
        if isinstance(row.body, LinkSaid):
            newest[row.body.link_id] = row.body
    return {(link.one, link.other) for link in newest.values() if link.linked}


def same_person(citizens: Collection[UUID], pairs: Iterable[tuple[CitizenRef, CitizenRef]]) -> dict[UUID, frozenset[CitizenRef]]:
    """Returns for each citizen the other references that are the same person."""
    neighbours: dict[UUID, set[UUID]] = {}
    refs: dict[UUID, CitizenRef] = {}
    for one, other in pairs:
        neighbours.setdefault(one.uuid, set()).add(other.uuid)
        neighbours.setdefault(other.uuid, set()).add(one.uuid)
        refs |= {one.uuid: one, other.uuid: other}
    return {citizen: frozenset(refs[ref] for ref in _reachable(citizen, neighbours) - {citizen}) for citizen in citizens}


def _reachable(start: UUID, neighbours: Mapping[UUID, Collection[UUID]]) -> frozenset[UUID]:
    found, waiting = {start}, [start]
    while waiting:
        for next_one in neighbours.get(waiting.pop(), ()):
            if next_one not in found:
                found.add(next_one)
                waiting.append(next_one)
    return frozenset(found)
