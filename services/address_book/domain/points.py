"""What is kept of a contact point: whose it is, who said so, when, and whether it works."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from address_book.domain.storage import Row, StoredText
from contact_events.citizen_ref import Assurance, CitizenRef

CURRENT_FOR = timedelta(days=730)


def contact_point_id(citizen: CitizenRef, point: CitizenRef) -> UUID:
    """Returns the public id of a citizen's contact point: the same after every replay."""
    return UUID(bytes=hashlib.sha256(b"contact point\x00" + citizen.value + point.value).digest()[:16])


class HeardPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A contact point and all its hearings that still count. `source` and `event_id` are of the last hearing."""

    row: Row
    stored: StoredText | None
    first_seen: datetime
    last_seen: datetime
    times_heard: int
    assurances: tuple[str, ...]
    source: str
    event_id: str

    @property
    def id(self) -> UUID:
        return contact_point_id(self.row.citizen, self.row.point)


class AddressFact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact point was verified for a citizen, or something sent to it came back."""

    event_key: UUID
    citizen: CitizenRef
    point: CitizenRef
    what: Literal["verified", "bounced"]
    at: datetime
    how: str
    for_good: bool = True
    logged_at: datetime


class KeptPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A contact point as it stands now."""

    heard: HeardPoint
    assurance: str
    is_current: bool
    verified_at: datetime | None
    verified_how: str | None
    bounced_at: datetime | None
    bounce_reason: str | None


def as_they_stand(
    heard: Sequence[HeardPoint], facts: Sequence[AddressFact], citizens: Iterable[CitizenRef], now: datetime
) -> list[KeptPoint]:
    """Returns the contact points of one person, current ones first, then the last heard first.

    `citizens` are the references of that person: a verification counts for them only, a bounce for everybody with the point.
    A point is current until it bounced for good, unless it was heard or verified again since; one not heard for two years
    gives way to a newer one of its kind.
    """
    person = {ref.value for ref in citizens}
    kept = [_standing(one, facts, person) for one in heard]
    newest: dict[str, datetime] = {}
    for point in kept:
        if point.is_current:
            kind, seen = point.heard.row.kind, _alive_at(point)
            newest[kind] = max(newest.get(kind, seen), seen)
    settled = [
        msgspec.structs.replace(point, is_current=False)
        if point.is_current and now - _alive_at(point) > CURRENT_FOR and _alive_at(point) < newest[point.heard.row.kind]
        else point
        for point in kept
    ]
    return sorted(settled, key=lambda point: (not point.is_current, -point.heard.last_seen.timestamp(), point.heard.id))


def highest(assurances: Iterable[str]) -> str:
    """Returns the surest of these words; a word that is not known counts as none."""
    return max(
        assurances, key=lambda word: (Assurance(word).rank if word in set(Assurance) else -1, word), default=Assurance.NONE
    )


def _standing(heard: HeardPoint, facts: Sequence[AddressFact], person: set[bytes]) -> KeptPoint:
    mine = [fact for fact in facts if fact.point.value == heard.row.point.value]
    verified = max((fact for fact in mine if fact.what == "verified" and fact.citizen.value in person), key=_moment, default=None)
    bounced = max((fact for fact in mine if fact.what == "bounced"), key=_moment, default=None)
    gone = max((fact for fact in mine if fact.what == "bounced" and fact.for_good), key=_moment, default=None)
    alive = max(heard.last_seen, verified.at) if verified else heard.last_seen
    return KeptPoint(
        heard=heard,
        assurance=highest(heard.assurances),
        is_current=gone is None or gone.at < alive,
        verified_at=verified.at if verified else None,
        verified_how=verified.how if verified else None,
        bounced_at=bounced.at if bounced else None,
        bounce_reason=bounced.how if bounced else None,
    )


def _moment(fact: AddressFact) -> tuple[datetime, UUID]:
    return fact.at, fact.event_key


def _alive_at(point: KeptPoint) -> datetime:
    return max(point.heard.last_seen, point.verified_at) if point.verified_at else point.heard.last_seen
