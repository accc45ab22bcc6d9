"""Routes for links: which references are one person, who said so, and undoing what proved wrong."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from contact_events.citizen_ref import CitizenRef
from service_runtime.http import read_json, validated
from service_runtime.problems import Problem, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised
from timeline.domain.links import applied
from timeline.edges.http.asking import Anybody, AtDesk, CitizenPath, PurposeQuery, about, answer, answering, asked, employee
from timeline.edges.http.shown import LinkShown, LinksShown
from timeline.handlers import Refusal, link_references, undo_link

MAX_BODY_BYTES = 8_000
_REF = "^c[1-9][0-9]{0,3}-[0-9a-f]{32}$"

Linker = Annotated[Principal, Depends(authorised("links:write"))]

router = APIRouter(prefix="/v1", tags=["links"])


class LinkWanted(BaseModel):
    """Two references that are one person, on what evidence, and why you may say so."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    citizen: str = Field(pattern=_REF)
    other: str = Field(pattern=_REF)
    evidence: str = Field(min_length=1, max_length=1000, examples=["Showed her passport and read out the number she called from"])
    purpose: str = Field(min_length=1, max_length=80)


class UndoWanted(BaseModel):
    """Why the link proved wrong, and why you may say so."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: str = Field(min_length=1, max_length=1000)
    purpose: str = Field(min_length=1, max_length=80)


def _body(model: type[BaseModel]) -> dict[str, object]:
    return {"requestBody": {"content": {"application/json": {"schema": model.model_json_schema()}}, "required": True}}


@router.post(
    "/links",
    status_code=201,
    response_model=LinkShown,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 503),
    summary="Say that two references are one person",
    openapi_extra=_body(LinkWanted),
)
async def link(request: Request, desk: AtDesk, principal: Linker) -> Response:
    """Joins two timelines from now on, without rewriting either. Two different BSNs are never one person."""
    wanted = validated(LinkWanted, await read_json(request, max_bytes=MAX_BODY_BYTES))
    one, other = CitizenRef.from_text(wanted.citizen), CitizenRef.from_text(wanted.other)
    ask = about(desk, employee(principal), (one, other), wanted.purpose, "link", pointer="/purpose")
    async with answering():
        made = await link_references(desk.timelines, one, other, wanted.evidence, ask.looking)
        if isinstance(made, Refusal):
            raise _problem(made)
        kept = await desk.timelines.link_by_id(made.link_id)
    return answer(LinkShown.of(kept, holds=True), 201)


@router.post(
    "/links/{linkId}/_undo",
    response_model=LinkShown,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 503),
    summary="Undo a link that proved wrong",
    openapi_extra=_body(UndoWanted),
)
async def undo(
    request: Request, desk: AtDesk, principal: Linker, link_id: Annotated[str, Path(alias="linkId", max_length=200)]
) -> Response:
    """Parts two timelines again. The link and its undoing both stay in the history."""
    wanted = validated(UndoWanted, await read_json(request, max_bytes=MAX_BODY_BYTES))
    ask = about(desk, employee(principal), (), wanted.purpose, "link", pointer="/purpose")
    async with answering():
        undone = await undo_link(desk.timelines, link_id, wanted.reason, ask.looking)
        if isinstance(undone, Refusal):
            raise _problem(undone)
        kept = await desk.timelines.link_by_id(link_id)
    return answer(LinkShown.of(kept, holds=False))


@router.get(
    "/citizens/{citizen}/links",
    response_model=LinksShown,
    responses=problem_responses(400, 401, 403, 503),
    summary="Every link around a citizen, with its evidence",
)
async def links(desk: AtDesk, principal: Anybody, citizen: CitizenPath, purpose: PurposeQuery = None) -> Response:
    """Shows which references are taken to be this person, who said so on what evidence, and what was undone."""
    ask = asked(desk, principal, citizen, purpose, "links")
    async with answering():
        found = await desk.timelines.links(ask.refs, ask.looking)
    holding = {each.key for each in applied(found)}
    return answer(LinksShown(links=[LinkShown.of(each, holds=each.key in holding) for each in found]))


def _problem(refusal: Refusal) -> Problem:
    match refusal:
        case Refusal.TWO_BSNS:
            detail = "These references lead to two different BSNs. That is two people; check whom you have before you."
            return Problem(409, "two-bsns", "These are two people", detail)
        case Refusal.ALREADY_ONE:
            return Problem(409, "already-one", "These are one person already", "A link that holds joins these references.")
        case Refusal.SAME_REFERENCE:
            return Problem(400, "same-reference", "This is one reference", "Name two different references to link.")
        case Refusal.ALREADY_UNDONE:
            return Problem(
                409, "already-undone", "This link was undone before", "Make a new link if they are one person after all."
            )
        case _:
            return problem_of(404)
