"""Promises to phone: the lists, taking one up, and what was just logged."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from contact_events.citizen_ref import RefKind
from desk.domain.call_backs import Whose
from desk.domain.contact import At, Whom
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages
from desk.edges.pages.contacts import DONE_KEPT
from desk.edges.pages.seeking import PURPOSE_KEPT
from pages.guard import text_of
from pages.session import Session
from service_runtime.problems import problem_of

MOST = 100


def calling_back_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of promises to phone."""
    router = APIRouter()
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]

    @router.get("/terugbellen", summary="Promises to phone")
    async def show(request: Request, session: employee, lijst: Whose = Whose.MINE) -> Response:
        whom: dict[str, Any] = {"name": session.name, "teams": session.person.teams, "now": desk.now()}
        purposes = await desk.purposes(session)
        return desk.rendering.page(
            request,
            "call_backs.html",
            call_backs=await desk.call_backs.open_ones(lijst, most=MOST, **whom),
            counts=await desk.call_backs.counts(**whom),
            whose=lijst.value,
            purposes=purposes,
            chosen=session.kept.get(PURPOSE_KEPT),
        )

    @router.post("/terugbellen/{entry}", summary="Take a promise up: phone now")
    async def phone(request: Request, session: employee, entry: UUID) -> Response:
        form = await desk.guard.form(request, session)
        call_back = await desk.call_backs.of(entry)
        if call_back is None:
            raise problem_of(404)
        fields = {"direction": ("outbound",), "matter": (call_back.matter,), "keeps": (str(entry),)}
        contact = desk.begin(session, At.PHONE, text_of(form.get("purpose")), fields)
        await desk.contacts.take_up(contact.with_whom(Whom(call_back.citizen, RefKind.BSN)))
        return RedirectResponse(f"/contacten/{contact.id}", 303)

    @router.get("/klaar", summary="A contact was logged")
    async def done(request: Request, session: employee) -> Response:
        kept = session.kept.get(DONE_KEPT)
        return desk.rendering.page(request, "done.html", done=msgspec.json.decode(kept) if kept else None)

    @router.get("/sneltoetsen", summary="What one key does")
    async def shortcuts(request: Request, session: employee) -> Response:
        return desk.rendering.page(request, "shortcuts.html")

    return router
