"""Whether an access token counts (RFC 7519, RFC 8725, RFC 9068)."""

import base64
import binascii
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from service_runtime.issuers import Issuer, read_issuers
from service_runtime.principal import BadToken, Principal, moment_in, principal_in
from service_runtime.settings import ServiceSettings
from service_runtime.signing_keys import KEPT_SECONDS, Key, SigningKeys

MAX_TOKEN_BYTES = 8192
SKEW_SECONDS = 60
KEPT_PRINCIPALS = 4096

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")


class TokenChecker:
    """Judges tokens of the issuers it was given. Tokens judged before are remembered, never past their end
    and never longer than keys are: a key that was withdrawn stops counting within ten minutes."""

    def __init__(self, issuers: Iterable[Issuer], audience: str, *, now: Callable[[], float] = time.time) -> None:
        self._audience = audience
        self._now = now
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._keys = {name: SigningKeys(name, issuer.jwks) for name, issuer in self._issuers.items()}
        self._types = {name: frozenset(kind.lower() for kind in issuer.types) for name, issuer in self._issuers.items()}
        self._registries = {name: _registry(issuer.algorithms) for name, issuer in self._issuers.items()}
        self._known: OrderedDict[bytes, tuple[Principal, float, int]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> Self:
        """Reads the issuers file. Raises BadSettings with a sentence."""
        return cls(read_issuers(settings.token_issuers_file), settings.token_audience)

    async def principal(self, token: str) -> Principal:
        """Returns who is calling. Raises BadToken or KeysUnreachable."""
        if len(token) > MAX_TOKEN_BYTES:
            raise BadToken("the token is too large")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(digest)
        if known is not None:
            found, until, version = known
            if until > self._now() and version == self._keys[found.issuer].version:
                self._known.move_to_end(digest)
                return found
            del self._known[digest]
        found, until = await self._judged(token)
        until = min(until, self._now() + KEPT_SECONDS)
        self._known[digest] = (found, until, self._keys[found.issuer].version)
        if len(self._known) > KEPT_PRINCIPALS:
            self._known.popitem(last=False)
        return found

    async def _judged(self, token: str) -> tuple[Principal, float]:
        header, claims = _unproven(token)
        name = claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise BadToken("this issuer is not trusted here")
        if header.get("alg") not in issuer.algorithms:
            raise BadToken("this algorithm is not accepted from this issuer")
        if _token_type(header) not in self._types[issuer.issuer]:
            raise BadToken("this is not an access token (typ)")
        kid = header.get("kid")
        if "crit" in header or not isinstance(kid, str):
            raise BadToken("the header needs a kid and no crit")
        key = await self._keys[issuer.issuer].key(kid)
        if key is None:
            raise BadToken("the issuer has no such key (kid)")
        _prove(token, key, self._registries[issuer.issuer])
        return principal_in(claims, issuer.issuer), self._checked_times(claims)

    def _checked_times(self, claims: Mapping[str, Any]) -> float:
        """Returns until when the token counts. `aud`, `exp`, `nbf` and `iat` as RFC 9068 and RFC 7519 want them."""
        audience = claims.get("aud")
        if self._audience not in ([audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []):
            raise BadToken("the token was made for another audience")
        now = self._now()
        until = moment_in(claims, "exp")
        if until is None:
            raise BadToken("the token has no end (exp)")
        if until + SKEW_SECONDS <= now:
            raise BadToken("the token has expired")
        for claim in ("nbf", "iat"):
            start = moment_in(claims, claim)
            if start is not None and start - SKEW_SECONDS > now:
                raise BadToken(f"the token does not count yet ({claim})")
        return until + SKEW_SECONDS


def _registry(algorithms: Iterable[str]) -> jws.JWSRegistry:
    registry = jws.JWSRegistry(algorithms=tuple(algorithms), strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = MAX_TOKEN_BYTES
    return registry


def _unproven(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns header and claims as they are written; nothing in them counts until the signature is proved."""
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise BadToken("this is not a signed token (JWS compact)")
    return _part(parts[1]), _part(parts[2])


def _part(text: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (binascii.Error, ValueError, RecursionError):
        raise BadToken("the token cannot be read") from None


def _token_type(header: Mapping[str, Any]) -> str:
    kind = header.get("typ")
    return kind.lower().removeprefix("application/") if isinstance(kind, str) else ""


def _prove(token: str, key: Key, registry: jws.JWSRegistry) -> None:
    """The key is the issuer's own; a key that the header brings along (jwk, jku, x5u, x5c) is never looked at."""
    try:
        jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        raise BadToken("the signature is not right") from None
