"""A session goes on while its tokens are renewed, also by an issuer that takes a refresh token once only."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from starlette.requests import Request

from pages.guard import RENEWING_AT_ONCE, Guard
from pages.session import Session, Tokens
from pages.sessions import MemorySessions, Sealing
from pages.sign_in import IssuerAway, NotSignedIn
from service_runtime.tokens import Principal

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SHE = Principal(subject="s", roles=frozenset({"agent"}), issuer="urn:i")


class TakesEachTokenOnce:
    """A sign-in server that refuses a refresh token it has seen before, as OAuth 2.0 Security (RFC 9700) advises."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.is_asked = asyncio.Event()
        self.answers = asyncio.Event()

    def counts(self, session: Session, now: datetime) -> bool:
        return session.tokens.until > now

    async def renewed(self, session: Session, now: datetime) -> Session:
        if self.counts(session, now):
            return session
        if session.tokens.refresh in self.asked:
            raise NotSignedIn("invalid_grant")
        self.asked.append(session.tokens.refresh)
        self.is_asked.set()
        await self.answers.wait()
        fresh = Tokens("access", now + timedelta(minutes=5), f"refresh-{len(self.asked)}")
        return session.with_tokens(fresh, SHE)


def a_guard(issuer: TakesEachTokenOnce) -> Guard:
    sealing = Sealing(MultiFernet([Fernet(Fernet.generate_key())]))
    sessions = MemorySessions(sealing, idle=timedelta(minutes=30), longest=timedelta(hours=10))
    return Guard(sessions, issuer, "http://127.0.0.1:8120", "plein_desk", now=lambda: NOW)  # type: ignore[arg-type]  # what it needs


async def a_page(guard: Guard) -> Request:
    secret, _ = await guard.sessions.begin(Tokens("ended", NOW, "refresh-0"), SHE, NOW)
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", f"plein_desk={secret}".encode())]})


async def test_pages_that_ask_at_one_moment_renew_once_and_all_go_on() -> None:
    issuer = TakesEachTokenOnce()
    guard = a_guard(issuer)
    page = await a_page(guard)
    pages = [asyncio.create_task(guard.session(page)) for _ in range(4)]
    issuer.answers.set()

    async with asyncio.timeout(10):
        found = await asyncio.gather(*pages)

    assert issuer.asked == ["refresh-0"]
    assert [each.tokens.refresh for each in found if each] == ["refresh-1"] * 4


async def test_a_session_whose_token_is_refused_ends() -> None:
    issuer = TakesEachTokenOnce()
    issuer.asked.append("refresh-0")
    guard = a_guard(issuer)
    page = await a_page(guard)

    assert await guard.session(page) is None
    assert await guard.session(page) is None
    assert issuer.asked == ["refresh-0"]


async def test_who_waits_too_long_for_an_issuer_is_told_that_it_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.guard.TURN_SECONDS", 0.01)
    issuer = TakesEachTokenOnce()
    guard = a_guard(issuer)
    waiting = [asyncio.create_task(guard.session(await a_page(guard))) for _ in range(RENEWING_AT_ONCE)]

    late = await a_page(guard)
    async with asyncio.timeout(10):
        await issuer.is_asked.wait()

    with pytest.raises(IssuerAway):
        await guard.session(late)

    issuer.answers.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)
