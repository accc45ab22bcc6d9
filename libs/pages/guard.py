"""Who may see a page: sessions by their cookie, roles, a sign-in strong enough; and forms that came from a page of ours."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from fastapi import Request
from psycopg_pool import PoolTimeout
from starlette.datastructures import FormData, UploadFile

from pages.session import Session
from pages.sessions import Sessions
from pages.sign_in import IssuerAway, NotSignedIn, SignIn
from service_runtime.problems import Problem, problem_of

MOST_FIELDS = 400
# How many sessions ask the issuer at once, each with a connection in hand, and how long one waits for its turn.
RENEWING_AT_ONCE = 2
TURN_SECONDS = 10
# The header of what a page asks while nobody does anything.
BY_ITSELF = "plein-by-itself"

NOT_FOR_YOU = "not-for-you"
FROM_ELSEWHERE = "from-elsewhere"


class SignInFirst(Exception):
    """Nobody is signed in here, or not any more. `acr` is the level that this page asks for."""

    def __init__(self, acr: str | None = None) -> None:
        super().__init__("sign in first")
        self.acr = acr


class FormAgain(Exception):
    """A form came without proof that a page of this session made it. What is in it is shown again, for one more press."""

    def __init__(self, fields: tuple[tuple[str, str], ...]) -> None:
        super().__init__("show the form again")
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Guard:
    """Finds the session of a request. `address` is where the pages are seen, `cookie` the name of theirs."""

    sessions: Sessions
    sign_in: SignIn
    address: str
    cookie: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    renewing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RENEWING_AT_ONCE))

    def signed_in(self, roles: Iterable[str] = (), *, levels: Mapping[str, int] | None = None) -> "SignedIn":
        """Returns the dependency that gives the session of somebody with one of these roles; of anybody without.

        `levels` ranks what `acr` may say; a sign-in below every one of them is asked to be done again, stronger.
        """
        return SignedIn(self, frozenset(roles), levels)

    async def session(self, request: Request) -> Session | None:
        """Returns who is signed in, with a token that counts; None where nobody is. What a page asks by itself uses no session:
        one that lies open on a desk ends like any other.
        """
        secret = request.cookies.get(self.cookie)
        is_used = BY_ITSELF not in request.headers and "text/event-stream" not in request.headers.get("accept", "")
        found = await self.sessions.of(secret, self.now(), is_used=is_used) if secret else None
        if found is None or self.sign_in.counts(found, self.now()):
            return found
        try:
            return await self._renewed(found)
        except NotSignedIn:
            await self.sessions.end(found)
            return None

    async def _renewed(self, session: Session) -> Session | None:
        """Asks the issuer once, however many pages of a session ask at one moment: some take a refresh token once only."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self.renewing.acquire()
        except TimeoutError:
            raise IssuerAway from None
        try:
            return await self.sessions.change(session, lambda now_is: self.sign_in.renewed(now_is, self.now()))
        finally:
            self.renewing.release()

    async def keep(self, session: Session, **texts: str) -> None:
        """Keeps small texts with a session until it ends."""

        async def kept(now_is: Session) -> Session:
            return now_is.keeping(**texts)

        await self.sessions.change(session, kept)

    async def still(self, request: Request) -> bool:
        """Says whether the session of a request that lasts goes on; while nobody can tell, it does not."""
        try:
            return await self.session(request) is not None
        except (psycopg.OperationalError, PoolTimeout, IssuerAway):
            return False

    async def form(self, request: Request, session: Session) -> FormData:
        """Returns the fields of a form. Raises FormAgain for one of another session, Problem 403 for one from elsewhere."""
        form = await self.unproven_form(request)
        if not secrets.compare_digest(text_of(form.get("csrf")).encode(), session.csrf.encode()):
            raise FormAgain(again(form))
        return form

    async def unproven_form(self, request: Request) -> FormData:
        """Returns the fields of a form that a page of ours may have made. Raises Problem 403 for one from elsewhere."""
        self.same_origin(request)
        return await request.form(max_fields=MOST_FIELDS, max_files=1)

    def same_origin(self, request: Request) -> None:
        """Raises Problem 403 unless the browser says that a form came from a page of ours.

        Every browser of the last years sends Sec-Fetch-Site, or else Origin: who sends neither is no browser, and has no form.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
        is_ours = site == "same-origin" if site is not None else urlsplit(origin).netloc == urlsplit(self.address).netloc
        if not is_ours:
            raise Problem(403, FROM_ELSEWHERE, "This form came from elsewhere", "Open the page here, and send the form from it.")


class SignedIn:
    """The dependency that gives a session, and leaves it with the request for templates."""

    def __init__(self, guard: Guard, roles: frozenset[str], levels: Mapping[str, int] | None) -> None:
        self._guard = guard
        self._roles = roles
        self._levels = levels

    async def __call__(self, request: Request) -> Session:
        session = await self._guard.session(request)
        if session is None:
            raise SignInFirst
        if self._levels is not None and (session.person.acr or "") not in self._levels:
            raise SignInFirst(min(self._levels, key=self._levels.__getitem__))
        request.state.session = session
        if self._roles and not self._roles & session.person.roles:
            raise Problem(403, NOT_FOR_YOU, "This is not yours to do", "Nobody with these roles may open this page.")
        return session


def again(form: FormData) -> tuple[tuple[str, str], ...]:
    """Returns what was typed, to be shown again; files are not kept, and chosen anew."""
    return tuple((name, value) for name, value in form.multi_items() if name != "csrf" and isinstance(value, str))


def text_of(value: UploadFile | str | None) -> str:
    """Returns a field's text, without white at its ends; nothing for a file."""
    return value.strip() if isinstance(value, str) else ""


def fields_of(form: FormData) -> dict[str, tuple[str, ...]]:
    """Returns the fields of a form as they were typed, without what belongs to the page, and without files."""
    names = dict.fromkeys(name for name, _ in form.multi_items() if name not in ("csrf", "action"))
    return {name: tuple(value for value in form.getlist(name) if isinstance(value, str)) for name in names}


def key_of(form: FormData) -> UUID:
    """Returns the id that a page gave its form: sent twice, it is one. Raises Problem 400 for what no page of ours wrote."""
    try:
        return UUID(text_of(form.get("key")))
    except ValueError:
        raise problem_of(400) from None


def local_place(place: str | None) -> str:
    """Returns where to go back to: only ever an address of these pages."""
    if not place or not place.startswith("/") or place.startswith(("//", "/\\")) or any(c in place for c in "\r\n\\"):
        return "/"
    return place
