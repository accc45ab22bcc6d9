"""What the address book does with a question: find, list, reveal. Each answer leaves a line in the access log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from address_book.domain.masking import masked
from address_book.domain.points import HeardPoint, KeptPoint, as_they_stand
from address_book.handlers.secrets import Secrets
from address_book.ports import AccessLine, AccessLog, ContactPoints
from contact_events.citizen_ref import CitizenRef
from contact_events.purposes import Opening, Purpose, PurposeRefusal, Purposes


class Looker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which purpose, in which trace."""

    seen_by: str
    roles: tuple[str, ...] = ()
    organisation_name: str | None = None
    purpose: str
    trace_id: str | None = None
    span_id: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A contact point as somebody may see it: masked, or in full after a reveal."""

    kept: KeptPoint
    text: str


class Desk(msgspec.Struct, frozen=True):
    """What answering a question takes, inside one transaction of the caller."""

    points: ContactPoints
    log: AccessLog
    purposes: Purposes
    secrets: Secrets


async def list_masked(desk: Desk, citizen: CitizenRef, looker: Looker, now: datetime) -> list[Shown] | PurposeRefusal:
    """Returns the contact points of a person, all linked references together, masked."""
    purpose = desk.purposes.allowed(looker.purpose, looker.roles, Opening.CONTACT_POINTS)
    if isinstance(purpose, PurposeRefusal):
        return purpose
    person = await desk.points.linked_to(citizen)
    heard = await desk.points.of_citizens(person)
    facts = await desk.points.facts_about({one.row.point for one in heard})
    # When a link proves wrong, each person still sees who looked.
    await desk.log.keep(_lines(person, looker, purpose, "contact_point_list", now))
    return [_masked(desk, kept) for kept in as_they_stand(heard, facts, person, now)]


async def find_citizens(
    desk: Desk, sought: Sequence[CitizenRef], looker: Looker, now: datetime
) -> Mapping[CitizenRef, list[Shown]] | PurposeRefusal:
    """Returns who this contact point was heard for, or whose own reference it is, masked.

    `sought` is the same identifier under every key version.
    """
    purpose = desk.purposes.allowed(looker.purpose, looker.roles, Opening.CONTACT_POINTS)
    if isinstance(purpose, PurposeRefusal):
        return purpose
    found_twice = [*await desk.points.holders_of(sought), *await desk.points.of_citizens(sought)]
    heard = {one.id: one for one in found_twice}.values()
    facts = await desk.points.facts_about({one.row.point for one in heard})
    found: dict[CitizenRef, list[Shown]] = {}
    for one in heard:
        [kept] = as_they_stand([one], facts, [one.row.citizen], now)
        found.setdefault(one.row.citizen, []).append(_masked(desk, kept))
    await desk.log.keep(_lines(found or sought[:1], looker, purpose, "search", now))
    return found


async def reveal(desk: Desk, contact_point: UUID, looker: Looker, now: datetime) -> Shown | PurposeRefusal | None:
    """Returns one contact point in full, when the purpose may reveal its kind; None when it is not kept, or not any more.

    The log line is kept in the same transaction.
    """
    purpose = desk.purposes.allowed(looker.purpose, looker.roles, Opening.CONTACT_POINTS)
    if isinstance(purpose, PurposeRefusal):
        return purpose
    heard = await desk.points.one(contact_point)
    if heard is None or heard.stored is None:
        return None
    if not purpose.reveals(heard.row.kind):
        return PurposeRefusal.NOT_FOR_THIS_PURPOSE
    person = await desk.points.linked_to(heard.row.citizen)
    facts = await desk.points.facts_about({heard.row.point})
    [kept] = as_they_stand([heard], facts, person, now)
    await desk.log.keep(_lines([heard.row.citizen], looker, purpose, "contact_point", now, contact_point))
    return Shown(kept=kept, text=_plain(desk, heard) or "")


def _masked(desk: Desk, kept: KeptPoint) -> Shown:
    return Shown(kept=kept, text=masked(kept.heard.row.kind, _plain(desk, kept.heard)))


def _plain(desk: Desk, heard: HeardPoint) -> str | None:
    return desk.secrets.storage.open(heard.stored, heard.row) if heard.stored else None


def _lines(
    citizens: Iterable[CitizenRef], looker: Looker, purpose: Purpose, what: str, now: datetime, contact_point: UUID | None = None
) -> list[AccessLine]:
    look_id = uuid4()
    return [
        AccessLine(
            look_id=look_id,
            citizen=citizen,
            seen_by=looker.seen_by,
            role=purpose.role_among(looker.roles),
            organisation_name=looker.organisation_name,
            purpose=purpose.code,
            legal_basis=purpose.legal_basis,
            what=what,
            seen_at=now,
            contact_point=contact_point,
            trace_id=looker.trace_id,
            span_id=looker.span_id,
        )
        for citizen in citizens
    ]
