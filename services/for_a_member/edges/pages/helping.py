"""Asking something for a member, the receipt, what was sent before, and a file of many questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from contact_events.matters import Matters
from for_a_member.domain.asking import question
from for_a_member.domain.mandates import holding
from for_a_member.ports import Book, Sent
from pages.guard import Guard, fields_of, key_of
from pages.rendering import Rendering
from pages.session import Session
from pages.upstream import Away, Refused, Upstream
from service_runtime.problems import problem_of

HELPER = "helper"
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class HelperPages:
    """Everything the pages work with."""

    guard: Guard
    rendering: Rendering
    door: Upstream
    book: Book
    matters: Matters
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], UUID] = uuid4


def helper_routes(pages: HelperPages) -> APIRouter:
    """Returns the routes of helpers."""
    router = APIRouter()
    helper = Annotated[Session, Depends(pages.guard.signed_in((HELPER,)))]

    async def form_page(request: Request, session: Session, status: int = 200, **shown: Any) -> Response:
        mandates = holding(await pages.book.mandates(_organisation(session)), pages.now())
        return pages.rendering.page(
            request,
            "ask.html",
            status,
            mandates=mandates,
            **{"missing": (), "saving": None, "typed": {}, "key": pages.new_id(), **shown},
        )

    @router.get("/", summary="Ask something for a member")
    async def start(request: Request, session: helper) -> Response:
        return await form_page(request, session)

    @router.post("/", summary="Send a question for a member")
    async def ask(request: Request, session: helper) -> Response:
        form = await pages.guard.form(request, session)
        fields, key = fields_of(form), key_of(form)
        typed = {name: values[0] for name, values in fields.items() if values}
        body = question(key, fields, volunteer=session.name)
        if isinstance(body, tuple):
            return await form_page(request, session, 400, missing=tuple(body), typed=typed, key=key)
        try:
            answer = await pages.door.post(session, "/v1/interactions", body)
        except Away:
            return await form_page(request, session, 503, saving="away", typed=typed, key=key)
        except Refused as refused:
            return await form_page(
                request, session, 400, saving=refused.kind, told=refused.faults or (refused.detail,), typed=typed, key=key
            )
        sent = _sent(
            session,
            pages.now(),
            event_key=answer["interactions"][0]["eventKey"],
            receipt=answer["receipt"],
            member_number=body["member"].get("memberNumber"),
            matter=body["matter"],
        )
        await pages.book.note([sent])
        return RedirectResponse(f"/ontvangst/{sent.event_key}", 303)

    @router.get("/ontvangst/{key}", summary="The receipt, to print")
    async def receipt(request: Request, session: helper, key: UUID) -> Response:
        sent = await pages.book.one(_organisation(session), key)
        if sent is None:
            raise problem_of(404)
        return pages.rendering.page(request, "receipt.html", sent=sent, how_far=await _status(pages, session, key))

    @router.get("/verstuurd", summary="What this organisation sent")
    async def before(request: Request, session: helper, verder: UUID | None = None) -> Response:
        sent = await pages.book.sent(_organisation(session), MOST_SHOWN + 1, verder)
        older = sent[MOST_SHOWN - 1].event_key if len(sent) > MOST_SHOWN else None
        return pages.rendering.page(request, "sent.html", sent=sent[:MOST_SHOWN], older=older)

    @router.get("/bestand", summary="Many questions in one file")
    async def file_page(request: Request, session: helper) -> Response:
        return pages.rendering.page(request, "file.html", answer=None, fault=None)

    @router.post("/bestand", summary="Send a file")
    async def send_file(request: Request, session: helper) -> Response:
        form = await pages.guard.form(request, session)
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
        if not content:
            return pages.rendering.page(request, "file.html", 400, answer=None, fault="empty")
        try:
            answer = await pages.door.post_bytes(session, "/v1/interactions/_upload", content, "text/csv")
        except Away:
            return pages.rendering.page(request, "file.html", 503, answer=None, fault="away")
        except Refused as refused:
            return pages.rendering.page(request, "file.html", 400, answer=None, fault=refused.detail)
        now = pages.now()
        await pages.book.note(
            [
                _sent(
                    session,
                    now,
                    event_key=row["eventKey"],
                    receipt=row["receipt"],
                    member_number=row.get("memberNumber"),
                    matter=row["matter"],
                )
                for row in answer["rows"]
                if row["outcome"] == "accepted"
            ]
        )
        return pages.rendering.page(request, "file.html", answer=answer, fault=None)

    return router


async def _status(pages: HelperPages, session: Session, key: UUID) -> str:
    """Returns how far a question came; that it was received is certain, whoever is away."""
    try:
        answer = await pages.door.get(session, f"/v1/interactions/{key}/status")
    except (Away, Refused):
        return "received"
    return str(answer["status"])


def _organisation(session: Session) -> str:
    if session.person.organisation is None:
        raise problem_of(403)
    return session.person.organisation


def _sent(session: Session, at: datetime, *, event_key: str, receipt: str, member_number: str | None, matter: str) -> Sent:
    return Sent(UUID(event_key), _organisation(session), receipt, member_number, matter, session.name, at)
