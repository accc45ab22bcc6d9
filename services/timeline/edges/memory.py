"""The memory twin of the timelines: the same port, the same suite, nothing outlives the process."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contact_events.citizen_ref import WEAK_KINDS, CitizenRef
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.erasure import erased_refs, erasure_of
from contact_events.facts import CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.seen import InformationSeen
from event_bus.records import Arrivals, Batch, Handled, Record, ToPark
from timeline.domain.entries import AMENDMENT_CLASSES, ENTRY_CLASSES, Amendment, Entry
from timeline.domain.landing import LINK_CLASSES, Arrived, Reason, landing_of, points_in
from timeline.domain.links import Link, Reference, Undo, applied, as_of, person, would_join_two_bsns
from timeline.domain.looking import SOURCE, UNTOLD_KIND, Looking, looking_of
from timeline.domain.timeline import View, page_of, visible_entries
from timeline.ports import AlreadyOne, AlreadyUndone, Candidate, Erased, Mark, NoSuchLink, TimelineRead, TwoBsns, Unavailable


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Kept:
    arrived: Arrived
    landed_at: datetime


class MemoryTimelines:
    """See the port. `is_available = False` plays a database that is away."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now, told: Callable[[], None] = lambda: None) -> None:
        self._now = now
        self._told = told
        self.is_available = True
        self._known: dict[UUID, _Kept] = {}
        self._lines: dict[tuple[CitizenRef, datetime, UUID], Event[InformationSeen]] = {}
        self._points: dict[tuple[Reference, Reference], datetime] = {}
        self._erased: dict[CitizenRef, datetime] = {}
        self._erased_entries: set[UUID] = set()
        self._heard: dict[str, datetime] = {}

    async def record_contacts(self, batch: Arrivals) -> Handled:
        """Keeps arrivals. May be called again with the same batch: repeats change nothing."""
        landing = landing_of(batch.records)
        now = self._now()
        fresh = []
        for arrived in landing.known.values():
            key = arrived.key
            known = self._known.get(key)
            if self._is_erased(arrived):
                landing.ignore(Reason.ERASED)
                self._mark_entries([arrived])
            elif known is None:
                self._known[key] = _Kept(arrived, now)
                fresh.append(arrived)
            elif known.arrived.digest == arrived.digest:
                landing.repeated += 1
            else:
                landing.other_content.append(arrived.place)
        remaining = [arrived for arrived in landing.points if not self._is_erased(arrived)]
        landing.ignore(Reason.ERASED, len(landing.points) - len(remaining))
        landing.points = remaining
        for arrived in (*fresh, *remaining):
            for pair in points_in([arrived]):
                self._points[pair] = max(arrived.event.logged_at, self._points.get(pair, arrived.event.logged_at))
        before = len(self._lines)
        self._log(arrived.event for arrived in landing.seen)
        kept = len(fresh) + len(remaining) + len(self._lines) - before
        landing.repeated += len(landing.seen) - (len(self._lines) - before)
        for source, heard_at in landing.heard().items():
            self._heard[source] = max(heard_at, self._heard.get(source, heard_at))
        for erasure in landing.erased:
            self._forget(erasure.event.data)
        kept += len(landing.erased)
        parked = [ToPark(batch.records[place], reason, detail) for place, reason, detail in landing.unreadable]
        parked += [ToPark(batch.records[place], Reason.SAME_ID_OTHER_CONTENT) for place in landing.other_content]
        parked.sort(key=lambda park: park.record.offset)
        if fresh:
            self._told()
        return Handled(kept=kept, repeated=landing.repeated, ignored=landing.ignored, parked=parked)

    async def page(self, refs: Sequence[CitizenRef], view: View, looking: Looking) -> TimelineRead:
        links = self._links()
        holding = applied(links if view.as_of is None else as_of(links, view.as_of))
        found = person(refs, holding)
        self._log(looking.lines(found))
        page = page_of(self._entries(found, view.as_of), view)
        anywhere = replace(view, channels=frozenset(), matters=frozenset())

        def is_shown(entry: Entry) -> bool:
            return bool(visible_entries([entry], anywhere))

        wants_more = view.before is None and view.as_of is None and not view.purpose.own
        return TimelineRead(page, tuple(sorted(found)), self._perhaps_also(found, is_shown) if wants_more else ())

    async def find(self, refs: Sequence[CitizenRef], *, weak: bool, looking: Looking) -> tuple[Candidate, ...]:
        seen_with = {citizen.ref for point, citizen in self._points if weak and point.ref in refs}
        holding = applied(self._links())
        people = {person({ref}, holding) for ref in (*refs, *seen_with)}
        found = []
        for members in people:
            entries = self._entries(members, None)
            if entries:
                references = (Reference(ref, self._kind(ref)) for ref in members)
                ordered = tuple(sorted(references, key=lambda each: (each.kind != "bsn", each.ref)))
                visible = visible_entries(entries, View(looking.purpose))
                last = max((entry.words.occurred_at for entry in visible), default=None)
                found.append(Candidate(ordered, not weak, last))
        self._log(looking.lines((*refs, *(reference.ref for each in found for reference in each.references))))
        return tuple(sorted(found, key=lambda each: str(each.last_contact_at), reverse=True))

    async def behind_receipt(self, first: UUID, last: UUID, view: View, looking: Looking) -> tuple[Entry, ...]:
        everybody = {kept.arrived.citizen for key, kept in self._known.items() if first <= key <= last}
        found = visible_entries((e for e in self._entries(everybody, None) if first <= e.key <= last), view)
        self._log(looking.lines(entry.citizen for entry in found))
        return found

    async def access_log(
        self, refs: Sequence[CitizenRef], *, before: tuple[datetime, UUID] | None, limit: int, looking: Looking
    ) -> tuple[tuple[UUID, Event[InformationSeen]], ...]:
        found = person(refs, applied(self._links()))
        lines = {(seen_at, looked): line for (ref, seen_at, looked), line in self._lines.items() if ref in found}
        self._log(looking.lines(refs))
        ordered = sorted((place for place in lines if before is None or place < before), reverse=True)
        return tuple((place[1], lines[place]) for place in ordered[: limit + 1])

    async def links(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Link, ...]:
        self._log(looking.lines(refs))
        links = self._links()
        around = person(refs, links)
        return tuple(link for link in links if link.one.ref in around)

    async def references(self, refs: Sequence[CitizenRef]) -> Mapping[CitizenRef, Reference]:
        self._must_answer()
        found = (Reference(ref, self._kind(ref)) for ref in refs)
        return {each.ref: each for each in found if each.kind != UNTOLD_KIND}

    async def link(self, event: Event[ReferencesLinked], looking: Looking) -> None:
        one, other = (Reference(each.citizen_ref, each.kind) for each in (event.data.citizen, event.data.other))
        links = self._links()
        if other.ref in person({one.ref}, applied(links)):
            raise AlreadyOne
        if would_join_two_bsns(links, one, other):
            raise TwoBsns
        self._log(looking.lines((one.ref, other.ref)))
        await self._keep(event)

    async def link_by_id(self, link_id: str) -> Link:
        for link in self._links():
            if link.link_id == link_id:
                return link
        raise NoSuchLink

    async def undo(self, event: Event[ReferencesUnlinked], looking: Looking) -> None:
        link = await self.link_by_id(event.data.link_id)
        if link.undone is not None:
            raise AlreadyUndone
        self._log(looking.lines((link.one.ref, link.other.ref)))
        await self._keep(event)

    async def erase(
        self, refs: Sequence[CitizenRef], ground: str, looking: Looking, *, erased_at: datetime | None = None
    ) -> Erased:
        erased = frozenset(refs) if erased_at is not None else person(refs, applied(self._links()))
        perhaps = self._perhaps_also(erased, lambda _: True)
        said = erasure_of(erased, kind=UNTOLD_KIND, erased_at=erased_at or looking.at, ground=ground, source=SOURCE)
        self._log(looking.lines(erased))
        await self._keep(said)
        return Erased(said, looking.at, perhaps)

    async def heard(self) -> Mapping[str, datetime]:
        self._must_answer()
        return dict(self._heard)

    async def begin_live(self, refs: Sequence[CitizenRef], looking: Looking) -> tuple[Mark, tuple[CitizenRef, ...]]:
        found = person(refs, applied(self._links()))
        self._log(looking.lines(found))
        return Mark(self._now()), tuple(sorted(found))

    async def changed_since(self, refs: Sequence[CitizenRef], mark: Mark, view: View) -> tuple[tuple[Entry, ...], Mark]:
        self._must_answer()
        found = self._entries(person(refs, applied(self._links())), None)
        changed = sorted((e for e in found if e.changed_at >= mark.changed_at), key=lambda e: (e.changed_at, e.key))
        visible = visible_entries(changed, replace(view, before=None))
        return visible, Mark(max((entry.changed_at for entry in visible), default=mark.changed_at))

    async def _keep(self, event: Event[Any]) -> None:
        await self.record_contacts(Batch("http", 0, [Record("http", 0, 0, event.citizen.value, write_event(event))]))

    def _must_answer(self) -> None:
        if not self.is_available:
            raise Unavailable

    def _log(self, lines: Iterable[Event[InformationSeen]]) -> None:
        self._must_answer()
        for line in lines:
            self._lines.setdefault((line.citizen, line.data.seen_at, looking_of(line)), line)

    def _is_erased(self, arrived: Arrived) -> bool:
        erased_at = self._erased.get(arrived.citizen)
        return (erased_at is not None and arrived.event.logged_at <= erased_at) or self._amends_an_erased(arrived)

    def _amends_an_erased(self, arrived: Arrived) -> bool:
        """What an amendment is about may lie under another reference than its own."""
        is_amendment = isinstance(arrived.event.data, AMENDMENT_CLASSES)
        return is_amendment and Amendment(arrived.event, arrived.event.logged_at).target in self._erased_entries

    def _links_an_erased(self, arrived: Arrived) -> bool:
        """A link is forgotten with either of its ends."""
        data = arrived.event.data
        erased_at = self._erased.get(data.other.citizen_ref) if isinstance(data, LINK_CLASSES) else None
        return erased_at is not None and arrived.event.logged_at <= erased_at

    def _mark_entries(self, erased: Iterable[Arrived]) -> None:
        """Marks those of these events that are entries, and forgets what waited to amend them."""
        self._erased_entries.update(arrived.key for arrived in erased if isinstance(arrived.event.data, ENTRY_CLASSES))
        self._known = {key: kept for key, kept in self._known.items() if not self._amends_an_erased(kept.arrived)}

    def _forget(self, said: CitizenErased) -> None:
        refs = erased_refs(said)
        for ref in refs:
            self._erased[ref] = max(said.erased_at, self._erased.get(ref, said.erased_at))
        self._mark_entries([kept.arrived for kept in self._known.values() if self._is_erased(kept.arrived)])
        self._known = {
            key: kept
            for key, kept in self._known.items()
            if not self._is_erased(kept.arrived) and not self._links_an_erased(kept.arrived)
        }
        self._points = {
            pair: at for pair, at in self._points.items() if pair[1].ref not in refs or at > self._erased[pair[1].ref]
        }

    def _entries(self, refs: Iterable[CitizenRef], moment: datetime | None) -> list[Entry]:
        wanted = set(refs)
        kept = [each for each in self._known.values() if moment is None or each.landed_at <= moment]
        amendments: dict[UUID, list[Amendment]] = {}
        for each in kept:
            if isinstance(each.arrived.event.data, AMENDMENT_CLASSES):
                amendment = Amendment(each.arrived.event, each.landed_at)
                amendments.setdefault(amendment.target, []).append(amendment)
        return [
            Entry.assembled(each.arrived.event, each.landed_at, amendments.get(each.arrived.key, ()))
            for each in kept
            if each.arrived.citizen in wanted and isinstance(each.arrived.event.data, ENTRY_CLASSES)
        ]

    def _links(self) -> tuple[Link, ...]:
        undone: dict[str, Undo] = {}
        made: list[tuple[Event[ReferencesLinked], datetime]] = []
        for each in self._known.values():
            event, data = each.arrived.event, each.arrived.event.data
            if self._links_an_erased(each.arrived):
                continue
            if isinstance(data, ReferencesLinked):
                made.append((event, each.landed_at))
            elif isinstance(data, ReferencesUnlinked):
                undo = Undo(event.key, data.reason, data.unlinked_by, data.unlinked_at, each.landed_at)
                undone[data.link_id] = min(undone.get(data.link_id, undo), undo, key=lambda each: each.landed_at)
        links = [
            Link(
                key=event.key,
                link_id=event.data.link_id,
                one=Reference(event.data.citizen.citizen_ref, event.data.citizen.kind),
                other=Reference(event.data.other.citizen_ref, event.data.other.kind),
                evidence=event.data.evidence,
                linked_by=event.data.linked_by,
                linked_at=event.data.linked_at,
                landed_at=landed_at,
                undone=undone.get(event.data.link_id),
            )
            for event, landed_at in made
        ]
        return tuple(sorted(links, key=lambda link: (link.linked_at, link.key)))

    def _perhaps_also(self, refs: frozenset[CitizenRef], is_shown: Callable[[Entry], bool]) -> tuple[Reference, ...]:
        found = {
            point
            for point, citizen in self._points
            if citizen.ref in refs and point.ref not in refs and point.kind in WEAK_KINDS
            if any(is_shown(entry) for entry in self._entries([point.ref], None))
        }
        return tuple(sorted(found))

    def _kind(self, ref: CitizenRef) -> str:
        for kept in self._known.values():
            data = kept.arrived.event.data
            for citizen in (data.citizen, getattr(data, "other", None)):
                if citizen is not None and citizen.ref == ref.text:
                    return str(citizen.kind)
        return UNTOLD_KIND
