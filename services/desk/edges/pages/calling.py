"""A call that comes in opens the desk at whoever is calling, without a number in the address."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from desk.domain.contact import At
from desk.domain.sought import Sought, SoughtBy
from desk.edges.calls import IncomingCalls
from desk.edges.pages.at_desk import AGENT, DeskPages
from desk.edges.pages.seeking import PURPOSE_KEPT
from pages.session import Session
from pages.upstream import Refused
from service_runtime.faults import validated
from service_runtime.http import json_answer
from service_runtime.problems import problem_of, problem_responses
from service_runtime.reading import read_json
from service_runtime.tokens import Principal, authorised

MAX_BODY_BYTES = 1_000


class IncomingCall(BaseModel):
    """A call that rings."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", hide_input_in_errors=True)

    caller_number: str = Field(min_length=3, max_length=40, description="as the exchange saw it", examples=["0612345678"])


class CallToOpen(BaseModel):
    """Where an agent opens it: once, within ten minutes."""

    open: str


def calling_routes(desk: DeskPages, calls: IncomingCalls) -> APIRouter:
    """Returns the route of the telephone exchange, and the page that it opens."""
    router = APIRouter()
    agent = Annotated[Session, Depends(desk.guard.signed_in((AGENT,)))]

    @router.post(
        "/v1/incoming-calls",
        status_code=201,
        tags=["calls"],
        response_model=CallToOpen,
        responses=problem_responses(400, 401, 403, 413, 415, 503),
        summary="Say that somebody is calling",
        openapi_extra={
            "requestBody": {"content": {"application/json": {"schema": IncomingCall.model_json_schema()}}, "required": True}
        },
    )
    async def announce(request: Request, _: Annotated[Principal, Depends(authorised("interactions:phone:write"))]) -> Response:
        """Gives the address at which an agent opens the call. The number is sealed, and forgotten when it was opened."""
        call = validated(IncomingCall, await read_json(request, max_bytes=MAX_BODY_BYTES))
        code = await calls.announce(call.caller_number, desk.now())
        return json_answer({"open": f"{desk.guard.address}/gesprek/{code}"}, 201)

    @router.get("/gesprek/{code}", include_in_schema=False)
    async def answer(request: Request, session: agent, code: str) -> Response:
        number = await calls.take(code, desk.now())
        if number is None:
            raise problem_of(410)
        purposes = await desk.purposes(session)
        purpose = session.kept.get(PURPOSE_KEPT) or (purposes[0]["code"] if purposes else "")
        contact = desk.begin(session, At.PHONE, purpose, {"caller_number": (number,)})
        await desk.contacts.take_up(contact)
        try:
            found, _ = await desk.services.found(session, Sought(SoughtBy.PHONE, number), purpose)
        except Refused:
            found = []
        return desk.rendering.page(request, "ringing.html", contact=contact, found=found)

    return router
