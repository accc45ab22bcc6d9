"""The routes that every service of pages has: in, out, the language, and its files."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pages.guard import Guard, SignInFirst, local_place
from pages.rendering import Rendering
from pages.sign_in import ON_THE_WAY, IssuerAway, NotSignedIn
from pages.static_files import ADDRESS
from pages.texts import LANGUAGES
from service_runtime.logging import get_logger
from service_runtime.metrics import people_signed_in_total

SIGN_IN = "/aanmelden"
CALLBACK = "/aanmelden/terug"
# Where somebody ends who signed in again in another window.
BACK = "/aangemeld"
SIGN_OUT = "/afmelden"
LANGUAGE_COOKIE = "taal"
A_YEAR = 31_536_000

log = get_logger()


def door_routes(guard: Guard, rendering: Rendering) -> APIRouter:
    """Returns the routes in, out, of the language and of the files."""
    router = APIRouter(include_in_schema=False)
    underway = f"{guard.cookie}_onderweg"
    is_https = guard.address.startswith("https:")

    def keep(answer: Response, name: str, value: str, seconds: int | None) -> None:
        answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=is_https, samesite="lax")

    @router.get(SIGN_IN)
    async def sign_in(request: Request, terug: str = "/", wie: str | None = None, niveau: str | None = None) -> Response:
        """Leads on to the issuer. `wie` is a hint for an issuer that wants one, never a proof."""
        try:
            address, sealed = await guard.sign_in.begin(local_place(terug), hint=wie, acr=niveau)
        except IssuerAway:
            return rendering.page(
                request, "pages/sign_in_away.html", 503, {"Retry-After": "5"}, again=f"{SIGN_IN}?terug={quote(terug)}"
            )
        answer = RedirectResponse(address, 303)
        keep(answer, underway, sealed.decode(), int(ON_THE_WAY.total_seconds()))
        return answer

    @router.get(CALLBACK)
    async def came_back(request: Request) -> Response:
        sealed = request.cookies.get(underway)
        try:
            tokens, person, back_to = await guard.sign_in.finish(
                sealed.encode() if sealed else None, dict(request.query_params), guard.now()
            )
        except NotSignedIn as fault:
            log.info("sign_in_refused", reason=fault.reason)
            people_signed_in_total.labels("refused").inc()
            return rendering.page(request, "pages/sign_in_failed.html", 403, again=SIGN_IN)
        except IssuerAway:
            return rendering.page(request, "pages/sign_in_away.html", 503, {"Retry-After": "5"}, again=SIGN_IN)
        before = await guard.session(request)
        if before is not None:
            await guard.sessions.end(before)
        secret, _ = await guard.sessions.begin(tokens, person, guard.now())
        people_signed_in_total.labels("signed_in").inc()
        answer = RedirectResponse(back_to, 303)
        answer.delete_cookie(underway)
        keep(answer, guard.cookie, secret, None)
        return answer

    @router.post(SIGN_OUT)
    async def sign_out(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            raise SignInFirst
        await guard.form(request, session)
        await guard.sessions.end(session)
        answer = RedirectResponse(await guard.sign_in.farewell(session, f"{guard.address}/"), 303)
        answer.delete_cookie(guard.cookie)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    @router.get("/taal/{language}")
    async def choose_language(language: str, terug: str = "/") -> Response:
        answer = RedirectResponse(local_place(terug), 303)
        if language in LANGUAGES:
            keep(answer, LANGUAGE_COOKIE, language, A_YEAR)
        return answer

    for place, template in (
        ("/toegankelijkheid", "pages/accessibility.html"),
        ("/privacy", "pages/privacy.html"),
        (BACK, "pages/signed_in.html"),
    ):
        router.add_api_route(place, _told(guard, rendering, template), methods=["GET"])
    router.add_api_route(f"{ADDRESS}/{{version}}/{{name:path}}", rendering.static.serve, methods=["GET"])
    return router


def _told(guard: Guard, rendering: Rendering, template: str) -> Callable[[Request], Awaitable[Response]]:
    """Returns the route of a page for anybody; who is signed in stays so."""

    async def told(request: Request) -> Response:
        request.state.session = await guard.session(request)
        return rendering.page(request, template)

    return told
