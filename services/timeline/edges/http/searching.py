"""The route that finds a citizen. What is sought stands in the body, never in an address, and every search leaves a line."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from contact_events.citizen_ref import WEAK_KINDS, NotAnIdentifier, RefKind
from service_runtime.http import read_json, validated
from service_runtime.metrics import citizens_searched_total
from service_runtime.problems import FieldFault, invalid_input, problem_responses
from service_runtime.tokens import Principal, authorised
from timeline.edges.http.asking import AtDesk, about, answer, answering, employee
from timeline.edges.http.shown import CandidateShown, CitizensFound, ReferenceShown
from timeline.handlers import find_citizens, refs_behind

MAX_BODY_BYTES = 4_000
# A reference does not say what it was made from.
UNTOLD_KIND = "unknown"
KINDS: dict[str, RefKind | None] = {"bsn": RefKind.BSN, "phone": RefKind.PHONE, "email": RefKind.EMAIL, "ref": None}

router = APIRouter(prefix="/v1", tags=["citizens"])


class Sought(BaseModel):
    """One of `bsn`, `phone`, `email` or `ref`, and why."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    purpose: str = Field(min_length=1, max_length=80, description="a code of the purpose register", examples=["klantcontact"])
    bsn: str | None = Field(default=None, max_length=20, examples=["999990342"])
    phone: str | None = Field(default=None, max_length=30)
    email: str | None = Field(default=None, max_length=320)
    ref: str | None = Field(default=None, max_length=40, description="a citizen's reference")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(getattr(self, name) is not None for name in KINDS) != 1:
            raise ValueError("needs exactly one of bsn, phone, email or ref")
        return self

    @property
    def by(self) -> str:
        return next(name for name in KINDS if getattr(self, name) is not None)


@router.post(
    "/citizens/_zoek",
    response_model=CitizensFound,
    responses=problem_responses(400, 401, 403, 413, 415, 503),
    summary="Find a citizen by BSN, phone number, e-mail address or reference",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": Sought.model_json_schema()}}, "required": True}},
)
async def find(
    request: Request, desk: AtDesk, principal: Annotated[Principal, Depends(authorised("citizens:search"))]
) -> Response:
    """Finds whom an identifier may mean. A phone number or e-mail address may be shared: each person is shown apart."""
    sought = validated(Sought, await read_json(request, max_bytes=MAX_BODY_BYTES))
    kind = KINDS[sought.by]
    try:
        refs = refs_behind(desk.keys, kind, getattr(sought, sought.by))
    except NotAnIdentifier as fault:
        raise invalid_input([FieldFault(sought.by, f"/{sought.by}", f"cannot be used: {fault}")]) from None
    ask = about(desk, employee(principal), refs, sought.purpose, "search", pointer="/purpose")
    async with answering():
        weak = kind in WEAK_KINDS
        found = await find_citizens(desk.timelines, refs, weak=weak, looking=ask.looking, new_id=desk.new_id)
    citizens_searched_total.labels(outcome="found" if found else "not_found").inc()
    sought_ref = ReferenceShown(citizen=refs[0].text, kind=kind.value if kind is not None else UNTOLD_KIND)
    return answer(CitizensFound(citizens=[CandidateShown.of(candidate) for candidate in found], sought=sought_ref))
