"""A contact in hand: the timeline of the person beside the form in which it is logged."""

import re
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import RedirectResponse, Response

from desk.domain.contact import ContactInHand
from desk.domain.contact_form import Fault, body_of, without_empty_questions, without_what_is_not_kept
from desk.edges.pages.at_desk import EMPLOYEES, DeskPages, view_of, whom_in
from desk.edges.pages.live import HeldStream, about_which, pieces
from front_door.sensitive import dutch_words
from front_door.submission import RefusalKind
from pages.guard import fields_of, text_of
from pages.session import Session
from pages.upstream import Away, Refused
from service_runtime.http import json_answer
from service_runtime.problems import FieldFault, problem_of

# What a door says of an id that it knows with other words.
OTHER_CONTENT = "other-content"
# What the session remembers: the receipt of what was logged last, and which contact it was.
DONE_KEPT, LOGGED_KEPT = "done", "logged"


def contact_routes(desk: DeskPages) -> APIRouter:
    """Returns the routes of a contact in hand."""
    router = APIRouter(prefix="/contacten")
    employee = Annotated[Session, Depends(desk.guard.signed_in(EMPLOYEES))]

    async def contact_page(
        request: Request, session: Session, contact: ContactInHand, status: int = 200, **shown: Any
    ) -> Response:
        view = view_of(request, contact.purpose)
        page, refusal = None, None
        if contact.whom is not None:
            try:
                page = await desk.services.page(session, contact.whom.citizen, view)
            except Refused as refused:
                refusal = refused.kind
            except Away:
                refusal = "away"
        return desk.rendering.page(
            request,
            "contact.html",
            status,
            contact=contact,
            page=page,
            about=_about(page["entries"] if page else ()),
            refusal=refusal,
            view=view,
            purpose=next((each for each in await _purposes(desk, session) if each["code"] == contact.purpose), None),
            matters=desk.matters.by_code,
            **{"faults": (), "saving": None, **shown},
        )

    @router.get("/{contact}", summary="A contact in hand")
    async def show(request: Request, session: employee, contact: UUID) -> Response:
        if _was_logged(session, contact):
            return RedirectResponse("/klaar", 303)
        return await contact_page(request, session, await desk.contact(session, contact))

    @router.post("/{contact}/klad", summary="Keep what was typed so far")
    async def keep_draft(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = (await desk.contact(session, contact)).with_fields(fields_of(form))
        draft = without_what_is_not_kept(known, _is_sensitive)
        await desk.contacts.change(draft)
        return json_answer({"kept": draft == known})

    @router.post("/{contact}/wie", summary="Say whom a contact in hand is with")
    async def name_whom(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        known = await desk.contact(session, contact)
        await desk.contacts.change(known.with_whom(whom_in(form)))
        return RedirectResponse(f"/contacten/{contact}", 303)

    @router.post("/{contact}/weg", summary="Put a contact down without logging it")
    async def put_down(request: Request, session: employee, contact: UUID) -> Response:
        await desk.guard.form(request, session)
        await desk.contacts.put_down(contact, session.subject)
        return RedirectResponse("/", 303)

    @router.post("/{contact}", summary="Log a contact")
    async def log_it(request: Request, session: employee, contact: UUID) -> Response:
        form = await desk.guard.form(request, session)
        if _was_logged(session, contact):
            return RedirectResponse("/klaar", 303)
        known = without_empty_questions((await desk.contact(session, contact)).with_fields(fields_of(form)))
        await desk.contacts.change(without_what_is_not_kept(known, _is_sensitive))
        if text_of(form.get("action")) == "more":
            return await contact_page(request, session, _with_another_question(known))
        body = body_of(known, session.name, await desk.contacts.sending(contact, session.subject, desk.now()) or desk.now())
        if not isinstance(body, dict):
            await desk.contacts.not_taken(contact, session.subject)
            return await contact_page(request, session, known, 400, faults=body)
        try:
            answer = await desk.services.log(session, known.at, body)
        except Refused as refused:
            if refused.kind == OTHER_CONTENT:
                return await contact_page(request, session, known, 409, saving="there-already")
            await desk.contacts.not_taken(contact, session.subject)
            return await contact_page(request, session, known, 400, faults=_faults_of(refused))
        except Away:
            return await contact_page(request, session, known, 503, saving="away")
        await desk.contacts.put_down(contact, session.subject)
        kept = msgspec.json.encode({"receipt": answer["receipt"], "at": desk.now()}).decode()
        await desk.guard.keep(session, **{DONE_KEPT: kept, LOGGED_KEPT: str(contact)})
        return RedirectResponse("/klaar", 303)

    @router.get("/{contact}/nieuw", summary="What comes in while a contact is in hand", response_class=HeldStream)
    async def live(
        request: Request, session: employee, contact: UUID, last_event_id: Annotated[str | None, Header()] = None
    ) -> Response:
        known = await desk.contact(session, contact)
        if known.whom is None:
            raise problem_of(404)
        view = {"purpose": known.purpose}
        held = AsyncExitStack()
        lines = await held.enter_async_context(desk.services.following(session, known.whom.citizen, view, last_event_id))
        return HeldStream(pieces(desk, request, lines), held, "text/event-stream", {"X-Accel-Buffering": "no"})

    return router


def _was_logged(session: Session, contact: UUID) -> bool:
    """Says whether this is the contact that was logged last: somebody pressed twice, or went back."""
    return session.kept.get(LOGGED_KEPT) == str(contact)


def _about(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Returns which entries of a page say something about another: that it is not right, or that its promise was kept."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if about := about_which(entry):
            found.setdefault(about, []).append(entry)
    return found


async def _purposes(desk: DeskPages, session: Session) -> list[dict[str, Any]]:
    try:
        return await desk.purposes(session)
    except Away:
        return []


def _with_another_question(contact: ContactInHand) -> ContactInHand:
    """Returns the contact with room for one question more."""
    fields = {name: tuple(values) for name, values in contact.fields.items()}
    for name in ("matter", "summary", "answer", "related_case"):
        fields[name] = (*fields.get(name, ("",)), "")
    return contact.with_fields(fields)


def _is_sensitive(text: str) -> bool:
    return dutch_words().kind_of(text) is not None


def _faults_of(refused: Refused) -> tuple[Fault, ...]:
    """Returns what a door refused, by the fields of the form; in the door's own words where the form has none for it."""
    is_sensitive = refused.kind == RefusalKind.MEDICAL_OR_CRIMINAL
    found = []
    for fault in refused.faults:
        name, why = _FIELDS.get(fault.pointer, (_field_of(fault), fault.reason))
        found.append(Fault(name, "sensitive" if is_sensitive else why))
    return tuple(found) or (Fault("", refused.detail or refused.kind),)


def _field_of(fault: FieldFault) -> str:
    """Returns the field of a question, by its place: `/questions/1/summary` is `summary-2`."""
    asked = _QUESTION.fullmatch(fault.pointer)
    return f"{asked['name']}-{int(asked['place']) + 1}" if asked else _ASKED.get(fault.pointer, fault.name)


_QUESTION = re.compile(r"/questions/(?P<place>\d+)/(?P<name>\w+)")
_ASKED = {"/callBack/asked": "call_back_asked"}
_FIELDS: Mapping[str, tuple[str, str]] = {
    "/callerNumber": ("caller_number", "no_phone"),
    "/representedBy/phone": ("represented_phone", "no_phone"),
    "/callBack/phone": ("call_back_phone", "call_back_phone"),
    "/startedAt": ("day", "in_the_future"),
    "/occurredAt": ("day", "in_the_future"),
    "/noMedicalOrCriminalDetail": ("no_medical_or_criminal_detail", "too_short"),
}
