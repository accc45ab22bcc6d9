"""From the Authorization header to the caller a route asks for, or the refusal it gives (RFC 6750)."""

from collections.abc import Iterable

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from service_runtime.principal import BadToken, Principal
from service_runtime.problems import Problem, problem_of
from service_runtime.signing_keys import KeysUnreachable
from service_runtime.token_checker import TokenChecker

SCHEME_NAME = "accessToken"


class Authorised(SecurityBase):
    """The dependency that gives the caller. The door has looked at the token before any route was chosen."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self._needed = frozenset(scopes)
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token of a trusted issuer.")
        self.scheme_name = " ".join((SCHEME_NAME, *sorted(self._needed)))

    async def __call__(self, request: Request) -> Principal:
        found = request.scope.get("plein.caller")
        if isinstance(found, Problem):
            raise found
        if not isinstance(found, Principal):
            raise not_signed_in(None)
        if not self._needed <= found.scopes:
            raise not_allowed(self._needed)
        return found


def authorised(*scopes: str) -> Authorised:
    """Returns the dependency that gives the caller, who needs all these scopes. Refuses with 401, 403 or 503."""
    return Authorised(scopes)


def not_allowed(needed: Iterable[str]) -> Problem:
    """Returns the 403 that names the scopes (RFC 6750, 3.1)."""
    plain = problem_of(403)
    wanted = " ".join(sorted(needed))
    header = f'Bearer realm="plein", error="insufficient_scope", scope="{wanted}"'
    detail = f"The access token needs the scope {wanted}."
    return Problem(403, plain.kind, plain.title, detail, headers={"WWW-Authenticate": header})


def not_signed_in(reason: str | None) -> Problem:
    """Returns the 401; with a reason when there was a token (RFC 6750, 3.1)."""
    plain = problem_of(401)
    if reason is None:
        return Problem(401, plain.kind, plain.title, plain.detail, headers={"WWW-Authenticate": 'Bearer realm="plein"'})
    header = f'Bearer realm="plein", error="invalid_token", error_description="{reason}"'
    detail = f"The access token was not accepted: {reason}."
    return Problem(401, "token-not-accepted", plain.title, detail, headers={"WWW-Authenticate": header})


async def caller_of(authorization: list[bytes], checker: TokenChecker | None) -> Principal | Problem | None:
    """Returns who is calling, None for nobody in particular, or the refusal for routes that want to know."""
    if not authorization:
        return None
    kind, _, token = authorization[0].partition(b" ")
    if len(authorization) > 1 or kind.lower() != b"bearer" or checker is None:
        return not_signed_in("send one Authorization header, as Bearer and the token")
    try:
        return await checker.principal(token.strip().decode("latin-1"))
    except BadToken as fault:
        return not_signed_in(fault.reason)
    except KeysUnreachable:
        plain = problem_of(503)
        return Problem(
            503, "sign-in-not-available", plain.title, "The sign-in server cannot be reached.", headers={"Retry-After": "5"}
        )
