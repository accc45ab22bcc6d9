"""A form counts when a page of this session made it; one without that is shown again, and one from elsewhere is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography.fernet import Fernet, MultiFernet
from starlette.requests import Request

from pages.guard import FormAgain, Guard, SignInFirst, local_place
from pages.session import Session, Tokens
from pages.sessions import MemorySessions, Sealing
from service_runtime.problems import Problem
from service_runtime.tokens import Principal

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8120"
SHE = Principal(subject="s", roles=frozenset({"agent"}), acr="low", issuer="urn:i")
LEVELS = {"substantial": 3, "high": 4}


class AlwaysNew:
    """A sign-in server whose tokens never end."""

    def counts(self, _session: Session, _now: datetime) -> bool:
        return True

    async def renewed(self, session: Session, _now: datetime) -> Session:
        return session


def a_guard() -> Guard:
    sealing = Sealing(MultiFernet([Fernet(Fernet.generate_key())]))
    sessions = MemorySessions(sealing, idle=timedelta(minutes=30), longest=timedelta(hours=10))
    return Guard(sessions, AlwaysNew(), ADDRESS, "plein_desk", now=lambda: NOW)  # type: ignore[arg-type]  # what a guard needs of it


def posted(fields: Mapping[str, str], headers: Mapping[str, str], cookie: str = "") -> Request:
    body = urlencode(fields).encode()
    given = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body)), "cookie": cookie, **headers}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/contacten",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "state": {},
    }
    return Request(scope, receive)


async def a_session(guard: Guard) -> tuple[str, Session]:
    return await guard.sessions.begin(Tokens("t", NOW + timedelta(hours=1)), SHE, NOW)


OURS = {"sec-fetch-site": "same-origin"}


async def test_a_form_of_this_session_counts() -> None:
    guard = a_guard()
    _, session = await a_session(guard)

    form = await guard.form(posted({"csrf": session.csrf, "summary": "ja"}, OURS), session)

    assert form["summary"] == "ja"


async def test_a_form_of_an_earlier_session_is_shown_again_with_all_that_was_typed() -> None:
    guard = a_guard()
    _, session = await a_session(guard)

    with pytest.raises(FormAgain) as shown:
        await guard.form(posted({"csrf": "of before", "summary": "een lang verhaal", "matter": "aow"}, OURS), session)

    assert shown.value.fields == (("summary", "een lang verhaal"), ("matter", "aow"))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": ADDRESS},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
async def test_a_form_from_elsewhere_is_refused_even_with_the_right_proof(headers: dict[str, str]) -> None:
    """Nor is it shown again: one press would then do what somebody else wrote."""
    guard = a_guard()
    _, session = await a_session(guard)

    with pytest.raises(Problem) as refused:
        await guard.form(posted({"csrf": session.csrf}, headers), session)

    assert refused.value.kind == "from-elsewhere"


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin() -> None:
    guard = a_guard()
    _, session = await a_session(guard)

    await guard.form(posted({"csrf": session.csrf}, {"origin": ADDRESS}), session)


async def test_nobody_gets_in_without_a_session_without_the_role_or_with_a_sign_in_that_is_too_weak() -> None:
    guard = a_guard()
    secret, _ = await a_session(guard)
    signed_in = posted({}, OURS, cookie=f"plein_desk={secret}")

    assert (await guard.signed_in(("agent",))(signed_in)).person == SHE
    with pytest.raises(SignInFirst):
        await guard.signed_in(("agent",))(posted({}, OURS, cookie="plein_desk=guessed"))
    with pytest.raises(Problem) as refused:
        await guard.signed_in(("operator",))(signed_in)
    with pytest.raises(SignInFirst) as stronger:
        await guard.signed_in(("agent",), levels=LEVELS)(signed_in)

    assert (refused.value.kind, stronger.value.acr) == ("not-for-you", "substantial")


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("/terugbellen?lijst=team", "/terugbellen?lijst=team"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_the_way_back_is_only_ever_here(asked: str | None, place: str) -> None:
    assert local_place(asked) == place


@pytest.mark.parametrize("by_itself", [{"accept": "text/event-stream"}, {"plein-by-itself": "yes"}], ids=str)
async def test_what_a_page_asks_by_itself_uses_no_session(by_itself: Mapping[str, str]) -> None:
    guard = a_guard()
    secret, _ = await a_session(guard)
    cookie = f"plein_desk={secret}"
    later = Guard(guard.sessions, AlwaysNew(), ADDRESS, "plein_desk", now=lambda: NOW + timedelta(minutes=20))  # type: ignore[arg-type]
    latest = Guard(guard.sessions, AlwaysNew(), ADDRESS, "plein_desk", now=lambda: NOW + timedelta(minutes=40))  # type: ignore[arg-type]

    assert await later.session(posted({}, by_itself, cookie)) is not None
    assert await latest.session(posted({}, {}, cookie)) is None
