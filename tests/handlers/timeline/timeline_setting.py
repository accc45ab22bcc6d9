"""What tests of the timeline stand on: a purpose that shows everything, one that shows little, a twin that hears events."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from builders import MONDAY_10H, a_citizen, a_ref, an_event
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.interactions import CorrectedFields, InteractionCorrected, InteractionWithdrawn
from contact_events.purposes import Purpose
from event_bus.records import Batch, Handled, Record
from timeline.domain.entries import Entry
from timeline.domain.looking import Looking
from timeline.domain.timeline import View
from timeline.ports import TimelineRead, Timelines


def _purpose(code: str, **opens: Any) -> Purpose:
    return Purpose(code=code, nl=code, en=code, legal_basis="AVG 6.1.e", **opens)


EVERYTHING = _purpose("alles", every_matter=True, confidential=True, roles=frozenset({"agent"}))
PASSPORTS = _purpose("balie", matters=frozenset({"paspoort"}), roles=frozenset({"counter"}))
OWN = _purpose("eigen", every_matter=True, confidential=True, own=True)
SHE = a_ref()


@dataclass
class Twin:
    """One of the twins: what it heard, and what it shows."""

    timelines: Timelines
    record: Callable[[Batch], Awaitable[Handled]]
    offset: int = 0

    async def hear(self, *events: Event[Any] | bytes, topic: str = "interactions") -> Handled:
        """Lets one batch land."""
        raws = [event if isinstance(event, bytes) else write_event(event) for event in events]
        records = [Record(topic, 0, self.offset + place, None, raw) for place, raw in enumerate(raws)]
        self.offset += len(records)
        return await self.record(Batch(topic, 0, records))

    async def read(self, ref: Any = SHE, purpose: Purpose = EVERYTHING, **asked: Any) -> TimelineRead:
        return await self.timelines.page((ref,), View(purpose, **asked), a_look(purpose))

    async def entries(self, ref: Any = SHE, purpose: Purpose = EVERYTHING, **asked: Any) -> Sequence[Entry]:
        return (await self.read(ref, purpose, **asked)).page.entries

    async def ids(self, ref: Any = SHE, purpose: Purpose = EVERYTHING, **asked: Any) -> list[str]:
        return [entry.event.id for entry in await self.entries(ref, purpose, **asked)]


def a_look(
    purpose: Purpose = EVERYTHING,
    *,
    what: str = "timeline",
    by: str = "Anouk",
    at: datetime = MONDAY_10H,
    look_id: UUID | None = None,
) -> Looking:
    return Looking(id=look_id or uuid4(), seen_by=by, purpose=purpose, what=what, at=at, role="agent")


def a_correction(of: Event[Any], *, event_id: str, at: datetime = MONDAY_10H, citizen: Any = None, **fields: Any) -> Event[Any]:
    data = InteractionCorrected(
        citizen=citizen or a_citizen(),
        corrects=of.ref,
        corrected=CorrectedFields(**fields),
        reason="verkeerd ingevuld",
        corrected_by="Anouk",
        recorded_at=at,
    )
    return an_event(data, event_id=event_id, logged_at=at)


def a_withdrawal(of: Event[Any], *, event_id: str, at: datetime = MONDAY_10H) -> Event[Any]:
    data = InteractionWithdrawn(
        citizen=a_citizen(), withdraws=of.ref, reason="verkeerde persoon", withdrawn_by="Anouk", recorded_at=at
    )
    return an_event(data, event_id=event_id, logged_at=at)


def a_link(one: Any, other: Any, *, link_id: str, at: datetime = MONDAY_10H) -> Event[ReferencesLinked]:
    """A link between two names, or two references as they stand in events."""
    data = ReferencesLinked(
        link_id=link_id,
        citizen=_reference(one),
        other=_reference(other),
        evidence="liet haar paspoort zien",
        linked_by="Anouk",
        linked_at=at,
    )
    return an_event(data, event_id=f"{link_id}.linked", logged_at=at)


def an_undoing(one: Any, other: Any, *, link_id: str, at: datetime = MONDAY_10H) -> Event[ReferencesUnlinked]:
    data = ReferencesUnlinked(
        link_id=link_id,
        citizen=_reference(one),
        other=_reference(other),
        reason="het was haar zus",
        unlinked_by="Bram",
        unlinked_at=at,
    )
    return an_event(data, event_id=f"{link_id}.unlinked", logged_at=at)


def an_erasure(*names: str, at: datetime = MONDAY_10H) -> Event[CitizenErased]:
    refs = tuple(a_ref(name).text for name in names)
    data = CitizenErased(citizen=a_citizen(names[0]), refs=refs, erased_at=at, ground="avg-17")
    return an_event(data, logged_at=at)


def _reference(given: Any) -> Any:
    return a_citizen(given) if isinstance(given, str) else given
