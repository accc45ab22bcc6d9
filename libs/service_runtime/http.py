"""The HTTP factory: what standards.md asks of every API is set here once (NL GOV REST API Design Rules 2.1)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from service_runtime.cross_origin import OPENAPI_PATH, CrossOrigin
from service_runtime.exchange import Exchange
from service_runtime.faults import faults_of_request, validated
from service_runtime.openapi import openapi_document
from service_runtime.parts import Part, PartHealth
from service_runtime.problems import Problem, invalid_input, problem_answer, problem_of
from service_runtime.rate_limits import RateLimits
from service_runtime.reading import read_json, read_json_bytes
from service_runtime.settings import ServiceSettings
from service_runtime.tokens import TokenChecker

__all__ = ["http_app", "json_answer", "read_json", "read_json_bytes", "validated"]

CONTACT = {
    "name": "Plein",
    "url": "https://plein.example.nl/developers",
    "email": "api@plein.example.nl",
}

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def http_app(
    *,
    service: str,
    title: str,
    description: str,
    settings: ServiceSettings,
    parts: Sequence[Part],
    lifespan: Lifespan | None = None,
    version: str = "1.0.0",
    token_checker: TokenChecker | None = None,
) -> FastAPI:
    """Returns the app of a service, to add routes to. Raises BadSettings when the issuers file is not right.

    FastAPI's own telemetry is off: it would record what exceptions say.
    """
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        contact=CONTACT,
        servers=[{"url": settings.address}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False},
        exception_handlers={
            HTTPException: _refused,
            RequestValidationError: _unreadable,
        },
    )
    app.state.service = service
    app.state.token_checker = token_checker or TokenChecker.from_settings(settings)
    app.add_middleware(
        Exchange,
        version=version,
        max_body_bytes=settings.max_body_bytes,
        limits=RateLimits(settings.requests_per_second, settings.request_burst),
        origins=CrossOrigin(settings.cors_origins),
    )
    _add_openapi(app)
    _add_health(app, service, parts)
    return app


_encode = msgspec.json.Encoder().encode


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a JSON response, written by msgspec: structs, dataclasses, UUIDs, moments and plain values."""
    return Response(_encode(content), status, headers, media_type="application/json")


class PartState(BaseModel):
    """How one part of the process is."""

    name: str
    ready: bool
    detail: dict[str, bool | int | float | str] = Field(description="numbers for operators")


class Health(BaseModel):
    """How the process is."""

    service: str
    ready: bool
    parts: list[PartState]


class Alive(BaseModel):
    """The process runs."""

    service: str
    alive: bool


def _add_health(app: FastAPI, service: str, parts: Sequence[Part]) -> None:
    @app.get("/v1/health/live", tags=["health"], summary="Does the process run?")
    async def live() -> Alive:
        return Alive(service=service, alive=True)

    not_ready: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "A part is not ready"}}

    @app.get("/v1/health/ready", tags=["health"], summary="Can it do its work?", response_model=Health, responses=not_ready)
    async def ready() -> Response:
        states = [_state(part) for part in parts]
        is_ready = all(state.ready for state in states) and not app.state.stopping.is_set()
        described = [{"name": state.name, "ready": state.ready, "detail": dict(state.detail)} for state in states]
        return json_answer({"service": service, "ready": is_ready, "parts": described}, 200 if is_ready else 503)

    app.state.stopping = asyncio.Event()

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _state(part: Part) -> PartHealth:
    try:
        return part.health()
    except Exception as fault:  # a part that cannot say how it is, is not ready
        return PartHealth(part.name, ready=False, detail={"error_type": type(fault).__name__})


def _add_openapi(app: FastAPI) -> None:
    @app.get(OPENAPI_PATH, include_in_schema=False)
    async def openapi() -> Response:
        return JSONResponse(app.openapi())

    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it


async def _refused(request: Request, fault: Exception) -> Response:
    if isinstance(fault, Problem):
        problem = fault
    elif isinstance(fault, HTTPException):
        headers = dict(fault.headers or {})
        if fault.status_code == 405:
            headers["Allow"] = ", ".join(_offered(request))
        problem = problem_of(fault.status_code, headers=headers)
    else:
        problem = problem_of(500)
    return problem_answer(problem, request.scope.get("plein.instance", "urn:plein:request:unknown"))


async def _unreadable(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, RequestValidationError):
        raise fault
    return await _refused(request, invalid_input(faults_of_request(fault.errors(), fault.body)))


def _offered(request: Request) -> list[str]:
    """Returns the methods of an address over all its routes; the router itself knows only the first."""
    found = []
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        asked = {**request.scope, "method": method, "fastapi": {}}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes):
            found.append(method)
    return found
