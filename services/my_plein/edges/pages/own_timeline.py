"""The own timeline, an entry that is not right, and a question."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from contact_events.details import ABOUT_ENTRY
from my_plein.domain.saying import DISPUTE, dispute, question
from my_plein.edges.pages.at_home import HomePages
from pages.guard import fields_of, key_of, text_of
from pages.session import Session
from pages.upstream import Away, Refused

RECEIPT_KEPT = "receipt"
SENT_BY_US = ("channel_choice", "delivery")


def timeline_routes(home: HomePages) -> APIRouter:
    """Returns the routes of the own timeline."""
    router = APIRouter()
    citizen = Annotated[Session, Depends(home.citizen)]

    @router.get("/", summary="The own timeline")
    async def own(request: Request, session: citizen, verder: str | None = None, onderwerp: str | None = None) -> Response:
        page = await home.page(session, cursor=verder or None, matter=onderwerp or None)
        return home.rendering.page(
            request, "timeline.html", page=page, entries=page["entries"], matter=onderwerp, said=_about(page)
        )

    @router.get("/van-ons", summary="What we sent")
    async def from_us(request: Request, session: citizen, verder: str | None = None) -> Response:
        page = await home.page(session, cursor=verder or None)
        sent = [each for each in page["entries"] if each["kind"] in SENT_BY_US or each["direction"] == "outbound"]
        return home.rendering.page(request, "from_us.html", page=page, entries=sent)

    @router.get("/vraag", summary="Ask something")
    async def ask_page(request: Request, session: citizen) -> Response:
        return home.rendering.page(request, "ask.html", missing=(), typed={}, key=home.new_id(), saving=None)

    @router.post("/vraag", summary="Send a question")
    async def ask(request: Request, session: citizen) -> Response:
        form = await home.guard.form(request, session)
        fields, key = fields_of(form), key_of(form)
        body = question(key, fields)
        shown: dict[str, Any] = {"typed": _first(fields), "key": key}
        if isinstance(body, tuple):
            return home.rendering.page(request, "ask.html", 400, missing=body, saving=None, **shown)
        return await _sent(home, session, request, body, "ask.html", shown)

    @router.get("/klopt-niet/{entry}", summary="Say that an entry is not right")
    async def dispute_page(request: Request, session: citizen, entry: UUID, onderwerp: str) -> Response:
        shown: dict[str, Any] = {"entry": entry, "matter": onderwerp, "typed": {}, "key": home.new_id()}
        return home.rendering.page(request, "dispute.html", missing=(), saving=None, **shown)

    @router.post("/klopt-niet/{entry}", summary="Send that an entry is not right")
    async def send_dispute(request: Request, session: citizen, entry: UUID) -> Response:
        form = await home.guard.form(request, session)
        fields, key, matter = fields_of(form), key_of(form), text_of(form.get("matter"))
        body = dispute(key, fields, entry, matter)
        shown: dict[str, Any] = {"typed": _first(fields), "key": key, "entry": entry, "matter": matter}
        if isinstance(body, tuple):
            return home.rendering.page(request, "dispute.html", 400, missing=body, saving=None, **shown)
        return await _sent(home, session, request, body, "dispute.html", shown)

    @router.get("/ontvangen", summary="What was sent was received")
    async def received(request: Request, session: citizen) -> Response:
        return home.rendering.page(request, "received.html", receipt=session.kept.get(RECEIPT_KEPT))

    return router


async def _sent(
    home: HomePages, session: Session, request: Request, body: dict[str, Any], template: str, shown: dict[str, Any]
) -> Response:
    """Sends something through the website's door. What was typed stays on the page until it was received."""
    try:
        answer = await home.door.post(session, "/v1/interactions", body)
    except Away:
        return home.rendering.page(request, template, 503, missing=(), saving="away", **shown)
    except Refused as refused:
        return home.rendering.page(request, template, 400, missing=(), saving=refused.detail or refused.kind, **shown)
    await home.guard.keep(session, **{RECEIPT_KEPT: answer["receipt"]})
    return RedirectResponse("/ontvangen", 303)


def _first(fields: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: values[0] for name, values in fields.items() if values}


def _about(page: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Returns what this person said about entries that are not right, by the entry."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in page["entries"]:
        about = entry["details"].get(ABOUT_ENTRY)
        if entry["details"].get("form") == DISPUTE and about:
            found.setdefault(about, []).append(entry)
    return found
