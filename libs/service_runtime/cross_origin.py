"""Which web pages may call: an allow-list for the service, everybody for its OpenAPI document."""

from collections.abc import Collection

from starlette.types import Scope, Send

from service_runtime.problems import Problem

OPENAPI_PATH = "/v1/openapi.json"

_EXPOSED = b"API-Version, Retry-After, traceresponse"
_METHODS = b"GET, POST, PUT, PATCH, DELETE, OPTIONS"
_HEADERS = b"authorization, content-type, idempotency-key, traceparent, tracestate"


class CrossOrigin:
    """Answers what browsers ask before they let a page call (the CORS part of the Fetch standard)."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers(self, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
        """Returns what the answer tells the browser."""
        if scope["path"] == OPENAPI_PATH:
            return ((b"access-control-allow-origin", b"*"),)
        if not self._origins:
            return ()
        vary = (b"vary", b"Origin")
        origin = _origin(scope)
        if origin not in self._origins or origin is None:
            return (vary,)
        return ((b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED), vary)

    async def answers_preflight(self, scope: Scope, send: Send) -> bool:
        """Answers a preflight; says whether it did. A page from elsewhere is refused."""
        if scope["method"] != "OPTIONS" or not any(name == b"access-control-request-method" for name, _ in scope["headers"]):
            return False
        if scope["path"] != OPENAPI_PATH and _origin(scope) not in self._origins:
            raise Problem(403, "origin-not-allowed", "Pages from there may not call", "Ask for the origin to be allowed.")
        headers = [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _HEADERS),
            (b"access-control-max-age", b"600"),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return True


def _origin(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"origin":
            found: bytes = value
            return found
    return None
