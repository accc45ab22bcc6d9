"""The counter's tablet: a visit in four touches, on one page with large targets."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from desk.domain.contact import At
from desk.domain.visiting import visit_of
from desk.edges.pages.at_desk import COUNTER, DeskPages
from desk.edges.pages.contacts import OTHER_CONTENT
from pages.guard import SignInFirst, fields_of, key_of
from pages.session import Session
from pages.upstream import Away, Refused

# What the session remembers: the visit that was sent last, and when.
VISIT_KEPT = "visit"
# What a counter is asked most, first; the rest stands behind "something else".
MOST_ASKED = ("paspoort", "rijbewijs", "verhuizing", "geboorte", "overlijden", "parkeren", "belasting", "algemeen")


def counter_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of the tablet."""
    router = APIRouter()
    employee = Annotated[Session, Depends(desk.guard.signed_in((COUNTER,)))]

    def page(request: Request, status: int = 200, **shown: Any) -> Response:
        tiles = [code for code in MOST_ASKED if code in desk.matters.by_code]
        others = [code for code in desk.matters.by_code if code not in tiles]
        return desk.rendering.page(
            request,
            "counter.html",
            status,
            tiles=tiles,
            others=others,
            **{"typed": {}, "fault": None, "receipt": None, "key": desk.new_id(), **shown},
        )

    @router.get("/balie", summary="A visit in four touches")
    async def show(request: Request, session: employee, klaar: str | None = None) -> Response:
        return page(request, receipt=klaar)

    @router.post("/balie", summary="Log a visit")
    async def log(request: Request, session: employee) -> Response:
        form = await desk.guard.form(request, session)
        key = key_of(form)
        sent_at = await _sent_at(desk, session, key)
        fields = fields_of(form)
        typed = {name: values[0] for name, values in fields.items() if values}
        visit = visit_of(key, typed, employee=session.name, now=sent_at)
        if isinstance(visit, str):
            return page(request, 400, fault=visit, typed=typed, key=key)
        try:
            answer = await desk.services.log(session, At.COUNTER, visit)
        except Away:
            return page(request, 503, fault="away", typed=typed, key=key)
        except Refused as refused:
            if refused.kind == OTHER_CONTENT:
                return page(request, 409, fault=refused.kind, typed=typed)
            told = "; ".join(fault.reason for fault in refused.faults) or refused.detail
            return page(request, 400, fault=told, typed=typed, key=key)
        return RedirectResponse(f"/balie?klaar={answer['receipt']}", 303)

    return router


async def _sent_at(desk: DeskPages, session: Session, key: UUID) -> datetime:
    """Returns when a visit was sent first: pressed twice, even at one moment, it is the same visit, to the letter."""
    now = f"{key} {desk.now().isoformat()}"

    async def noted(now_is: Session) -> Session:
        is_noted = now_is.kept.get(VISIT_KEPT, "").startswith(f"{key} ")
        return now_is if is_noted else now_is.keeping(**{VISIT_KEPT: now})

    kept = await desk.guard.sessions.change(session, noted)
    if kept is None:
        raise SignInFirst
    return datetime.fromisoformat(kept.kept[VISIT_KEPT].partition(" ")[2])
