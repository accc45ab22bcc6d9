"""The addresses every door shows."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from front_door.admission import Admission
from front_door.amendments import CORRECTION, WITHDRAWAL
from front_door.answers import AcceptedAnswer, BatchResult, StatusAnswer, problem_details, status_answer
from front_door.arrivals import Arrived, Mode, from_envelope, mode_of, read_batch, read_binary, read_event, read_plain
from front_door.descriptions import request_body
from front_door.door import Kind
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of, problem_responses
from service_runtime.tokens import Principal, authorised

_RESULTS = TypeAdapter(list[BatchResult])
_REFUSALS = (400, 401, 403, 409, 413, 415, 429, 503)


def door_routes(admission: Admission, *, requests_per_minute: int) -> APIRouter:
    """Returns the routes of a door: contacts, corrections, withdrawals, facts, the state of one, and the webhook handshake."""
    router = APIRouter()
    kinds = list(admission.kinds.values())
    facts = kinds[-1]
    addresses = (
        ("interactions", kinds, f"A contact through this channel: {admission.door.channel.value}"),
        ("corrections", [CORRECTION], "Put an earlier contact right"),
        ("withdrawals", [WITHDRAWAL], "Take back a contact that should not have been recorded"),
        *((("citizen-facts", [facts], "State what is known about a citizen"),) if facts.bodies else ()),
    )
    for name, taken, summary in addresses:
        _add_posting(router, admission, name, taken, summary)
    _add_status(router, admission)
    _add_handshake(router, requests_per_minute)
    return router


def _add_posting(router: APIRouter, admission: Admission, name: str, kinds: Sequence[Kind], summary: str) -> None:
    @router.post(
        f"/v1/{name}",
        status_code=202,
        tags=["front door"],
        summary=summary,
        operation_id=f"post_{name.replace('-', '_')}",
        response_model=AcceptedAnswer | list[BatchResult],
        responses=problem_responses(*_REFUSALS),
        openapi_extra={"requestBody": request_body(kinds), "parameters": [_IDEMPOTENCY_KEY]},
    )
    async def post(request: Request, principal: Annotated[Principal, Depends(authorised(admission.door.scope))]) -> Response:
        mode = mode_of(request.headers)
        raw = await request.body()
        if mode is Mode.BATCH:
            results = await _batch_results(admission, raw, principal, kinds, request.scope["plein.instance"])
            return Response(_RESULTS.dump_json(results, by_alias=True, exclude_none=True), 202, media_type="application/json")
        (answer,) = await admission.admit([_one(mode, request, raw)], principal, kinds)
        if isinstance(answer, Problem):
            raise answer
        return Response(answer.model_dump_json(by_alias=True), 202, media_type="application/json")


def _one(mode: Mode, request: Request, raw: bytes) -> Arrived:
    if mode is Mode.STRUCTURED:
        return read_event(raw)
    if mode is Mode.BINARY:
        return read_binary(request.headers, raw)
    plain = read_plain(raw)
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if len(key) > 190 or not key.isprintable():
        raise invalid_input([FieldFault("Idempotency-Key", "", "in the header may have at most 190 printable characters")])
    has_own_id = isinstance(plain.data, dict) and plain.data.get("id") is not None
    return plain if has_own_id or not key else Arrived(plain.data, id=key)


async def _batch_results(
    admission: Admission, raw: bytes, principal: Principal, kinds: Sequence[Kind], instance: str
) -> list[BatchResult]:
    arrived = [_read_or_problem(each) for each in read_batch(raw)]
    answers = await admission.admit(arrived, principal, kinds)
    return [
        BatchResult(position=position, http_status=answer.status, problem=problem_details(answer, f"{instance}:{position}"))
        if isinstance(answer, Problem)
        else BatchResult(position=position, http_status=202, accepted=answer)
        for position, answer in enumerate(answers)
    ]


def _read_or_problem(raw: object) -> Arrived | Problem:
    try:
        return from_envelope(raw)
    except Problem as problem:
        return problem


def _add_status(router: APIRouter, admission: Admission) -> None:
    @router.get(
        "/v1/interactions/{eventKey}/status",
        tags=["front door"],
        summary="How far is it? Tells the state and nothing else",
        response_model=StatusAnswer,
        responses=problem_responses(401, 403, 404),
        openapi_extra={"parameters": [_EVENT_KEY]},
        dependencies=[Depends(authorised(admission.door.scope))],
    )
    async def status(request: Request) -> StatusAnswer:
        try:
            key = UUID(request.path_params["eventKey"])
        except ValueError:
            raise problem_of(404) from None
        state = await admission.state_of(key)
        if state is None:
            raise problem_of(404)
        return status_answer(state)


def _add_handshake(router: APIRouter, requests_per_minute: int) -> None:
    @router.options(
        "/v1/interactions",
        status_code=204,
        tags=["front door"],
        summary="The webhook handshake of CloudEvents: may this origin deliver here, and how fast?",
        operation_id="webhook_handshake",
    )
    async def handshake(request: Request) -> Response:
        headers = {"Allow": "OPTIONS, POST"}
        origin = request.headers.get("webhook-request-origin", "").strip()
        if origin and len(origin) <= 255 and origin.isprintable():
            # Any origin may ask: only a token delivers.
            headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": str(requests_per_minute)}
        return Response(status_code=204, headers=headers)


_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 190},
    "description": "the id of a plain body that has none of its own",
}
_EVENT_KEY: dict[str, Any] = {
    "name": "eventKey",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "the key in the status address of the answer",
}
