"""`POST /v1/interactions/_upload`: a file of questions, and what became of each line.

Each line is accepted whole or refused whole, and all that are right become durable in one go: either all of them, or, when
that cannot be, none (503). A file sent again, also mended, repeats what was accepted and adds what was not.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from front_door.admission import Admission
from front_door.answers import AcceptedAnswer
from front_door.arrivals import Arrived
from front_door.submission import RefusalKind
from intermediary_adapter.rows import IN_DUTCH, MOST_ROWS, NOT_RIGHT_NL, SENSITIVE_NL, Row, Unfit, read_rows
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised

CSV = "text/csv"
FORM = "multipart/form-data"


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Reason(_Answer):
    """Why a line was refused; `field` is the part of the line."""

    field: str
    nl: str
    en: str


class RowResult(_Answer):
    """What became of one line. `row` is its number in the file, the heading being 1; member and matter are as the line says."""

    row: int
    outcome: Literal["accepted", "refused"]
    member_number: str | None = None
    matter: str | None = None
    id: str | None = None
    event_key: UUID | None = None
    receipt: str | None = None
    status: str | None = None
    reasons: list[Reason] = Field(default=[])


class UploadAnswer(_Answer):
    """What became of the file."""

    accepted: int
    refused: int
    rows: list[RowResult]


def upload_routes(admission: Admission) -> APIRouter:
    """Returns the route for files."""
    router = APIRouter()

    @router.post(
        "/v1/interactions/_upload",
        status_code=202,
        tags=["front door"],
        summary="Questions for many members from one CSV file, with a result per line",
        response_model=UploadAnswer,
        responses=problem_responses(400, 401, 403, 413, 415, 429, 503),
        openapi_extra={"requestBody": _BODY},
    )
    async def upload(request: Request, principal: Annotated[Principal, Depends(authorised(admission.door.scope))]) -> Response:
        rows = read_rows(await _file_of(request))
        if isinstance(rows, Unfit):
            raise _unfit(rows)
        arrived = [_arrived(row, admission) if isinstance(row, Row) else _row_problem(row) for row in rows]
        answers = await admission.admit(arrived, principal, [admission.door.contact])
        if all(map(_concerns_the_sender, answers)) and isinstance(answers[0], Problem):
            raise answers[0]
        results = [_result(row, answer) for row, answer in zip(rows, answers, strict=True)]
        accepted = sum(result.outcome == "accepted" for result in results)
        answer = UploadAnswer(accepted=accepted, refused=len(results) - accepted, rows=results)
        return Response(answer.model_dump_json(by_alias=True, exclude_none=True), 202, media_type="application/json")

    return router


async def _file_of(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity").lower() != "identity" or kind not in (CSV, FORM):
        plain = problem_of(415)
        raise Problem(415, plain.kind, plain.title, f"Send the file as {CSV}, or as the field `file` of {FORM}.")
    if kind == CSV:
        return await request.body()
    async with request.form(max_files=1, max_fields=5) as form:
        sent = form.get("file")
        if isinstance(sent, UploadFile):
            return await sent.read()
    raise invalid_input([FieldFault("file", "/file", "is missing: send one CSV file in the field `file`")])


def _arrived(row: Row, admission: Admission) -> Arrived:
    """Gives a line without an id one made of its content, so that the same line is the same event in the next file too."""
    return Arrived(row.body, id=None if "id" in row.body else f"row-{admission.mark_of(row.body)}")


def _unfit(file: Unfit) -> Problem:
    if file.number == MOST_ROWS:
        return Problem(413, "too-large", "The file is too large", f"{file.en} {file.nl}")
    return Problem(
        400, "unfit-file", "This file cannot be read", f"{file.en} {file.nl}", faults=[FieldFault("file", "", file.en)]
    )


def _row_problem(row: Unfit) -> Problem:
    return Problem(400, _UNFIT_ROW, row.nl, row.en)


def _concerns_the_sender(answer: AcceptedAnswer | Problem) -> bool:
    return isinstance(answer, Problem) and answer.status == 403


def _result(row: Row | Unfit, answer: AcceptedAnswer | Problem) -> RowResult:
    body = row.body if isinstance(row, Row) else {"member": {}}
    line = {"row": row.number, "member_number": body["member"].get("memberNumber"), "matter": body.get("matter")}
    if isinstance(answer, Problem):
        return RowResult(**line, outcome="refused", reasons=_reasons(answer))
    (recorded,) = answer.interactions
    return RowResult(
        **line,
        outcome="accepted",
        id=answer.id,
        event_key=recorded.event_key,
        receipt=answer.receipt,
        status=answer.status,
    )


def _reasons(problem: Problem) -> list[Reason]:
    if problem.kind == _UNFIT_ROW:
        return [Reason(field="", nl=problem.title, en=problem.detail)]
    if problem.status == 409:
        return [
            Reason(field="id", nl="Dit kenmerk is al gebruikt met andere tekst. Gebruik een nieuw kenmerk.", en=problem.detail)
        ]
    is_sensitive = problem.kind == RefusalKind.MEDICAL_OR_CRIMINAL
    return [
        Reason(field=fault.name, nl=SENSITIVE_NL if is_sensitive else IN_DUTCH.get(fault.pointer, NOT_RIGHT_NL), en=fault.reason)
        for fault in problem.faults
    ]


_UNFIT_ROW = "unfit-row"
_EXAMPLE = (
    "lidnummer;bsn;toestemming;onderwerp;vraag\r\n"
    "L-20417;999990342;Ik vind het goed dat de seniorenclub dit vraagt.;minimaregeling;Kan ons lid de regeling krijgen?\r\n"
)
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        CSV: {"schema": {"type": "string"}, "example": _EXAMPLE},
        FORM: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": CSV}},
            }
        },
    },
}
