"""The keys an issuer signs with: from its JWKS address or a file, cached, refreshed, bounded."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from service_runtime.logging import get_logger

Key = ECKey | RSAKey | OKPKey

MAX_JWKS_BYTES = 262_144
MAX_KEYS = 50
KEPT_SECONDS = 600.0
USABLE_SECONDS = 3600.0
UNKNOWN_KEY_SECONDS = 30.0
RETRY_SECONDS = 5.0
FETCH_SECONDS = 5.0

log = get_logger()


class KeysUnreachable(Exception):
    """The issuer's keys cannot be read now, so no token of it can be judged."""


class SigningKeys:
    """The signing keys of one issuer. Unknown keys make it look again, at most every 30 seconds."""

    def __init__(self, issuer: str, place: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._place = place
        self._now = now
        self._keys: dict[str, Key] = {}
        self._read_at: float | None = None
        self._failed_at: float | None = None
        self._reading = asyncio.Lock()
        self._aside: asyncio.Task[None] | None = None
        self.version = 0

    async def key(self, kid: str) -> Key | None:
        """Returns the key with this id, None when the issuer has none such. Raises KeysUnreachable."""
        age = self._age()
        if age is not None and KEPT_SECONDS < age <= USABLE_SECONDS and kid in self._keys:
            self._refresh_aside()
        elif age is None or age > KEPT_SECONDS:
            await self._refresh(KEPT_SECONDS)
        if kid not in self._keys:
            await self._refresh(UNKNOWN_KEY_SECONDS)
        return self._keys.get(kid)

    def _age(self) -> float | None:
        return None if self._read_at is None else self._now() - self._read_at

    def _refresh_aside(self) -> None:
        """A slow issuer must not hold up callers whose key is known."""
        if self._aside is None or self._aside.done():
            self._aside = asyncio.create_task(self._refresh(KEPT_SECONDS))

    async def _aside_done(self) -> None:
        if self._aside is not None:
            await self._aside

    async def _refresh(self, older_than: float) -> None:
        async with self._reading:
            age = self._age()
            if age is not None and age <= older_than:
                return
            usable = age is not None and age <= USABLE_SECONDS
            if self._failed_at is not None and self._now() - self._failed_at < RETRY_SECONDS:
                if usable:
                    return
                raise KeysUnreachable
            try:
                keys = _keys_in(await self._fetched())
            except (httpx2.HTTPError, OSError, ValueError) as fault:
                self._failed_at = self._now()
                log.warning("signing_keys_unreachable", issuer=self._issuer, exc_info=fault)
                if usable:
                    return
                raise KeysUnreachable from None
            if _prints(keys) != _prints(self._keys):
                self.version += 1
            self._keys, self._read_at, self._failed_at = keys, self._now(), None

    async def _fetched(self) -> bytes:
        if self._place.startswith("file:"):
            return await asyncio.to_thread(Path(self._place.removeprefix("file:")).read_bytes)
        body = bytearray()
        secure = self._place.startswith("https:")
        async with (
            asyncio.timeout(FETCH_SECONDS),
            httpx2.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False, trust_env=secure) as client,
            client.stream("GET", self._place, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                raise ValueError("the key set is not there")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_JWKS_BYTES:
                    raise ValueError("the key set is too large")
        return bytes(body)


def _keys_in(raw: bytes) -> dict[str, Key]:
    """Returns the public signing keys by id. Symmetric and encryption keys are no business of ours."""
    if len(raw) > MAX_JWKS_BYTES:
        raise ValueError("the key set is too large")
    try:
        held = msgspec.json.decode(raw, type=dict[str, Any]).get("keys")
    except msgspec.DecodeError:
        raise ValueError("the key set is not JSON") from None
    if not isinstance(held, list) or len(held) > MAX_KEYS:
        raise ValueError("the key set is not a list of at most 50 keys")
    found = (_key(member) for member in held)
    keys = {key.kid: key for key in found if key is not None and key.kid}
    if not keys:
        raise ValueError("the key set holds no signing key with an id")
    return keys


def _prints(keys: Mapping[str, Key]) -> dict[str, str]:
    return {kid: key.thumbprint() for kid, key in keys.items()}


def _key(member: object) -> Key | None:
    if not isinstance(member, Mapping) or member.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(dict(member))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, ECKey | RSAKey | OKPKey) else None
