"""What the timeline does for who asks: check the purpose, look, link, undo, follow. Refusals are values."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contact_events.citizen_ref import Assurance, CitizenRef, PseudonymKeys, RefKind
from contact_events.envelope import Event
from contact_events.facts import ReferencesLinked, ReferencesUnlinked
from contact_events.purposes import Opening, Purpose, PurposeRefusal, Purposes
from contact_events.words import CitizenReference
from timeline.domain.entries import Entry
from timeline.domain.links import Reference
from timeline.domain.looking import SOURCE, Looking
from timeline.domain.sources import ExpectedSource, SourceReport, SourceState, source_reports
from timeline.domain.timeline import View
from timeline.ports import AlreadyOne, AlreadyUndone, Candidate, Changes, Mark, NoSuchLink, TimelineRead, Timelines, TwoBsns


class Refusal(StrEnum):
    """Why references are not linked, or a link is not undone."""

    UNKNOWN_REFERENCE = "unknown_reference"
    SAME_REFERENCE = "same_reference"
    TWO_BSNS = "two_bsns"
    ALREADY_ONE = "already_one"
    NO_SUCH_LINK = "no_such_link"
    ALREADY_UNDONE = "already_undone"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the token says. `is_citizen` is somebody who reads the own timeline."""

    name: str
    roles: frozenset[str] = frozenset()
    organisation_name: str | None = None
    is_citizen: bool = False


def purpose_for(
    purposes: Purposes, code: str | None, caller: Caller, opening: Opening = Opening.TIMELINE
) -> Purpose | PurposeRefusal:
    """Returns the purpose for which a caller may look at a timeline, or do what it opens; a citizen has one only."""
    return purposes.own if caller.is_citizen else purposes.allowed(code or "", caller.roles, opening)


def looking_for(
    caller: Caller, purpose: Purpose, what: str, *, at: datetime, looking_id: UUID, trace: tuple[str, str] | None = None
) -> Looking:
    """Returns one time of looking. A citizen is not named in the own log."""
    return Looking(
        id=looking_id,
        seen_by="inwoner" if caller.is_citizen else caller.name[:200],
        purpose=purpose,
        what=what,
        at=at,
        role=purpose.role_among(caller.roles),
        organisation_name=caller.organisation_name[:200] if caller.organisation_name else None,
        trace_id=trace[0] if trace else None,
        span_id=trace[1] if trace else None,
    )


async def read_timeline(
    timelines: Timelines, expected: tuple[ExpectedSource, ...], refs: Sequence[CitizenRef], view: View, looking: Looking
) -> tuple[TimelineRead, tuple[SourceReport, ...]]:
    """Returns a page, and the sources that were late or silent: what may be missing from it."""
    read = await timelines.page(refs, view, looking)
    reports = source_reports(expected, await timelines.heard(), looking.at)
    return read, tuple(report for report in reports if report.state is not SourceState.ON_TIME)


def refs_behind(keys: PseudonymKeys, kind: RefKind | None, text: str) -> tuple[CitizenRef, ...]:
    """Returns the references an identifier can have, or a reference given as such. Raises NotAnIdentifier."""
    if kind is None:
        return (CitizenRef.from_text(text),)
    return keys.refs(kind, text)


async def find_citizens(
    timelines: Timelines, refs: Sequence[CitizenRef], *, weak: bool, looking: Looking, new_id: Callable[[], UUID]
) -> tuple[Candidate, ...]:
    """Returns whom the references of one identifier may mean.

    One BSN under two pseudonym keys is one person: the search that finds both links them, for every reader (decision 10).
    """
    found = await timelines.find(refs, weak=weak, looking=looking)
    if weak or len(found) < 2:
        return found
    same = [reference for each in found for reference in each.references if reference.ref in refs]
    for other in same[1:]:
        linking = replace(looking, id=new_id(), what="link")
        try:
            await timelines.link(_same_identifier(same[0], other, linking), linking)
        except AlreadyOne:
            continue
        except TwoBsns:
            return found
    references = tuple(reference for each in found for reference in each.references)
    last = max((each.last_contact_at for each in found if each.last_contact_at), default=None)
    return (Candidate(references, certain=True, last_contact_at=last),)


def _same_identifier(one: Reference, other: Reference, linking: Looking) -> Event[ReferencesLinked]:
    """Returns the link of two references of one identifier. Its id follows from them, so they are linked once."""
    link_id = hashlib.sha256(f"{one.ref.text} {other.ref.text}".encode()).hexdigest()[:32]
    link = ReferencesLinked(
        link_id=link_id,
        citizen=_said(one),
        other=_said(other),
        evidence=f"One {one.kind}, under pseudonym keys {one.ref.key_version} and {other.ref.key_version}.",
        linked_by="Plein",
        linked_at=linking.at,
    )
    return Event(id=f"{link_id}.linked", source=SOURCE, logged_at=linking.at, data=link)


async def link_references(
    timelines: Timelines, one: CitizenRef, other: CitizenRef, evidence: str, looking: Looking
) -> ReferencesLinked | Refusal:
    """Links two references that are known here. Kinds come from what was kept, never from who asks."""
    if one == other:
        return Refusal.SAME_REFERENCE
    known = await timelines.references((one, other))
    if len(known) < 2:
        return Refusal.UNKNOWN_REFERENCE
    link = ReferencesLinked(
        link_id=str(looking.id),
        citizen=_said(known[one]),
        other=_said(known[other]),
        evidence=evidence,
        linked_by=looking.seen_by,
        linked_at=looking.at,
    )
    try:
        await timelines.link(Event(id=f"{looking.id}.linked", source=SOURCE, logged_at=looking.at, data=link), looking)
    except TwoBsns:
        return Refusal.TWO_BSNS
    except AlreadyOne:
        return Refusal.ALREADY_ONE
    return link


async def undo_link(timelines: Timelines, link_id: str, reason: str, looking: Looking) -> ReferencesUnlinked | Refusal:
    """Undoes a link; the history of both stays. The event's id follows from the link, so a link is undone once."""
    try:
        link = await timelines.link_by_id(link_id)
        undoing = ReferencesUnlinked(
            link_id=link_id,
            citizen=_said(link.one),
            other=_said(link.other),
            reason=reason,
            unlinked_by=looking.seen_by,
            unlinked_at=looking.at,
        )
        event_id = f"{hashlib.sha256(link_id.encode()).hexdigest()[:32]}.unlinked"
        await timelines.undo(Event(id=event_id, source=SOURCE, logged_at=looking.at, data=undoing), looking)
    except NoSuchLink:
        return Refusal.NO_SUCH_LINK
    except AlreadyUndone:
        return Refusal.ALREADY_UNDONE
    return undoing


def _said(reference: Reference) -> CitizenReference:
    return CitizenReference(ref=reference.ref.text, kind=reference.kind, assurance=Assurance.NONE)


async def follow_timeline(
    timelines: Timelines,
    changes: Changes,
    refs: Sequence[CitizenRef],
    view: View,
    looking: Looking,
    *,
    since: Mark | None,
    heartbeat_s: float,
) -> AsyncIterator[Entry | None]:
    """Yields visible entries as they are kept or amended, None as a heartbeat. Logged once, before the first of them.

    A first None says that the subscription stands.
    """
    start, followed = await timelines.begin_live(refs, looking)
    mark, person = since or start, frozenset(followed)
    sent: dict[tuple[UUID, datetime], None] = {}
    yield None
    async for change in changes.follow(heartbeat_s=heartbeat_s):
        if change is None:
            yield None
            continue
        if not change.concerns(person):
            continue
        entries, mark = await timelines.changed_since(refs, mark, view)
        for entry in entries:
            if (entry.key, entry.changed_at) not in sent:
                sent[entry.key, entry.changed_at] = None
                yield entry
        person |= {entry.citizen for entry in entries}
        _forget_oldest(sent)


def _forget_oldest(sent: dict[tuple[UUID, datetime], None], most: int = 2_000) -> None:
    while len(sent) > most:
        del sent[next(iter(sent))]


def own_refs(keys: PseudonymKeys, bsn: str) -> tuple[CitizenRef, ...]:
    """Returns the references of the citizen a token names. Raises NotAnIdentifier for a BSN that cannot be one."""
    return keys.refs(RefKind.BSN, bsn)
