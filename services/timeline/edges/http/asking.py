"""Who asks, about whom, for which purpose: read from the request, refused in words."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Path, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from contact_events.citizen_ref import Assurance, CitizenRef, NotAnIdentifier, PseudonymKeys
from contact_events.matters import Matters
from contact_events.purposes import Opening, Purpose, PurposeRefusal, Purposes
from contact_events.sign_in_levels import assurance_of
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of
from service_runtime.tokens import Principal, authorised, not_allowed
from service_runtime.tracing import current_traceparent
from timeline.domain.cursor import position_of
from timeline.domain.looking import Looking
from timeline.domain.sources import ExpectedSource
from timeline.domain.timeline import View
from timeline.edges.http.shown import Shown
from timeline.handlers import Caller, looking_for, own_refs, purpose_for
from timeline.ports import Changes, Timelines, Unavailable

ME = "me"
SECONDS_TO_WAIT = 2

Anybody = Annotated[Principal, Depends(authorised())]
CitizenPath = Annotated[
    str,
    Path(
        pattern="^(me|c[1-9][0-9]{0,3}-[0-9a-f]{32})$",
        description="a citizen's reference as a search gives it, or `me` for the own timeline of the citizen who is signed in",
    ),
]
PurposeQuery = Annotated[
    str | None, Query(max_length=80, description="a code of the purpose register; only a citizen's own timeline needs none")
]
ChannelQuery = Annotated[list[str] | None, Query(max_length=50, description="show these channels only; may be repeated")]
MatterQuery = Annotated[list[str] | None, Query(max_length=50, description="show these matters only; may be repeated")]
CursorQuery = Annotated[str | None, Query(max_length=100, description="`next` of the page before")]
LimitQuery = Annotated[int, Query(ge=1, le=200, description="entries a page")]
AsOfQuery = Annotated[
    AwareDatetime | None, Query(alias="asOf", description="show the timeline as it was known here at this moment")
]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the routes work with."""

    timelines: Timelines
    changes: Changes
    purposes: Purposes
    matters: Matters
    sources: tuple[ExpectedSource, ...]
    keys: PseudonymKeys
    own_timeline_assurance: Assurance = Assurance.SUBSTANTIAL
    heartbeat_s: float = 15.0
    longest_live_s: float = 900.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], UUID] = uuid4


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered: about whom, why, and the line it leaves."""

    refs: tuple[CitizenRef, ...]
    purpose: Purpose
    looking: Looking


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


def asked(
    desk: Desk, principal: Principal, citizen: str, purpose: str | None, what: str, *, scope: str = "timeline:read"
) -> Asked:
    """Returns who is asked about and why. Raises Problem 400 or 403: no purpose, no timeline."""
    if citizen == ME:
        caller, refs = _citizen(principal), _own(desk, principal)
    else:
        require_scope(principal, scope)
        caller, refs = employee(principal), (CitizenRef.from_text(citizen),)
    return about(desk, caller, refs, purpose, what)


def about(
    desk: Desk,
    caller: Caller,
    refs: tuple[CitizenRef, ...],
    code: str | None,
    what: str,
    *,
    pointer: str = "",
    opening: Opening = Opening.TIMELINE,
) -> Asked:
    """Returns what a caller may look at, or do. Raises Problem 400 or 403."""
    purpose = purpose_for(desk.purposes, code, caller, opening)
    if purpose is PurposeRefusal.NO_SUCH_PURPOSE:
        reason = purpose.reason if code else "is missing: say why you look, with a code of /v1/purposes"
        raise invalid_input([FieldFault("purpose", pointer, reason)])
    if isinstance(purpose, PurposeRefusal):
        raise Problem(403, purpose.value, purpose.heading, purpose.sentence)
    looking = looking_for(caller, purpose, what, at=desk.now(), looking_id=desk.new_id(), trace=_trace())
    return Asked(refs, purpose, looking)


def view_of(
    purpose: Purpose,
    *,
    channels: Sequence[str] | None,
    matters: Sequence[str] | None,
    as_of: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> View:
    """Returns what is asked to be shown. Raises Problem 400 for a cursor that was never given out."""
    return View(
        purpose=purpose,
        channels=frozenset(channels or ()),
        matters=frozenset(matters or ()),
        as_of=as_of,
        before=position_in(cursor, "cursor"),
        limit=limit,
    )


def position_in(cursor: str | None, name: str) -> tuple[datetime, UUID] | None:
    try:
        return None if cursor is None else position_of(cursor)
    except ValueError as fault:
        raise invalid_input([FieldFault(name, "", f"cannot be used: {fault}")]) from None


def require_scope(principal: Principal, scope: str) -> None:
    """Raises Problem 403 unless the token has the scope."""
    if scope not in principal.scopes:
        raise not_allowed([scope])


def employee(principal: Principal) -> Caller:
    return Caller(principal.name or principal.subject, principal.roles, principal.organisation_name)


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """No log, no answer: when the line cannot be kept, nothing is shown (decision 11)."""
    try:
        yield
    except Unavailable:
        raise unavailable() from None


def unavailable() -> Problem:
    plain = problem_of(503)
    detail = "Nothing can be shown now, because it cannot be logged who sees it. Try again in a moment."
    return Problem(503, plain.kind, plain.title, detail, headers={"Retry-After": str(SECONDS_TO_WAIT)})


def answer(shown: Shown, status: int = 200, **headers: str) -> Response:
    return Response(shown.json_bytes(), status, {"Cache-Control": "no-store", **headers}, media_type="application/json")


def _citizen(principal: Principal) -> Caller:
    if principal.represents:
        raise Problem(
            403, "not-for-another", "This shows your own timeline only", "A timeline of somebody you act for is not shown here."
        )
    return Caller(principal.subject, is_citizen=True)


def _own(desk: Desk, principal: Principal) -> tuple[CitizenRef, ...]:
    plain = problem_of(403)
    if principal.bsn is None:
        raise Problem(403, plain.kind, plain.title, "`me` is for a citizen who is signed in; this token names none.")
    if assurance_of(principal.acr).rank < desk.own_timeline_assurance.rank:
        detail = f"Your own timeline asks for a sign-in of the level `{desk.own_timeline_assurance}` or higher: sign in again so."
        raise Problem(403, "sign-in-level-too-low", "This sign-in is not sure enough", detail)
    try:
        return own_refs(desk.keys, principal.bsn.get_secret_value())
    except NotAnIdentifier:
        raise Problem(403, plain.kind, plain.title, "The BSN in this token cannot be one.") from None


def _trace() -> tuple[str, str] | None:
    traceparent: Any = current_traceparent()
    return (traceparent[3:35], traceparent[36:52]) if traceparent else None
