"""On which number or address somebody can be reached: listed masked, and one shown in full for a purpose that opens it."""

from typing import Annotated, Any, NamedTuple
from uuid import UUID

import phonenumbers
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from desk.domain.contact import ContactInHand
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages
from pages.guard import text_of
from pages.session import Session
from pages.upstream import Away, Refused
from service_runtime.problems import problem_of

HOME = 31  # the Netherlands


class Number(NamedTuple):
    """What was revealed, as somebody reads it, and the address that a telephone on the desk dials."""

    text: str
    dial: str | None = None


def as_dialled(text: str) -> Number:
    """Returns a phone number as people here write it; everything else as it is."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return Number(text)
    kind = phonenumbers.PhoneNumberFormat
    is_ours = number.country_code == HOME
    return Number(
        phonenumbers.format_number(number, kind.NATIONAL if is_ours else kind.INTERNATIONAL),
        phonenumbers.format_number(number, kind.RFC3966),
    )


def revealing_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of contact points."""
    router = APIRouter(prefix="/contacten/{contact}/nummers")
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]

    async def points_page(request: Request, session: Session, contact: ContactInHand, **shown: Any) -> Response:
        purposes = [
            each for each in await desk.services.register(session) if each["mayUse"] and each.get("mayReveal") is not None
        ]
        return desk.rendering.page(
            request,
            "points.html",
            contact=contact,
            purposes=purposes,
            **{"points": None, "shown": {}, "chosen": None, "fault": None, **shown},
        )

    @router.get("", summary="On which numbers and addresses somebody can be reached")
    async def show(request: Request, session: employee, contact: UUID) -> Response:
        return await points_page(request, session, await desk.contact(session, contact))

    @router.post("", summary="List them, or show one in full")
    async def look(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = await desk.contact(session, contact)
        if known.whom is None:
            raise problem_of(404)
        purpose, wanted = text_of(form.get("purpose")), text_of(form.get("point"))
        shown: dict[str, Number] = {}
        try:
            if wanted:
                shown[wanted] = as_dialled((await desk.services.reveal(session, wanted, purpose))["text"])
            points = await desk.services.points(session, known.whom.citizen, purpose)
        except Refused as refused:
            return await points_page(request, session, known, chosen=purpose, fault=refused.kind)
        except Away:
            return await points_page(request, session, known, chosen=purpose, fault="away")
        return await points_page(request, session, known, points=points, shown=shown, chosen=purpose)

    return router
