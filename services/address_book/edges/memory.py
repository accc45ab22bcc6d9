"""The memory twins: the same duties as PostgreSQL, for tests of what happens around them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from address_book.domain.changes import Change, Erasure, Hearing, Link, Unlink, Withdrawal
from address_book.domain.points import AddressFact, HeardPoint, contact_point_id
from address_book.domain.storage import Row, StoredText
from address_book.ports import AccessLine, Claimed
from contact_events.citizen_ref import CitizenRef

_MOST = 500


class MemoryContactPoints:
    """Contact points in dictionaries."""

    def __init__(self) -> None:
        self._known: dict[UUID, bytes] = {}
        self._texts: dict[Row, StoredText | None] = {}
        self._hearings: dict[tuple[Row, UUID], Hearing] = {}
        self._withdrawn: set[Withdrawal] = set()
        self._facts: dict[UUID, AddressFact] = {}
        self._links: dict[str, Link] = {}
        self._unlinked: set[str] = set()
        self._erased: dict[bytes, datetime] = {}

    async def take_turn(self, *, erasing: bool) -> None:
        """One thread of thought: there is nobody to wait for."""

    async def erased_at(self, citizens: Collection[CitizenRef]) -> Mapping[CitizenRef, datetime]:
        return {ref: self._erased[ref.value] for ref in citizens if ref.value in self._erased}

    async def claim(self, digests: Mapping[UUID, bytes]) -> Mapping[UUID, Claimed]:
        claimed = {}
        for key, digest in digests.items():
            is_new = key not in self._known
            claimed[key] = Claimed(self._known.setdefault(key, digest), is_new)
        return claimed

    async def kept_texts(self, pairs: Collection[tuple[CitizenRef, CitizenRef]]) -> set[tuple[CitizenRef, CitizenRef]]:
        return {(row.citizen, row.point) for row, text in self._texts.items() if text and (row.citizen, row.point) in pairs}

    async def keep(self, changes: Sequence[Change]) -> None:
        for change in changes:
            match change:
                case Erasure(refs=refs, erased_at=at):
                    for ref in refs:
                        self._erased[ref.value] = max(at, self._erased.get(ref.value, at))
                case Hearing(row=row):
                    self._texts[row] = self._texts.get(row) or change.stored
                    self._hearings.setdefault((row, change.event_key), change)
                case Withdrawal():
                    self._withdrawn.add(change)
                case AddressFact():
                    self._facts.setdefault(change.event_key, change)
                case Link():
                    self._links.setdefault(change.link_id, change)
                case Unlink():
                    self._unlinked.add(change.link_id)
        self._forget()

    async def linked_to(self, citizen: CitizenRef) -> tuple[CitizenRef, ...]:
        person = [citizen]
        for ref in person:
            for link in self._links.values():
                if link.link_id not in self._unlinked and ref in (link.citizen, link.other):
                    person += [one for one in (link.citizen, link.other) if one not in person]
        return tuple(person)

    async def of_citizens(self, citizens: Collection[CitizenRef]) -> list[HeardPoint]:
        return [point for point in self._heard() if point.row.citizen in citizens][:_MOST]

    async def facts_about(self, points: Collection[CitizenRef]) -> list[AddressFact]:
        return [fact for fact in self._facts.values() if fact.point in points]

    async def holders_of(self, points: Collection[CitizenRef]) -> list[HeardPoint]:
        return [point for point in self._heard() if point.row.point in points][:_MOST]

    async def one(self, contact_point: UUID) -> HeardPoint | None:
        return next((point for point in self._heard() if point.id == contact_point), None)

    def _heard(self) -> list[HeardPoint]:
        heard = []
        for row, stored in self._texts.items():
            hearings = sorted(
                (one for (where, _), one in self._hearings.items() if where == row),
                key=lambda one: (one.occurred_at, one.event_key),
            )
            heard.append(
                HeardPoint(
                    row=row,
                    stored=stored,
                    first_seen=hearings[0].occurred_at,
                    last_seen=hearings[-1].occurred_at,
                    times_heard=len(hearings),
                    assurances=tuple(sorted({one.assurance for one in hearings})),
                    source=hearings[-1].source,
                    event_id=hearings[-1].event_id,
                )
            )
        return sorted(
            heard, key=lambda point: (-point.last_seen.timestamp(), contact_point_id(point.row.citizen, point.row.point))
        )

    def _is_forgotten(self, ref: CitizenRef, logged_at: datetime) -> bool:
        return ref.value in self._erased and logged_at <= self._erased[ref.value]

    def _forget(self) -> None:
        self._hearings = {
            place: one
            for place, one in self._hearings.items()
            if not self._is_forgotten(one.row.citizen, one.logged_at)
            and Withdrawal(event_key=one.event_key, citizen=one.row.citizen) not in self._withdrawn
        }
        self._texts = {row: text for row, text in self._texts.items() if any(row == where for where, _ in self._hearings)}
        self._facts = {key: one for key, one in self._facts.items() if not self._is_forgotten(one.citizen, one.logged_at)}
        self._links = {
            key: one
            for key, one in self._links.items()
            if not any(self._is_forgotten(ref, one.logged_at) for ref in (one.citizen, one.other))
        }


class MemoryAccessLog:
    """The access log in a list."""

    def __init__(self) -> None:
        self.lines: list[AccessLine] = []

    async def keep(self, lines: Sequence[AccessLine]) -> None:
        self.lines += lines
