"""Sessions end when they must, hold nothing that a copy of the table could use, and are the same in memory and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet, MultiFernet

from engines import Engines
from pages.session import Session, Tokens
from pages.sessions import MemorySessions, PostgresSessions, Sealing, Sessions
from service_runtime.database import reading_pool
from service_runtime.settings import DatabaseSettings
from service_runtime.tokens import Principal

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=10)
SHE = Principal(subject="s-1", scopes=frozenset({"timeline:read"}), roles=frozenset({"agent"}), name="Anouk", issuer="urn:i")
TOKENS = Tokens("access-word", NOW + timedelta(minutes=5), "refresh-word", "identity-word")


@pytest.fixture(scope="module")
def desk_database(engines: Engines) -> Iterator[str]:
    """The address of a database with the desk's tables."""
    with engines.tables_of("desk") as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
async def sessions(request: pytest.FixtureRequest, desk_database: str) -> AsyncIterator[Sessions]:
    sealing = Sealing(MultiFernet([Fernet(Fernet.generate_key())]))
    if request.param == "memory":
        yield MemorySessions(sealing, idle=IDLE, longest=LONGEST)
        return
    async with reading_pool(DatabaseSettings(database_url=desk_database)) as pool:
        yield PostgresSessions(pool, "desk", sealing, idle=IDLE, longest=LONGEST)


def keeping(**texts: str) -> Callable[[Session], Awaitable[Session]]:
    async def how(now_is: Session) -> Session:
        return now_is.keeping(**texts)

    return how


async def test_a_session_is_found_by_its_secret_with_everything_in_it(sessions: Sessions) -> None:
    secret, begun = await sessions.begin(TOKENS, SHE, NOW)

    found = await sessions.of(secret, NOW + timedelta(minutes=1))

    assert found == begun
    assert found is not None
    assert (found.person, found.tokens) == (SHE, TOKENS)
    assert await sessions.of("another secret", NOW) is None


async def test_a_session_that_is_idle_ends_and_one_that_is_used_goes_on(sessions: Sessions) -> None:
    secret, _ = await sessions.begin(TOKENS, SHE, NOW)
    idle, _ = await sessions.begin(TOKENS, SHE, NOW)

    for minutes in (20, 40, 60):
        assert await sessions.of(secret, NOW + timedelta(minutes=minutes)) is not None

    assert await sessions.of(idle, NOW + timedelta(minutes=31)) is None
    assert await sessions.of(secret, NOW + timedelta(minutes=91)) is None


async def test_a_page_that_lies_open_keeps_no_session_from_ending(sessions: Sessions) -> None:
    secret, _ = await sessions.begin(TOKENS, SHE, NOW)

    for minutes in (10, 20, 29):
        assert await sessions.of(secret, NOW + timedelta(minutes=minutes), is_used=False) is not None

    assert await sessions.of(secret, NOW + timedelta(minutes=31)) is None


async def test_every_session_ends_after_a_days_work(sessions: Sessions) -> None:
    secret, _ = await sessions.begin(TOKENS, SHE, NOW)
    for minutes in range(20, 600, 20):
        assert await sessions.of(secret, NOW + timedelta(minutes=minutes)) is not None

    assert await sessions.of(secret, NOW + LONGEST) is None


async def test_what_is_kept_stays_and_an_ended_session_is_gone(sessions: Sessions) -> None:
    secret, session = await sessions.begin(TOKENS, SHE, NOW)
    await sessions.change(session, keeping(purpose="klantcontact"))
    kept = await sessions.of(secret, NOW)
    await sessions.end(session)

    assert kept is not None
    assert kept.kept == {"purpose": "klantcontact"}
    assert await sessions.of(secret, NOW) is None


async def test_a_copy_of_the_table_signs_nobody_in(desk_database: str) -> None:
    sealing = Sealing(MultiFernet([Fernet(Fernet.generate_key())]))
    async with reading_pool(DatabaseSettings(database_url=desk_database)) as pool:
        secret, _ = await PostgresSessions(pool, "desk", sealing, idle=IDLE, longest=LONGEST).begin(TOKENS, SHE, NOW)
    with psycopg.connect(desk_database) as connection:
        rows = repr(connection.execute("SELECT * FROM desk.session").fetchall())

    for word in (secret, "access-word", "refresh-word", "Anouk", "s-1"):
        assert word not in rows


async def test_a_key_that_is_taken_away_ends_what_it_sealed_and_a_new_one_beside_it_does_not(desk_database: str) -> None:
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    async with reading_pool(DatabaseSettings(database_url=desk_database)) as pool:

        def keeper(*keys: Fernet) -> PostgresSessions:
            return PostgresSessions(pool, "desk", Sealing(MultiFernet(keys)), idle=IDLE, longest=LONGEST)

        secret, _ = await keeper(old).begin(TOKENS, SHE, NOW)

        assert await keeper(new, old).of(secret, NOW) is not None
        assert await keeper(new).of(secret, NOW) is None


async def test_of_two_changes_at_once_neither_undoes_the_other(sessions: Sessions) -> None:
    secret, session = await sessions.begin(TOKENS, SHE, NOW)
    fresh = Tokens("another-access-word", NOW + timedelta(minutes=10), "another-refresh-word")
    is_asking, may_answer = asyncio.Event(), asyncio.Event()

    async def renewed(now_is: Session) -> Session:
        is_asking.set()
        await may_answer.wait()
        return now_is.with_tokens(fresh, SHE)

    async with asyncio.timeout(10), asyncio.TaskGroup() as both:
        both.create_task(sessions.change(session, renewed))
        await is_asking.wait()
        both.create_task(sessions.change(session, keeping(purpose="klantcontact")))
        may_answer.set()

    after = await sessions.of(secret, NOW)
    assert after is not None
    assert (after.tokens, after.kept) == (fresh, {"purpose": "klantcontact"})


async def test_a_change_that_fails_changes_nothing_and_an_ended_session_cannot_change(sessions: Sessions) -> None:
    secret, session = await sessions.begin(TOKENS, SHE, NOW)

    async def refused(_now_is: Session) -> Session:
        raise LookupError

    with pytest.raises(LookupError):
        await sessions.change(session, refused)
    assert await sessions.of(secret, NOW) == session
    await sessions.end(session)
    assert await sessions.change(session, keeping(purpose="klantcontact")) is None
