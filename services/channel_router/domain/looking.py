"""Somebody asks how to reach citizens: the lines that go into the access log, one per reference and purpose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contact_events.citizen_ref import Assurance, CitizenRef
from contact_events.envelope import Event
from contact_events.purposes import Purpose
from contact_events.seen import InformationSeen
from contact_events.words import CitizenReference

ROUTER_SOURCE = "urn:plein:channel-router"
WHAT = "channel_choice"
# The asker says what a reference was made from; a line does not repeat it.
UNTOLD_KIND = "reference"


@dataclass(frozen=True, slots=True)
class Looking:
    """Who asks, in which trace. `id` is new for each call, so that no line is ever taken for a repeat of another."""

    id: UUID
    seen_by: str
    at: datetime
    roles: frozenset[str] = frozenset()
    organisation_name: str | None = None
    trace_id: str | None = None
    span_id: str | None = None

    def lines(self, seen: Iterable[tuple[CitizenRef, Purpose]]) -> tuple[Event[InformationSeen], ...]:
        """Returns one line per reference and purpose, however often a call asks. What stands before the dot in their ids, the
        lines of one call for one purpose share.
        """
        once: dict[tuple[bytes, str], tuple[CitizenRef, Purpose]] = {}
        for ref, purpose in seen:
            once.setdefault((ref.value, purpose.code), (ref, purpose))
        return tuple(self._line(ref, purpose) for ref, purpose in once.values())

    def _line(self, ref: CitizenRef, purpose: Purpose) -> Event[InformationSeen]:
        return Event(
            id=f"{self.id}-{purpose.code.replace('.', '_')}.{ref.text}",
            source=ROUTER_SOURCE,
            logged_at=self.at,
            data=InformationSeen(
                citizen=CitizenReference(ref=ref.text, kind=UNTOLD_KIND, assurance=Assurance.NONE),
                seen_by=self.seen_by,
                role=purpose.role_among(self.roles),
                organisation_name=self.organisation_name,
                purpose=purpose.code,
                legal_basis=purpose.legal_basis,
                what=WHAT,
                seen_at=self.at,
                service="channel_router",
                trace_id=self.trace_id,
                span_id=self.span_id,
            ),
        )
