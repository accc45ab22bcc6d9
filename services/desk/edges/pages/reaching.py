"""How to reach somebody: what the router would choose and why, and asking it to tell them something."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from desk.domain.contact import ContactInHand
from desk.domain.contact_form import HERE, Fault
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages
from pages.guard import key_of, text_of
from pages.session import Session
from pages.upstream import Away, Refused
from service_runtime.problems import problem_of

ASKS = "outreach:request"


def reaching_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of reaching somebody."""
    router = APIRouter(prefix="/contacten/{contact}/bereiken")
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]

    async def reach_page(request: Request, session: Session, contact: ContactInHand, status: int = 200, **shown: Any) -> Response:
        return desk.rendering.page(
            request,
            "reach.html",
            status,
            contact=contact,
            matters=desk.matters.by_code,
            may_ask=ASKS in session.person.scopes,
            **{"choice": None, "asked": False, "away": False, "faults": (), "typed": {}, "key": desk.new_id(), **shown},
        )

    @router.get("", summary="How to reach somebody")
    async def show(request: Request, session: employee, contact: UUID) -> Response:
        return await reach_page(request, session, await desk.contact(session, contact))

    @router.post("", summary="Ask the router how to reach somebody, or to tell them something")
    async def ask(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = await desk.contact(session, contact)
        if known.whom is None:
            raise problem_of(404)
        typed = {name: text_of(value) for name, value in form.items() if name not in ("csrf", "key")}
        again: dict[str, Any] = {"typed": typed, "key": key_of(form)}
        wanted, faults = _wanted(form, known)
        if faults:
            return await reach_page(request, session, known, 400, faults=faults, **again)
        try:
            if text_of(form.get("action")) == "send":
                body = {**wanted, "title": text_of(form.get("title")), "id": str(again["key"])}
                await desk.services.request_outreach(session, body)
                return await reach_page(request, session, known, asked=True)
            choice = await desk.services.try_choice(session, wanted)
        except Away:
            return await reach_page(request, session, known, 503, away=True, **again)
        except Refused as refused:
            if refused.status == 409:  # went back, and changed what was asked already
                faults = (Fault("title", "asked_already"),)
                return await reach_page(request, session, known, 409, faults=faults, typed=typed)
            faults = tuple(Fault(fault.name, fault.reason) for fault in refused.faults) or (Fault("", refused.detail),)
            return await reach_page(request, session, known, 400, faults=faults, **again)
        return await reach_page(request, session, known, choice=choice, **again)

    return router


def _wanted(form: FormData, contact: ContactInHand) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """Returns the question for the router, and what is wrong with the form."""
    faults = []
    matter, before = text_of(form.get("matter")), text_of(form.get("reach_before"))
    if not matter:
        faults.append(Fault("matter", "missing"))
    if text_of(form.get("action")) == "send" and not text_of(form.get("title")):
        faults.append(Fault("title", "missing"))
    term = None
    if before:
        try:
            term = datetime.combine(date.fromisoformat(before), time(17, 0), HERE).astimezone(UTC).isoformat()
        except ValueError:
            faults.append(Fault("reach_before", "not_a_date"))
    assert contact.whom is not None
    wanted = {
        "citizen": {"ref": contact.whom.citizen, "kind": contact.whom.kind},
        "matter": matter,
        "purpose": contact.purpose,
        "urgency": text_of(form.get("urgency")) or "normal",
        "legalForm": text_of(form.get("legal_form")) or "none",
        "confidential": text_of(form.get("confidential")) == "yes",
        **({"reachBefore": term} if term else {}),
    }
    return wanted, tuple(faults)
