"""The route that forgets a citizen. Whom stands in the body, never in an address; who asked, and why, stays on the access log."""

from datetime import timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from contact_events.citizen_ref import CitizenRef, NotAnIdentifier
from contact_events.purposes import Opening
from contact_events.topics import KEPT
from service_runtime.http import read_json, validated
from service_runtime.problems import FieldFault, invalid_input, problem_responses
from service_runtime.tokens import Principal, authorised
from timeline.edges.http.asking import AtDesk, about, answer, answering, employee
from timeline.edges.http.searching import KINDS
from timeline.edges.http.shown import ErasureShown
from timeline.handlers import refs_behind

MAX_BODY_BYTES = 20_000
# Clocks differ a little; an erasure of the future would forget contacts that are still to come.
CLOCK_ROOM = timedelta(seconds=10)
_REF = "^c[1-9][0-9]{0,3}-[0-9a-f]{32}$"
_ONE_OF = (*KINDS, "references")

router = APIRouter(prefix="/v1", tags=["erasures"])


class ErasureWanted(BaseModel):
    """Whom to forget (one of `bsn`, `phone`, `email`, `ref`), why, and in which case.

    After a backup was restored, `references` and `erasedAt` of an earlier erasure say that one again.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    purpose: str = Field(min_length=1, max_length=80, description="a code of the purpose register", examples=["vergeten"])
    case: str = Field(
        max_length=80,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="the case in which it was decided: the ground, kept for ever, so never an identifier of the citizen",
        examples=["z-2026-00417"],
    )
    bsn: str | None = Field(default=None, max_length=20, examples=["999990342"])
    phone: str | None = Field(default=None, max_length=30)
    email: str | None = Field(default=None, max_length=320)
    ref: str | None = Field(default=None, max_length=40, description="a citizen's reference")
    references: list[Annotated[str, Field(pattern=_REF)]] | None = Field(
        default=None, min_length=1, max_length=200, description="every reference of an earlier erasure, as it was answered"
    )
    erasedAt: AwareDatetime | None = Field(  # noqa: N815 - as it stands in the body
        default=None, description="the moment of the earlier erasure; only with `references`"
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(getattr(self, name) is not None for name in _ONE_OF) != 1:
            raise ValueError("needs exactly one of bsn, phone, email, ref or references")
        if (self.references is None) != (self.erasedAt is None):
            raise ValueError("needs references and erasedAt together: both are of an earlier erasure")
        return self

    @property
    def by(self) -> str:
        return next(name for name in _ONE_OF if getattr(self, name) is not None)


@router.post(
    "/erasures",
    status_code=202,
    response_model=ErasureShown,
    responses=problem_responses(400, 401, 403, 413, 415, 503),
    summary="Forget a citizen everywhere, for ever",
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": ErasureWanted.model_json_schema()}}, "required": True}
    },
)
async def erase(
    request: Request, desk: AtDesk, principal: Annotated[Principal, Depends(authorised("erasures:write"))]
) -> Response:
    """Forgets what was logged up to now under every reference of this person, here at once and in every other service soon.

    Each service tells at `GET /v1/erasures/{erasureId}` that it has. Topics forget within seven days. Who looked stays known.
    A phone number or e-mail address that only may be this person's is in `perhapsAlso` and is not forgotten with it.
    """
    wanted = validated(ErasureWanted, await read_json(request, max_bytes=MAX_BODY_BYTES))
    erased_at = wanted.erasedAt
    if erased_at is not None and erased_at > desk.now() + CLOCK_ROOM:
        raise invalid_input([FieldFault("erasedAt", "/erasedAt", "lies in the future: it is when an earlier erasure was made")])
    try:
        if wanted.references is not None:
            refs = tuple(CitizenRef.from_text(text) for text in wanted.references)
        else:
            refs = refs_behind(desk.keys, KINDS[wanted.by], getattr(wanted, wanted.by))
    except NotAnIdentifier as fault:
        raise invalid_input([FieldFault(wanted.by, f"/{wanted.by}", f"cannot be used: {fault}")]) from None
    ask = about(desk, employee(principal), refs, wanted.purpose, "erasure", pointer="/purpose", opening=Opening.ERASURE)
    async with answering():
        erased = await desk.timelines.erase(refs, wanted.case.lower(), ask.looking, erased_at=erased_at)
    return answer(ErasureShown.of(erased, kept=KEPT), 202)
