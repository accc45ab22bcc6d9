"""Calls that come in: the exchange says a number, and gets an address with a code in it that opens once, for an agent."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import LiteralString

from cryptography.fernet import InvalidToken, MultiFernet

from service_runtime.database import Pool

# A phone does not ring for longer.
OPENS_FOR = timedelta(minutes=10)

_KEEP: LiteralString = "INSERT INTO desk.incoming_call (code, ends_at, sealed) VALUES (%s, %s, %s)"
_SWEEP: LiteralString = "DELETE FROM desk.incoming_call WHERE ends_at <= %s"
_TAKE: LiteralString = "DELETE FROM desk.incoming_call WHERE code = %s AND ends_at > %s RETURNING sealed"


class IncomingCalls:
    """Numbers of callers, sealed, until an agent opens them or nobody did."""

    def __init__(self, pool: Pool, sealer: MultiFernet) -> None:
        self._pool = pool
        self._sealer = sealer

    async def announce(self, number: str, now: datetime) -> str:
        """Keeps a number and returns the code that opens it."""
        code = secrets.token_urlsafe(16)
        async with self._pool.connection() as connection:
            await connection.execute(_SWEEP, (now,))
            await connection.execute(_KEEP, (_digest(code), now + OPENS_FOR, self._sealer.encrypt(number.encode())))
        return code

    async def take(self, code: str, now: datetime) -> str | None:
        """Returns the number behind a code, once."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_TAKE, (_digest(code), now))).fetchone()
        if row is None:
            return None
        try:
            return self._sealer.decrypt(row[0]).decode()
        except InvalidToken:
            return None


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogateescape")).digest()
