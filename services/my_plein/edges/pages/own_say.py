"""How somebody wants to be reached, who acts for them, who looked, and taking everything along."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from my_plein.domain.looks import together
from my_plein.domain.saying import mandate_ended, wish, wish_withdrawn
from my_plein.domain.standing import mandates_in, wishes_in
from my_plein.edges.pages.at_home import HomePages
from pages.guard import fields_of, key_of, text_of
from pages.session import Session
from pages.upstream import Away, Refused

# A download of a long life: asked page by page, and never more than this.
MOST_PAGES = 500
PAGE_OF_DOWNLOAD = 200


def say_routes(home: HomePages) -> APIRouter:
    """Returns the routes of what a citizen has a say in."""
    router = APIRouter()
    citizen = Annotated[Session, Depends(home.citizen)]

    async def wishes_page(request: Request, session: Session, status: int = 200, **shown: Any) -> Response:
        kept, _ = await home.said(session)
        return home.rendering.page(
            request, "wishes.html", status, wishes=wishes_in(kept), key=home.new_id(), **{"saving": None, "saved": None, **shown}
        )

    async def state(request: Request, session: Session, body: dict[str, Any]) -> Response:
        try:
            await home.door.post(session, "/v1/citizen-facts", body)
        except Away:
            return await wishes_page(request, session, 503, saving="away")
        except Refused as refused:
            return await wishes_page(request, session, 400, saving=refused.detail or refused.kind)
        return RedirectResponse("/bereiken?bewaard=ja", 303)

    @router.get("/bereiken", summary="How to be reached")
    async def wishes(request: Request, session: citizen, bewaard: str | None = None) -> Response:
        return await wishes_page(request, session, saved=bewaard)

    @router.post("/bereiken", summary="Say how to be reached")
    async def say(request: Request, session: citizen) -> Response:
        form = await home.guard.form(request, session)
        key = key_of(form)
        if text_of(form.get("action")) == "withdraw":
            return await state(request, session, wish_withdrawn(key, text_of(form.get("matter"))))
        return await state(request, session, wish(key, fields_of(form)))

    @router.get("/helpers", summary="Who acts for me")
    async def helpers(request: Request, session: citizen, gestopt: str | None = None) -> Response:
        kept, _ = await home.said(session)
        return home.rendering.page(
            request, "helpers.html", mandates=mandates_in(kept), stopped=gestopt, saving=None, key=home.new_id()
        )

    @router.post("/helpers/stop", summary="End a mandate")
    async def stop(request: Request, session: citizen) -> Response:
        form = await home.guard.form(request, session)
        body = mandate_ended(key_of(form), text_of(form.get("mandate")), text_of(form.get("organisation")), session.name)
        try:
            await home.door.post(session, "/v1/citizen-facts", body)
        except (Away, Refused) as fault:
            kept, _ = await home.said(session)
            status = 503 if isinstance(fault, Away) else 400
            return home.rendering.page(
                request, "helpers.html", status, mandates=mandates_in(kept), stopped=None, saving="away", key=home.new_id()
            )
        return RedirectResponse("/helpers?gestopt=ja", 303)

    @router.get("/gekeken", summary="Who looked, and why")
    async def looked(request: Request, session: citizen, verder: str | None = None) -> Response:
        log = await home.timeline.get(session, "/v1/citizens/me/access-log", {"cursor": verder or None})
        return home.rendering.page(request, "looked.html", looks=together(log["lines"]), next=log.get("next"))

    @router.get("/alles", summary="Take everything along")
    async def everything(request: Request, session: citizen) -> Response:
        return home.rendering.page(request, "everything.html")

    @router.get("/alles/mijn-plein.json", summary="Everything, for a computer")
    async def download(session: citizen) -> Response:
        kept, _ = await home.said(session)
        whole = {
            "madeAt": home.now(),
            "entries": await _all(home, session, "/v1/citizens/me/timeline", "entries"),
            "looks": await _all(home, session, "/v1/citizens/me/access-log", "lines"),
            "wishes": list(wishes_in(kept).values()),
            "mandates": mandates_in(kept),
        }
        return Response(
            msgspec.json.format(msgspec.json.encode(whole)),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="mijn-plein.json"', "Cache-Control": "no-store"},
        )

    return router


async def _all(home: HomePages, session: Session, path: str, name: str) -> list[Any]:
    """Returns everything that can be turned to, page by page."""
    found: list[Any] = []
    cursor = None
    for _ in range(MOST_PAGES):
        page = await home.timeline.get(session, path, {"limit": PAGE_OF_DOWNLOAD, "cursor": cursor})
        found += page[name]
        cursor = page.get("next")
        if cursor is None:
            break
    return found
