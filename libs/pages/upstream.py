"""Asking another service as the person who is signed in: with their token, in their trace, with a limit on the waiting."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from pages.session import Session
from service_runtime.logging import get_logger
from service_runtime.problems import FieldFault
from service_runtime.tracing import current_traceparent

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0

log = get_logger()


class Refused(Exception):
    """Another service refused. `kind` is the last part of its problem type; `faults` are for the fields of a form."""

    def __init__(self, status: int, kind: str, detail: str, faults: Sequence[FieldFault] = ()) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)


class Away(Exception):
    """Another service does not answer, or says that it cannot now. Asking the same again later is right."""


class _Problem(msgspec.Struct):
    type: str = ""
    detail: str = ""
    errors: list[FieldFault] = []


class Upstream:
    """One other service, by its address. Reading is tried twice, because nothing comes of it; sending is not."""

    def __init__(self, name: str, address: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.name = name
        self._http = httpx2.AsyncClient(
            base_url=address,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=200, max_keepalive_connections=50),
            trust_env=False,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, session: Session, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Returns what is there. Raises Refused, Away."""
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        for again in (False, True):
            try:
                return self._read(await self._http.get(path, params=asked, headers=_headers(session)))
            except httpx2.TransportError:
                if again:
                    break
        raise self._away("no_answer")

    async def post(self, session: Session, path: str, body: object) -> Any:
        """Sends something and returns the answer. Raises Refused, and Away: then it may have arrived, so send the same again."""
        return await self.post_bytes(session, path, msgspec.json.encode(body), "application/json")

    async def post_bytes(self, session: Session, path: str, content: bytes, kind: str) -> Any:
        """Sends bytes of a media type, such as a file, and returns the answer. Raises as `post` does."""
        headers = {**_headers(session), "Content-Type": kind}
        try:
            return self._read(await self._http.post(path, content=content, headers=headers))
        except httpx2.TransportError:
            raise self._away("no_answer") from None

    @asynccontextmanager
    async def following(
        self, session: Session, path: str, params: Mapping[str, Any], last_id: str | None
    ) -> AsyncIterator[AsyncIterator[str]]:
        """Gives the lines of a stream of server-sent events. Raises Refused, Away; Away also between the lines."""
        headers = {**_headers(session), "Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
        waiting = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=60.0)
        try:
            async with self._http.stream("GET", path, params=dict(params), headers=headers, timeout=waiting) as answer:
                if answer.status_code != httpx2.codes.OK:
                    await answer.aread()
                    self._read(answer)
                yield self._lines(answer)
        except httpx2.TransportError:
            raise self._away("no_answer") from None

    async def _lines(self, answer: httpx2.Response) -> AsyncIterator[str]:
        try:
            async for line in answer.aiter_lines():
                yield line
        except httpx2.TransportError:
            raise self._away("stream_broken") from None

    def _read(self, answer: httpx2.Response) -> Any:
        if answer.is_success:
            return msgspec.json.decode(answer.content) if answer.content else None
        try:
            problem = msgspec.json.decode(answer.content, type=_Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = _Problem()
        if answer.status_code >= 500 or answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
            raise self._away(f"status_{answer.status_code}")
        kind = problem.type.rpartition(":")[2] or f"status-{answer.status_code}"
        raise Refused(answer.status_code, kind, problem.detail, problem.errors)

    def _away(self, reason: str) -> Away:
        log.warning("other_service_away", other=self.name, reason=reason)
        return Away(self.name)


def _headers(session: Session) -> dict[str, str]:
    traceparent = current_traceparent()
    return {"Authorization": f"Bearer {session.tokens.access}", **({"traceparent": traceparent} if traceparent else {})}
