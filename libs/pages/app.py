"""The app of a service of pages: everything that other services have, and refusals that people can read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.doors import BACK, CALLBACK, LANGUAGE_COOKIE, SIGN_IN, door_routes
from pages.guard import FROM_ELSEWHERE, NOT_FOR_YOU, FormAgain, Guard, SignInFirst, again
from pages.rendering import Rendering
from pages.sessions import PostgresSessions, Sealing
from pages.settings import PagesSettings
from pages.sign_in import IssuerAway, SignIn
from pages.texts import speak
from pages.upstream import Away, Refused
from service_runtime.database import Pool
from service_runtime.http import http_app
from service_runtime.incoming_body import header_of
from service_runtime.parts import Part
from service_runtime.problems import Problem, problem_answer, problem_of
from service_runtime.settings import BadSettings


class Speaking:
    """Lets each request speak the language that its visitor chose."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            speak(_language_in(header_of(scope, b"cookie")))
        await self._app(scope, receive, send)


def guard_of(settings: PagesSettings, app: FastAPI, pool: Pool, schema: str) -> Guard:
    """Returns who guards the pages of a service that keeps its sessions in its own schema. Raises BadSettings."""
    sealer = settings.sealer()
    sign_in = SignIn(
        settings.sign_in_issuer,
        settings.sign_in_client,
        settings.sign_in_scopes,
        f"{settings.address}{CALLBACK}",
        sealer,
        app.state.token_checker,
        secret=settings.sign_in_secret.get_secret_value() if settings.sign_in_secret else None,
        reached_at=settings.sign_in_backchannel,
    )
    sessions = PostgresSessions(
        pool,
        schema,
        Sealing(sealer),
        idle=timedelta(minutes=settings.session_idle_minutes),
        longest=timedelta(hours=settings.session_hours),
    )
    return Guard(sessions, sign_in, settings.address, f"plein_{schema}")


def rendering_of(settings: PagesSettings, package: Path, shown: Mapping[str, Any]) -> Rendering:
    """Returns what makes the pages of a service. Raises BadSettings where the theme is not whole."""
    try:
        return Rendering(
            package, theme=settings.theme_folder, municipality=settings.municipality, issuer=settings.sign_in_issuer, shown=shown
        )
    except ValueError as fault:
        raise BadSettings(f"Set THEME_FOLDER to a folder that `plein theme` filled: {fault}.") from None


def pages_app(
    *, service: str, title: str, description: str, settings: PagesSettings, parts: Sequence[Part], rendering: Rendering
) -> FastAPI:
    """Returns the app, to add pages to. A refusal is a page for a browser, and problem+json for a program."""
    app = http_app(service=service, title=title, description=description, settings=settings, parts=parts)
    plain: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = dict(app.exception_handlers)

    async def sign_in_first(request: Request, fault: Exception) -> Response:
        if not _wants_page(request):
            return await _told(request, problem_of(401))
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        level = f"&niveau={quote(fault.acr)}" if isinstance(fault, SignInFirst) and fault.acr else ""
        if request.method != "GET":
            fields = again(await request.form()) if "form" in request.headers.get("content-type", "") else ()
            return rendering.page(request, "pages/form_again.html", 401, fields=fields, sign_in=f"{SIGN_IN}?terug={BACK}{level}")
        return RedirectResponse(f"{SIGN_IN}?terug={quote(here)}{level}", 303)

    async def form_again(request: Request, fault: Exception) -> Response:
        if not _wants_page(request):
            return await _told(request, problem_of(403))
        fields = fault.fields if isinstance(fault, FormAgain) else ()
        return rendering.page(request, "pages/form_again.html", 403, fields=fields, sign_in=None)

    async def refused(request: Request, fault: Exception) -> Response:
        if not _wants_page(request):
            return await plain[HTTPException](request, fault)
        if isinstance(fault, Problem):
            return await _told(request, fault)
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        return await _told(request, problem_of(status))

    async def unreadable(request: Request, fault: Exception) -> Response:
        return await (_told(request, problem_of(400)) if _wants_page(request) else plain[RequestValidationError](request, fault))

    async def other_refused(request: Request, fault: Exception) -> Response:
        status = fault.status if isinstance(fault, Refused) else 500
        return await _told(request, problem_of(status if status in (403, 404, 410) else 500))

    async def away(request: Request, fault: Exception) -> Response:
        return await _told(request, problem_of(503, headers={"Retry-After": "5"}))

    async def _told(request: Request, problem: Problem) -> Response:
        if not _wants_page(request):
            return problem_answer(problem, request.scope.get("plein.instance", "urn:plein:request:unknown"))
        kind = problem.kind if problem.kind in (NOT_FOR_YOU, FROM_ELSEWHERE) else str(problem.status)
        return rendering.page(
            request,
            "pages/problem.html",
            problem.status,
            problem.headers,
            kind=kind,
            instance=request.scope.get("plein.instance", ""),
        )

    app.add_exception_handler(SignInFirst, sign_in_first)
    app.add_exception_handler(FormAgain, form_again)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(Refused, other_refused)
    for kind in (Away, IssuerAway, psycopg.OperationalError, PoolTimeout):
        app.add_exception_handler(kind, away)
    app.add_middleware(Speaking)
    return app


def add_doors(app: FastAPI, guard: Guard, rendering: Rendering) -> None:
    app.include_router(door_routes(guard, rendering))


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _language_in(cookies: str | bytes | None) -> str | None:
    text = cookies.decode("latin-1") if isinstance(cookies, bytes) else cookies
    try:
        found = SimpleCookie(text or "").get(LANGUAGE_COOKIE)
    except CookieError:
        return None
    return found.value if found else None
