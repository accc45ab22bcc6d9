"""The start of every contact: why, and who. What is typed to find somebody stands in no address and is kept nowhere."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from desk.domain.contact import ContactInHand, Whom
from desk.domain.sought import Sought, SoughtBy, Unclear, sought
from desk.edges.pages.at_desk import EMPLOYEES, OPERATOR, DeskPages, at_of, whom_in
from desk.edges.services import Found
from pages.guard import text_of
from pages.session import Session
from pages.upstream import Refused

PURPOSE_KEPT = "purpose"


def seeking_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of the first page, and of looking for somebody."""
    router = APIRouter()
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]
    whoever = Annotated[Session, Depends(desk.guard.signed_in((*EMPLOYEES, OPERATOR)))]

    async def first_page(request: Request, session: Session, status: int = 200, **shown: Any) -> Response:
        purposes = await desk.purposes(session)
        chosen = session.kept.get(PURPOSE_KEPT) or (purposes[0]["code"] if purposes else None)
        return desk.rendering.page(
            request,
            "start.html",
            status,
            purposes=purposes,
            contacts=await desk.contacts.every(session.subject),
            counts=await desk.call_backs.counts(name=session.name, teams=session.person.teams, now=desk.now()),
            **{"chosen": chosen, "typed": "", "unclear": None, "found": None, "unknown": None, **shown},
        )

    @router.get("/", summary="The first page of the desk")
    async def start(request: Request, session: whoever) -> Response:
        if session.person.roles.isdisjoint(EMPLOYEES):
            return RedirectResponse("/beheer", 303)
        return await first_page(request, session)

    @router.post("/contacten", summary="Take up a contact: for which purpose, and with whom")
    async def take_up(request: Request, session: employee) -> Response:
        form = await desk.guard.form(request, session)
        purpose, typed = text_of(form.get("purpose")), text_of(form.get("typed"))
        if purpose != session.kept.get(PURPOSE_KEPT):
            await desk.guard.keep(session, **{PURPOSE_KEPT: purpose})
        contact = desk.begin(session, at_of(session), purpose)
        if text_of(form.get("action")) == "nobody":
            return await _opened(desk, contact)
        wanted = sought(typed)
        if isinstance(wanted, Unclear):
            return await first_page(request, session, 400, chosen=purpose, typed=typed, unclear=wanted.value)
        found, unknown = await _found(desk, session, wanted, purpose)
        if len(found) == 1 and found[0].certain and wanted.by is not SoughtBy.NAME:
            return await _opened(desk, contact.with_whom(found[0].whom))
        return await first_page(request, session, chosen=purpose, typed=typed, found=found, unknown=unknown)

    @router.post("/contacten/met", summary="Take up a contact with somebody who was found")
    async def with_one(request: Request, session: employee) -> Response:
        form = await desk.guard.form(request, session)
        contact = desk.begin(session, at_of(session), text_of(form.get("purpose")))
        return await _opened(desk, contact.with_whom(whom_in(form)))

    return router


async def _found(desk: DeskPages, session: Session, wanted: Sought, purpose: str) -> tuple[list[Found], Whom | None]:
    """Returns whom it may be; and the reference of a BSN by which nobody is known yet, with whom a contact can begin."""
    if wanted.by is SoughtBy.NAME:
        assert wanted.born is not None
        return await desk.services.registered(session, wanted.text, wanted.born, purpose), None
    if wanted.by is SoughtBy.RECEIPT:
        try:
            return await desk.services.behind(session, wanted.text, purpose), None
        except Refused as refusal:
            if refusal.status == 404:
                return [], None
            raise
    found, whom = await desk.services.found(session, wanted, purpose)
    return found, whom if not found and wanted.by is SoughtBy.BSN else None


async def _opened(desk: DeskPages, contact: ContactInHand) -> Response:
    await desk.contacts.take_up(contact)
    return RedirectResponse(f"/contacten/{contact.id}", 303)
