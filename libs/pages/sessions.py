"""Where sessions are kept: sealed, in the service's own schema; their twin in memory is for tests."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, Protocol

import msgspec
from alembic import op
from cryptography.fernet import InvalidToken, MultiFernet
from psycopg import sql

from pages.session import Session, Tokens
from service_runtime.database import Pool
from service_runtime.tokens import Principal

# So that reading a page does not write a row each time.
SEEN_AGAIN = timedelta(minutes=1)

How = Callable[[Session], Awaitable[Session]]


class Sessions(Protocol):
    """Sessions by the secret in a cookie. Each method may be called twice, and raises psycopg.OperationalError while the keeper
    of sessions is away.
    """

    async def begin(self, tokens: Tokens, person: Principal, now: datetime) -> tuple[str, Session]:
        """Starts a session and returns the secret of its cookie. Only a digest of it is kept."""
        ...

    async def of(self, secret: str, now: datetime, *, is_used: bool = True) -> Session | None:
        """Returns a session that has not ended; being used keeps it from ending by being idle."""
        ...

    async def change(self, session: Session, how: How) -> Session | None:
        """Returns a session, changed from what it is now: one at a time, so that none undoes another. None where it ended."""
        ...

    async def end(self, session: Session) -> None:
        """Ends a session for good."""
        ...


class _Sealed(msgspec.Struct):
    person: dict[str, Any]
    access: str
    until: datetime
    refresh: str | None
    identity: str | None
    csrf: str
    kept: dict[str, str]


class Sealing:
    """Seals what a session holds, so that a copy of the table signs nobody in."""

    def __init__(self, sealer: MultiFernet) -> None:
        self._sealer = sealer

    def seal(self, session: Session) -> bytes:
        tokens = session.tokens
        plain = _Sealed(
            _claims(session.person),
            tokens.access,
            tokens.until,
            tokens.refresh,
            tokens.identity,
            session.csrf,
            dict(session.kept),
        )
        return self._sealer.encrypt(msgspec.msgpack.encode(plain))

    def open(self, key: bytes, started_at: datetime, ends_at: datetime, sealed: bytes) -> Session | None:
        """Returns the session, or None where its key was withdrawn or another version sealed it: signing in again mends that."""
        try:
            plain = msgspec.msgpack.decode(self._sealer.decrypt(sealed), type=_Sealed)
        except (InvalidToken, msgspec.ValidationError):
            return None
        tokens = Tokens(plain.access, plain.until, plain.refresh, plain.identity)
        return Session(key, _principal(plain.person), tokens, plain.csrf, started_at, ends_at, plain.kept)


def new_session(tokens: Tokens, person: Principal, now: datetime, longest: timedelta) -> tuple[str, Session]:
    """Returns a new secret and the session it opens."""
    secret = secrets.token_urlsafe(32)
    return secret, Session(digest_of(secret), person, tokens, secrets.token_urlsafe(32), now, now + longest)


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _claims(person: Principal) -> dict[str, Any]:
    """Returns what a page needs of who is signed in. Their own BSN stays in the sealed token only."""
    return {
        "subject": person.subject,
        "scopes": sorted(person.scopes),
        "roles": sorted(person.roles),
        "teams": sorted(person.teams),
        "organisation": person.organisation,
        "organisation_name": person.organisation_name,
        "acr": person.acr,
        "name": person.name,
        "issuer": person.issuer,
    }


def _principal(claims: dict[str, Any]) -> Principal:
    sets = {name: frozenset(claims[name]) for name in ("scopes", "roles", "teams")}
    return Principal(**{**claims, **sets})


_TABLE: LiteralString = """
CREATE TABLE {} (
    key bytea PRIMARY KEY,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    sealed bytea NOT NULL
)
"""
_BEGIN: LiteralString = "INSERT INTO {} (key, started_at, seen_at, ends_at, sealed) VALUES (%s, %s, %s, %s, %s)"
_FIND: LiteralString = "SELECT started_at, seen_at, ends_at, sealed FROM {} WHERE key = %s AND ends_at > %s AND seen_at > %s"
_SEEN: LiteralString = "UPDATE {} SET seen_at = %s WHERE key = %s"
_HOLD: LiteralString = "SELECT started_at, ends_at, sealed FROM {} WHERE key = %s FOR UPDATE"
_KEEP: LiteralString = "UPDATE {} SET sealed = %s WHERE key = %s"
_END: LiteralString = "DELETE FROM {} WHERE key = %s"
_SWEEP: LiteralString = "DELETE FROM {} WHERE ends_at <= %s OR seen_at <= %s"


def create_session_table(schema: str) -> None:
    """Makes the table of sessions in a service's schema; call it in a migration."""
    op.execute(_TABLE.format(f'"{schema}".session'))


class PostgresSessions:
    """Sessions in `<schema>.session`. Those that ended are swept away when somebody signs in."""

    def __init__(self, pool: Pool, schema: str, sealing: Sealing, *, idle: timedelta, longest: timedelta) -> None:
        self._pool = pool
        self._sealing = sealing
        self._idle = idle
        self._longest = longest
        table = sql.Identifier(schema, "session")
        statements = (_BEGIN, _FIND, _SEEN, _HOLD, _KEEP, _END, _SWEEP)
        self._begin, self._find, self._seen, self._hold, self._keep, self._end, self._sweep = (
            sql.SQL(each).format(table).as_bytes(None) for each in statements
        )

    async def begin(self, tokens: Tokens, person: Principal, now: datetime) -> tuple[str, Session]:
        secret, session = new_session(tokens, person, now, self._longest)
        async with self._pool.connection() as connection:
            await connection.execute(self._sweep, (now, now - self._idle))
            await connection.execute(
                self._begin, (session.key, session.started_at, now, session.ends_at, self._sealing.seal(session))
            )
        return secret, session

    async def of(self, secret: str, now: datetime, *, is_used: bool = True) -> Session | None:
        key = digest_of(secret)
        async with self._pool.connection() as connection:
            found = await (await connection.execute(self._find, (key, now, now - self._idle))).fetchone()
            if found is None:
                return None
            started_at, seen_at, ends_at, sealed = found
            if is_used and now - seen_at > SEEN_AGAIN:
                await connection.execute(self._seen, (now, key))
        return self._sealing.open(key, started_at.astimezone(UTC), ends_at.astimezone(UTC), sealed)

    async def change(self, session: Session, how: How) -> Session | None:
        async with self._pool.connection() as connection:
            found = await (await connection.execute(self._hold, (session.key,))).fetchone()
            if found is None:
                return None
            started_at, ends_at, sealed = found
            now_is = self._sealing.open(session.key, started_at.astimezone(UTC), ends_at.astimezone(UTC), sealed)
            if now_is is None:
                return None
            changed = await how(now_is)
            if changed is not now_is:
                await connection.execute(self._keep, (self._sealing.seal(changed), session.key))
        return changed

    async def end(self, session: Session) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(self._end, (session.key,))


class MemorySessions:
    """The twin of `PostgresSessions`, as long as the object lives."""

    def __init__(self, sealing: Sealing, *, idle: timedelta, longest: timedelta) -> None:
        self._sealing = sealing
        self._idle = idle
        self._longest = longest
        self._kept: dict[bytes, tuple[datetime, datetime, datetime, bytes]] = {}
        self._changing = asyncio.Lock()

    async def begin(self, tokens: Tokens, person: Principal, now: datetime) -> tuple[str, Session]:
        secret, session = new_session(tokens, person, now, self._longest)
        self._kept[session.key] = (session.started_at, now, session.ends_at, self._sealing.seal(session))
        return secret, session

    async def of(self, secret: str, now: datetime, *, is_used: bool = True) -> Session | None:
        key = digest_of(secret)
        if key not in self._kept:
            return None
        started_at, seen_at, ends_at, sealed = self._kept[key]
        if ends_at <= now or seen_at <= now - self._idle:
            return None
        self._kept[key] = (started_at, now if is_used else seen_at, ends_at, sealed)
        return self._sealing.open(key, started_at, ends_at, sealed)

    async def change(self, session: Session, how: How) -> Session | None:
        async with self._changing:
            if session.key not in self._kept:
                return None
            started_at, seen_at, ends_at, sealed = self._kept[session.key]
            now_is = self._sealing.open(session.key, started_at, ends_at, sealed)
            if now_is is None:
                return None
            changed = await how(now_is)
            if session.key in self._kept:
                self._kept[session.key] = (started_at, seen_at, ends_at, self._sealing.seal(changed))
            return changed

    async def end(self, session: Session) -> None:
        self._kept.pop(session.key, None)
