"""One request and its answer, as pure ASGI: trace, caller, limits, headers, problem+json, one log line, one measurement."""

import logging
import time
from collections.abc import Iterable, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_runtime.callers import caller_of
from service_runtime.cross_origin import CrossOrigin
from service_runtime.incoming_body import IncomingBody, header_of
from service_runtime.logging import get_logger
from service_runtime.metrics import http_request_seconds
from service_runtime.principal import Principal
from service_runtime.problems import PROBLEM_JSON, Problem, problem_behind, problem_bytes, problem_of
from service_runtime.rate_limits import RateLimits
from service_runtime.tracing import child_of

# Asked for by whoever keeps the process alive; a flood from the same address must not end it.
UNLIMITED_PATHS = frozenset({"/v1/health/live", "/v1/health/ready", "/metrics"})

# The caller went away in the middle of its body; nothing can be answered. The number is nginx's.
CLIENT_GONE = 499

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)

log = get_logger()


class Exchange:
    """The outermost layer of every HTTP service."""

    def __init__(self, app: ASGIApp, *, version: str, max_body_bytes: int, limits: RateLimits, origins: CrossOrigin) -> None:
        self._app = app
        self._fixed = ((b"api-version", version.encode()), *SECURITY_HEADERS)
        self._max_body_bytes = max_body_bytes
        self._limits = limits
        self._origins = origins
        self._log = get_logger().bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with child_of(header_of(scope, b"traceparent"), "request") as traceparent:
            await self._answered(scope, receive, send, traceparent)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, traceparent: str) -> None:
        started = time.perf_counter()
        instance = f"urn:plein:request:{traceparent[3:52]}"
        scope["plein.instance"] = instance
        status = 500
        begun = False
        extra = (*self._fixed, (b"traceresponse", traceparent.encode()), *self._origins.headers(scope))

        async def answer(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                message["headers"] = _with_headers(message.get("headers", ()), extra)
            await send(message)

        try:
            if not await self._origins.answers_preflight(scope, answer):
                await self._admit(scope)
                await self._app(scope, IncomingBody(scope, receive, self._max_body_bytes).receive, answer)
        except Problem as problem:
            if begun:
                raise
            await _send_problem(answer, problem, instance)
        except ClientDisconnect:
            status = CLIENT_GONE
        except Exception as fault:
            log.exception("request_failed", route=_route(scope), method=_method(scope))
            if begun:
                raise
            await _send_problem(answer, problem_behind(fault, stopping=scope["app"].state.stopping.is_set()), instance)
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope)
            http_request_seconds.labels(route, _method(scope), status).observe(seconds)
            caller = scope.get("plein.caller")
            self._log.log(
                logging.DEBUG if scope["path"] in UNLIMITED_PATHS else logging.INFO,
                "request_answered",
                method=_method(scope),
                route=route,
                status=status,
                seconds=round(seconds, 6),
                client_id=caller.client_id if isinstance(caller, Principal) else None,
            )

    async def _admit(self, scope: Scope) -> None:
        """Finds the caller and takes from its bucket; whoever is not signed in shares the bucket of its address."""
        if b"access_token=" in scope["query_string"]:
            raise Problem(
                400, "token-in-address", "A token does not belong in an address", "Send it in the Authorization header."
            )
        if scope["path"] in UNLIMITED_PATHS:
            return
        authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        caller = await caller_of(authorization, getattr(scope["app"].state, "token_checker", None))
        scope["plein.caller"] = caller
        key = f"{caller.issuer}\n{caller.subject}" if isinstance(caller, Principal) else _peer(scope)
        wait = self._limits.take(key)
        if wait:
            raise problem_of(429, headers={"Retry-After": str(wait)})


def _with_headers(own: Iterable[tuple[bytes, bytes]], extra: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = list(own)
    names = {name.lower() for name, _ in headers}
    headers.extend(pair for pair in extra if pair[0] not in names)
    if b"cache-control" not in names:
        headers.append((b"cache-control", b"no-store"))
    return headers


async def _send_problem(send: Send, problem: Problem, instance: str) -> None:
    body = problem_bytes(problem, instance)
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (problem.headers or {}).items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "OTHER"


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: MutableMapping[str, Any]) -> str:
    """Returns the template of the route, never the address that was asked for."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    found = getattr(context, "path_format", None) or getattr(scope.get("route"), "path_format", None)
    return found if isinstance(found, str) else "unmatched"


def _peer(scope: Scope) -> str:
    """Returns the caller's address; of IPv6 the network, because one caller has all of it."""
    client = scope.get("client")
    host = str(client[0]) if client else "unknown"
    return ":".join(host.split(":")[:4]) if ":" in host else host
