"""Somebody looks, for a purpose: the lines that go into the access log, one for every reference that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contact_events.citizen_ref import Assurance, CitizenRef
from contact_events.envelope import Event
from contact_events.identity import event_key
from contact_events.purposes import Purpose
from contact_events.seen import InformationSeen
from contact_events.words import CitizenReference

SOURCE = "urn:plein:timeline"
# The address of a reading names a reference, not what it was made from.
UNTOLD_KIND = "reference"


@dataclass(frozen=True, slots=True)
class Looking:
    """One time of looking. `id` is new for each, so that no line is ever taken for a repeat of another."""

    id: UUID
    seen_by: str
    purpose: Purpose
    what: str
    at: datetime
    role: str | None = None
    organisation_name: str | None = None
    trace_id: str | None = None
    span_id: str | None = None

    def lines(self, refs: Iterable[CitizenRef]) -> tuple[Event[InformationSeen], ...]:
        """Returns one line per reference: when a link proves wrong, each person still sees who looked."""
        return tuple(self._line(ref) for ref in sorted(set(refs)))

    def _line(self, ref: CitizenRef) -> Event[InformationSeen]:
        return Event(
            id=f"{self.id}.{ref.value.hex()[:12]}",
            source=SOURCE,
            logged_at=self.at,
            data=InformationSeen(
                citizen=CitizenReference(ref=ref.text, kind=UNTOLD_KIND, assurance=Assurance.NONE),
                seen_by=self.seen_by,
                role=self.role,
                organisation_name=self.organisation_name,
                purpose=self.purpose.code,
                legal_basis=self.purpose.legal_basis,
                what=self.what,
                seen_at=self.at,
                service="timeline",
                trace_id=self.trace_id,
                span_id=self.span_id,
            ),
        )


def looking_of(line: Event[Any]) -> UUID:
    """Returns what the lines of one time of looking have in common, so that a person with two references reads it once.

    Whoever writes lines puts it before the dot in their ids.
    """
    return event_key(line.source, line.id.partition(".")[0])
