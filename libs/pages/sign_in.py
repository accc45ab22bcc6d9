"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID NL GOV), and the way out again."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.fernet import InvalidToken, MultiFernet
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pages.session import Session, Tokens
from service_runtime.logging import get_logger
from service_runtime.tokens import BadToken, Principal, TokenChecker

ANSWER_SECONDS = 10
# How long somebody may take at the issuer before the way back is closed.
ON_THE_WAY = timedelta(minutes=15)
# A token is renewed this long before its end, so that it still counts where it arrives.
RENEWED_BEFORE = timedelta(seconds=30)
ALGORITHMS = ["ES256", "RS256", "PS256"]

log = get_logger()


class NotSignedIn(Exception):
    """The way through the issuer did not end in a sign-in. `reason` is a code for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IssuerAway(Exception):
    """The issuer does not answer now."""


@dataclass(frozen=True, slots=True)
class Underway:
    """Somebody on the way to the issuer and back: kept sealed in a cookie, because there is no session yet."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back_to: str


@dataclass(frozen=True, slots=True)
class _Issuer:
    """What the issuer says of itself (OpenID Connect Discovery)."""

    authorize: str
    token: str
    keys: str
    end_session: str | None


class SignIn:
    """The way in and out, for one client of one issuer."""

    def __init__(
        self,
        issuer: str,
        client: str,
        scopes: tuple[str, ...],
        callback: str,
        sealer: MultiFernet,
        checker: TokenChecker,
        *,
        secret: str | None = None,
        reached_at: str | None = None,
    ) -> None:
        """Without a secret the client is a public one, which proves itself by PKCE alone. `reached_at` is where this process
        reaches the issuer, when that is not where browsers do.
        """
        self._name = issuer
        self._reached_at = (reached_at or issuer).rstrip("/")
        self._client = client
        self._secret = secret
        self._scope = " ".join(dict.fromkeys(("openid", "profile", *scopes)))
        self._callback = callback
        self._sealer = sealer
        self._checker = checker
        self._http = httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)
        self._known: _Issuer | None = None
        self._keys: KeySet | None = None

    @property
    def issuer(self) -> str:
        return self._name

    async def close(self) -> None:
        await self._http.aclose()

    async def begin(self, back_to: str, *, hint: str | None = None, acr: str | None = None) -> tuple[str, bytes]:
        """Returns the issuer's address to go to, and what to keep in a cookie until the way back. Raises IssuerAway."""
        issuer = await self._issuer()
        underway = Underway(_random(), _random(), _random(), back_to)
        asked = {"nonce": underway.nonce, **({"login_hint": hint} if hint else {}), **({"acr_values": acr} if acr else {})}
        async with self._oauth(self._scope) as oauth:
            address, _ = oauth.create_authorization_url(
                issuer.authorize, state=underway.state, code_verifier=underway.verifier, **asked
            )
        return address, self._sealer.encrypt(msgspec.json.encode(underway))

    async def finish(self, sealed: bytes | None, answer: dict[str, str], now: datetime) -> tuple[Tokens, Principal, str]:
        """Returns who came back from the issuer, and where they were going. Raises NotSignedIn, IssuerAway."""
        underway = self._underway(sealed)
        if not secrets.compare_digest(answer.get("state", ""), underway.state):
            raise NotSignedIn("another_state")
        if "code" not in answer:
            raise NotSignedIn(answer.get("error", "no_code"))
        issuer = await self._issuer()
        given = await self._asked(
            issuer.token, grant_type="authorization_code", code=answer["code"], code_verifier=underway.verifier
        )
        await self._check_identity(given, issuer, underway.nonce)
        tokens, person = await self._judged(given, now)
        return tokens, person, underway.back_to

    def counts(self, session: Session, now: datetime) -> bool:
        """Says whether the token of a session still counts where it arrives."""
        return session.tokens.until - now > RENEWED_BEFORE

    async def renewed(self, session: Session, now: datetime) -> Session:
        """Returns the session with a token that still counts. Raises NotSignedIn when the issuer gives none, IssuerAway."""
        tokens = session.tokens
        if self.counts(session, now):
            return session
        if tokens.refresh is None:
            raise NotSignedIn("token_ended")
        issuer = await self._issuer()
        given = await self._asked(issuer.token, grant_type="refresh_token", refresh_token=tokens.refresh)
        fresh, person = await self._judged({"refresh_token": tokens.refresh, "id_token": tokens.identity, **given}, now)
        if person.subject != session.person.subject:
            raise NotSignedIn("another_subject")
        return session.with_tokens(fresh, person)

    async def farewell(self, session: Session, back_to: str) -> str:
        """Returns where to go to sign out at the issuer too; `back_to` itself where it offers no such thing or is away."""
        try:
            issuer = await self._issuer()
        except IssuerAway:
            return back_to
        if issuer.end_session is None:
            return back_to
        hint = {"id_token_hint": session.tokens.identity} if session.tokens.identity else {}
        asked = {"client_id": self._client, "post_logout_redirect_uri": back_to, **hint}
        return f"{issuer.end_session}?{urlencode(asked)}"

    def _oauth(self, scope: str | None = None) -> Any:
        """A token is renewed for what was granted, so no scope is asked for then."""
        return AsyncOAuth2Client(
            client_id=self._client,
            client_secret=self._secret,
            scope=scope,
            redirect_uri=self._callback,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            code_challenge_method="S256",
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    def _underway(self, sealed: bytes | None) -> Underway:
        try:
            plain = self._sealer.decrypt(sealed or b"", ttl=int(ON_THE_WAY.total_seconds()))
            return msgspec.json.decode(plain, type=Underway)
        except (InvalidToken, msgspec.ValidationError):
            raise NotSignedIn("not_underway") from None

    async def _issuer(self) -> _Issuer:
        if self._known is None:
            said = await self._json(f"{self._reached_at}/.well-known/openid-configuration")
            if said.get("issuer") != self._name:
                raise NotSignedIn("another_issuer")
            self._known = _Issuer(
                said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"], said.get("end_session_endpoint")
            )
        return self._known

    async def _asked(self, address: str, **form: str) -> dict[str, Any]:
        async with self._oauth() as oauth:
            try:
                if form["grant_type"] == "refresh_token":
                    given = await oauth.refresh_token(address, refresh_token=form["refresh_token"])
                else:
                    given = await oauth.fetch_token(address, **form)
            except OAuthError as fault:
                raise NotSignedIn(str(fault.error)) from None
            except httpx2.HTTPError:
                raise IssuerAway from None
        return dict(given)

    async def _judged(self, given: dict[str, Any], now: datetime) -> tuple[Tokens, Principal]:
        try:
            person = await self._checker.principal(given["access_token"])
        except (BadToken, KeyError) as fault:
            raise NotSignedIn(fault.reason if isinstance(fault, BadToken) else "no_access_token") from None
        until = now + timedelta(seconds=float(given.get("expires_in", 300)))
        return Tokens(given["access_token"], until, given.get("refresh_token"), given.get("id_token")), person

    async def _check_identity(self, given: dict[str, Any], issuer: _Issuer, nonce: str) -> None:
        """Checks the ID token (OpenID Connect Core 3.1.3.7): ours, now, and the answer to this very question."""
        for again in (False, True):
            keys = await self._key_set(issuer, anew=again)
            try:
                claims = jwt.decode(str(given.get("id_token")), keys, algorithms=ALGORITHMS).claims
                break
            except (JoseError, ValueError) as fault:
                if again:
                    log.warning("id_token_refused", reason=type(fault).__name__)
                    raise NotSignedIn("bad_id_token") from None
        audience = claims.get("aud")
        meant = self._client in ([audience] if isinstance(audience, str) else audience or [])
        ends = float(claims.get("exp", 0))
        if (
            claims.get("iss") != self._name
            or not meant
            or claims.get("nonce") != nonce
            or ends < datetime.now(UTC).timestamp() - 60
        ):
            raise NotSignedIn("bad_id_token")

    async def _key_set(self, issuer: _Issuer, *, anew: bool) -> KeySet:
        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(await self._json(issuer.keys))  # type: ignore[arg-type]  # checked by joserfc
        return self._keys

    async def _json(self, address: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(address)
            answer.raise_for_status()
            said = answer.json()
        except (httpx2.HTTPError, ValueError):
            raise IssuerAway from None
        if not isinstance(said, dict):
            raise IssuerAway
        return said


def _random() -> str:
    return secrets.token_urlsafe(32)
