"""How a request is refused: problem+json (RFC 9457), the same shape on every path."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service_runtime.metrics import requests_refused_total

PROBLEM_JSON = "application/problem+json"


class FieldFault(msgspec.Struct, frozen=True):
    """One thing wrong with what was sent: the field, its JSON pointer and the reason in words. Never the value."""

    name: str
    pointer: str
    reason: str


class Problem(HTTPException):
    """A refusal that becomes problem+json. `detail` is for the sender and repeats nothing that was sent."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        faults: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.status = status
        self.kind = kind
        self.title = title
        self.faults = tuple(faults)


class ProblemFault(BaseModel):
    """One thing wrong with what was sent."""

    name: str = Field(description="the field or parameter")
    pointer: str = Field(description="where it stands in the body, as a JSON pointer (RFC 6901); empty for the whole body")
    reason: str = Field(description="what is wrong with it, in words")


class ProblemDetails(BaseModel):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(title="ProblemDetails")

    type: str = Field(description="the kind of problem", examples=["urn:plein:problem:invalid-input"])
    title: str = Field(description="the kind of problem in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what to do about this one")
    instance: str = Field(description="this one refusal, to name when asking for help")
    errors: list[ProblemFault] = Field(default=[], description="everything that is wrong with what was sent")


class _Written(msgspec.Struct, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[FieldFault, ...] = ()


_encode = msgspec.json.Encoder().encode

_STATUS_WORDS: dict[int, tuple[str, str, str]] = {
    400: ("invalid-input", "The request is not right", "Something in the request is not right; `errors` says what."),
    401: ("not-signed-in", "Who are you?", "Send a valid access token in the Authorization header."),
    403: ("not-allowed", "This is not yours to do", "The access token does not allow this."),
    404: ("not-found", "There is nothing here", "Check the address; a trailing slash makes it another address."),
    405: ("method-not-allowed", "This method is not offered here", "The Allow header names the methods that are."),
    406: ("not-acceptable", "No such form of answer", "This address answers in JSON."),
    408: ("too-slow", "The request came too slowly", "Send the whole request at once."),
    409: ("conflict", "This clashes with what is known", "What was sent clashes with what is kept under the same id."),
    410: ("gone", "This is gone", "What was here has been removed."),
    413: ("too-large", "The body is too large", "Send less at once."),
    415: ("unsupported-media-type", "This kind of body is not read here", "Send JSON, with Content-Type: application/json."),
    429: ("too-many-requests", "Too many requests", "Wait for the seconds in Retry-After, then go on."),
    431: ("head-too-large", "The headers are too large", "Send less in the headers."),
    500: ("failed", "Something went wrong here", "This is our fault. Try again, and name the instance when it stays."),
    503: ("not-available", "Not available now", "Send the same again in a moment."),
}


def problem_of(status: int, *, headers: Mapping[str, str] | None = None) -> Problem:
    """Returns the plain problem of an HTTP status."""
    kind, title, detail = _STATUS_WORDS.get(status) or _STATUS_WORDS[500 if status >= 500 else 400]
    return Problem(status, kind, title, detail, headers=headers)


_NOT_AVAILABLE: list[type[Exception]] = []


def means_not_available(*kinds: type[Exception]) -> None:
    """Says which exceptions mean that something this service leans on is away: a 503, not a 500."""
    _NOT_AVAILABLE.extend(kinds)


def problem_behind(fault: Exception, *, stopping: bool) -> Problem:
    """Returns what the sender hears about an exception nobody caught: nothing of it, only whose turn it is.

    In a process that is stopping a part can be gone while a request is still under way.
    """
    if stopping or isinstance(fault, tuple(_NOT_AVAILABLE)):
        return problem_of(503, headers={"Retry-After": "2"})
    return problem_of(500)


def invalid_input(faults: Sequence[FieldFault]) -> Problem:
    """Returns the 400 that says everything that is wrong."""
    _, title, _ = _STATUS_WORDS[400]
    detail = "; ".join(f"{fault.name or 'the body'} {fault.reason}" for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    return Problem(400, "invalid-input", title, f"{detail}{more}.", faults=faults)


def problem_bytes(problem: Problem, instance: str) -> bytes:
    """Returns the JSON of a problem, and counts it: this is the one place that every refusal passes."""
    requests_refused_total.labels(problem.kind).inc()
    kind = f"urn:plein:problem:{problem.kind}"
    return _encode(_Written(kind, problem.title, problem.status, problem.detail, instance, problem.faults))


def problem_answer(problem: Problem, instance: str) -> Response:
    """Returns the response for a problem."""
    return Response(problem_bytes(problem, instance), problem.status, problem.headers, media_type=PROBLEM_JSON)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns what a route's `responses=` says about the refusals it may give."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": _STATUS_WORDS[status][1],
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }
    if status == 429:
        described["headers"] = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
    if status == 401:
        described["headers"] = {"WWW-Authenticate": {"description": "how to sign in", "schema": {"type": "string"}}}
    return described
