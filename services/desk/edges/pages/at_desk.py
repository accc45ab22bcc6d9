"""What every page of the desk works with, and how its address and its form are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.datastructures import FormData

from contact_events.citizen_ref import CitizenRef, NotAnIdentifier
from contact_events.matters import Matters
from desk.domain.contact import At, ContactInHand, Whom
from desk.domain.contact_form import HERE
from desk.edges.services import Services
from desk.ports import CallBacks, ContactsInHand
from pages.guard import Guard, text_of
from pages.rendering import Rendering
from pages.session import Session
from service_runtime.problems import problem_of

AGENT = "agent"
COUNTER = "counter"
CASEWORKER = "caseworker"
EMPLOYEES = (AGENT, COUNTER, CASEWORKER)
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class DeskPages:
    """Everything the pages work with."""

    guard: Guard
    rendering: Rendering
    services: Services
    contacts: ContactsInHand
    call_backs: CallBacks
    matters: Matters
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], UUID] = uuid4

    async def contact(self, session: Session, key: UUID) -> ContactInHand:
        """Returns a contact of this employee. Raises Problem 404: nobody sees what another has in hand."""
        found = await self.contacts.of(key, session.subject)
        if found is None:
            raise problem_of(404)
        return found

    async def purposes(self, session: Session) -> list[dict[str, Any]]:
        return await self.services.purposes(session)

    def begin(self, session: Session, at: At, purpose: str, fields: Mapping[str, tuple[str, ...]] | None = None) -> ContactInHand:
        return ContactInHand(self.new_id(), session.subject, at, purpose, self.now(), fields=fields or {})


def at_of(session: Session) -> At:
    """Returns where this employee meets people: at a counter, or by phone."""
    return At.COUNTER if COUNTER in session.person.roles and AGENT not in session.person.roles else At.PHONE


def whom_in(form: FormData) -> Whom:
    """Returns whom a form names by reference. Raises Problem 400 for what no page of ours wrote."""
    try:
        citizen = CitizenRef.from_text(text_of(form.get("citizen"))).text
    except NotAnIdentifier:
        raise problem_of(400) from None
    return Whom(
        citizen,
        text_of(form.get("kind")) or "unknown",
        text_of(form.get("name")) or None,
        _day(text_of(form.get("born"))),
    )


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def view_of(request: Request, purpose: str) -> dict[str, Any]:
    """Returns what part of a timeline an address asks for."""
    asked = request.query_params
    return {
        "purpose": purpose,
        "channel": asked.get("kanaal") or None,
        "matter": asked.get("onderwerp") or None,
        "asOf": _as_of(asked.get("op")),
        "cursor": asked.get("verder") or None,
    }


def _as_of(text: str | None) -> str | None:
    """Returns the end of a day in the Netherlands; nothing for what is no day."""
    day = _day(text or "")
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), HERE).isoformat() if day else None
