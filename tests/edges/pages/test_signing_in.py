"""Signing in and out, by the sign-in server of the embedded stack, as a browser does it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.fernet import Fernet, MultiFernet

from pages.session import Session, Tokens
from pages.sign_in import IssuerAway, NotSignedIn, SignIn
from plein.local.keys import local_keys
from plein.local.sign_in import SignIn as SignInServer
from plein.local.tokens import AUDIENCE, write_issuers
from service_runtime.issuers import read_issuers
from service_runtime.tokens import TokenChecker

NOW = datetime.now(UTC)
CALLBACK = "http://127.0.0.1:8120/aanmelden/terug"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SignInServer, Path]]:
    """A running sign-in server, and the issuers file that trusts it."""
    folder = tmp_path_factory.mktemp("stack")
    running = SignInServer(folder / "sign_in")
    issuers = write_issuers(folder, local_keys(folder).signing_key, running.port)
    running.start()
    yield running, issuers
    running.stop()


@pytest.fixture
async def sign_in(server: tuple[SignInServer, Path]) -> SignIn:
    running, issuers = server
    return SignIn(
        running.issuer,
        "desk",
        ("timeline:read",),
        CALLBACK,
        MultiFernet([Fernet(Fernet.generate_key())]),
        TokenChecker(read_issuers(issuers), AUDIENCE),
        secret="local",
    )


def at_the_issuer(address: str) -> dict[str, str]:
    """Returns what the issuer sends a browser back with."""
    answer = httpx2.get(address, trust_env=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def test_a_hint_signs_in_with_one_click_and_the_token_is_one_that_services_take(sign_in: SignIn) -> None:
    address, underway = await sign_in.begin("/terugbellen", hint="local-agent")

    tokens, person, back_to = await sign_in.finish(underway, at_the_issuer(address), NOW)

    assert (person.name, set(person.roles), back_to) == ("Anouk Bakker", {"agent"}, "/terugbellen")
    assert "timeline:read" in person.scopes
    assert tokens.until > NOW + timedelta(minutes=30)
    assert tokens.refresh is not None


async def test_nobody_comes_back_with_the_answer_to_somebody_elses_question(sign_in: SignIn) -> None:
    mine, my_underway = await sign_in.begin("/", hint="local-agent")
    _, other_underway = await sign_in.begin("/", hint="local-agent")
    answer = at_the_issuer(mine)

    with pytest.raises(NotSignedIn, match="another_state"):
        await sign_in.finish(other_underway, answer, NOW)
    with pytest.raises(NotSignedIn, match="not_underway"):
        await sign_in.finish(None, answer, NOW)

    await sign_in.finish(my_underway, answer, NOW)


async def test_a_code_counts_once(sign_in: SignIn) -> None:
    address, underway = await sign_in.begin("/", hint="local-agent")
    answer = at_the_issuer(address)
    await sign_in.finish(underway, answer, NOW)

    with pytest.raises(NotSignedIn):
        await sign_in.finish(underway, answer, NOW)


async def test_a_token_that_is_about_to_end_is_renewed_and_one_that_cannot_be_is_the_end(sign_in: SignIn) -> None:
    address, underway = await sign_in.begin("/", hint="local-agent")
    tokens, person, _ = await sign_in.finish(underway, at_the_issuer(address), NOW)
    session = Session(b"key", person, tokens, "csrf", NOW, NOW + timedelta(hours=1))
    ending = session.with_tokens(Tokens(tokens.access, NOW + timedelta(seconds=5), tokens.refresh), person)
    ended = session.with_tokens(Tokens(tokens.access, NOW), person)

    renewed = await sign_in.renewed(ending, NOW)

    assert await sign_in.renewed(session, NOW) is session
    assert renewed.tokens.until > NOW + timedelta(minutes=30)
    assert renewed.tokens.access != tokens.access
    with pytest.raises(NotSignedIn, match="token_ended"):
        await sign_in.renewed(ended, NOW)


async def test_an_issuer_that_does_not_answer_is_said_to_be_away(server: tuple[SignInServer, Path]) -> None:
    _, issuers = server
    nowhere = SignIn(
        "http://127.0.0.1:1", "desk", (), CALLBACK, MultiFernet([Fernet(Fernet.generate_key())]),
        TokenChecker(read_issuers(issuers), AUDIENCE),
    )  # fmt: skip

    with pytest.raises(IssuerAway):
        await nowhere.begin("/")


async def test_signing_out_goes_by_the_issuer_and_comes_back(sign_in: SignIn) -> None:
    address, underway = await sign_in.begin("/", hint="local-agent")
    tokens, person, _ = await sign_in.finish(underway, at_the_issuer(address), NOW)

    farewell = await sign_in.farewell(Session(b"key", person, tokens, "csrf", NOW, NOW), "http://127.0.0.1:8120/")

    assert farewell.startswith(f"{sign_in.issuer}/oauth2/end_session?")
    assert "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8120%2F" in farewell
