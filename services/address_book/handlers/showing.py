"""What the address book does with a question: find, list, reveal. Each answer leaves a line in the access log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from address_book.domain.masking import masked
from address_book.domain.points import HeardPoint, KeptPoint, as_they_stand
from address_book.domain.purposes import Purpose, Purposes, Refusal
from address_book.handlers.secrets import Secrets
from address_book.ports import AccessLine, AccessLog, ContactPoints
from contact_events.citizen_ref import CitizenRef


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


async def list_masked(desk: Desk, citizen: CitizenRef, looker: Looker, now: datetime) -> list[Shown] | Refusal:
    """Returns the contact points of a person, all linked references together, masked."""
    purpose = desk.purposes.allowed(looker.purpose, looker.roles)
    if isinstance(purpose, Refusal):
        return purpose
    person = await desk.points.linked_to(citizen)
    heard = await desk.points.of_citizens(person)
    facts = await desk.points.facts_about({one.row.point for one in heard})
    # When a link proves wrong, each person still sees who looked.
    await desk.log.keep(_lines(person, looker, purpose, "contact_point_list", now))
    return [_masked(desk, kept) for kept in as_they_stand(heard, facts, person, now)]


async def find_citizens(
    desk: Desk, sought: Sequence[CitizenRef], looker: Looker, now: datetime
) -> Mapping[CitizenRef, list[Shown]] | Refusal:
    """Returns who this contact point was heard for, or whose own reference it is, masked.

    `sought` is the same identifier under every key version.
    """
    purpose = desk.purposes.allowed(looker.purpose, looker.roles)
    if isinstance(purpose, Refusal):
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


async def reveal(desk: Desk, contact_point: UUID, looker: Looker, now: datetime) -> Shown | Refusal:
    """Returns one contact point in full, when the purpose may reveal its kind. The log line is kept in the same transaction."""
    purpose = desk.purposes.allowed(looker.purpose, looker.roles)
    if isinstance(purpose, Refusal):
        return purpose
    heard = await desk.points.one(contact_point)
    if heard is None or heard.stored is None:
        return Refusal.NOT_KEPT
    if heard.row.kind not in purpose.may_reveal:
        return Refusal.KIND_NOT_FOR_PURPOSE
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
            role=next((role for role in looker.roles if role in purpose.roles), next(iter(looker.roles), None)),
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
