"""Saying that two references are one person, on evidence, and taking that back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from desk.domain.contact import ContactInHand
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages
from pages.guard import text_of
from pages.session import Session
from pages.upstream import Refused
from service_runtime.problems import problem_of


def joining_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of links between references."""
    router = APIRouter(prefix="/contacten/{contact}")
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]

    async def links_page(request: Request, session: Session, contact: ContactInHand, status: int = 200, **shown: Any) -> Response:
        if contact.whom is None:
            raise problem_of(404)
        links = await desk.services.links(session, contact.whom.citizen, contact.purpose)
        return desk.rendering.page(request, "links.html", status, contact=contact, links=links, **{"refused": None, **shown})

    @router.get("/koppelingen", summary="Which references are this person, and who said so")
    async def show(request: Request, session: employee, contact: UUID) -> Response:
        return await links_page(request, session, await desk.contact(session, contact))

    @router.post("/koppelen", summary="Say that another reference is this person")
    async def join(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = await desk.contact(session, contact)
        if known.whom is None:
            raise problem_of(404)
        body = {
            "citizen": known.whom.citizen,
            "other": text_of(form.get("other")),
            "evidence": text_of(form.get("evidence")),
            "purpose": known.purpose,
        }
        try:
            await desk.services.link(session, body)
        except Refused as refused:
            return await links_page(request, session, known, 409, refused=refused.kind)
        return RedirectResponse(f"/contacten/{contact}", 303)

    @router.post("/ontkoppelen", summary="Take back that two references are one person")
    async def part(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = await desk.contact(session, contact)
        body = {"reason": text_of(form.get("reason")), "purpose": known.purpose}
        try:
            await desk.services.unlink(session, text_of(form.get("link")), body)
        except Refused as refused:
            return await links_page(request, session, known, 409, refused=refused.kind)
        return RedirectResponse(f"/contacten/{contact}/koppelingen", 303)

    return router
