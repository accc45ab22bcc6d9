"""What comes in before there is a request: a head that is too large, too slow or no HTTP is refused like anything else."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service_runtime.exchange import SECURITY_HEADERS
from service_runtime.problems import PROBLEM_JSON, Problem, problem_bytes, problem_of
from service_runtime.tracing import child_of

MAX_HEAD_BYTES = 65_536
HEAD_SECONDS = 15.0
# The longest wait for the next piece of a body.
BODY_SECONDS = 30.0

_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Wire(HttpToolsProtocol):
    """uvicorn's own protocol with a limit on the size of a head and on the time a request takes to come in; it has neither."""

    _in_head = True
    _in_body = False
    _head_bytes = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        went_on = self._in_head
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data) if went_on else 0
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(problem_of(431))
        elif self._in_body:
            self._wait(BODY_SECONDS)
        else:
            self._wait(None)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._wait(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(400, "invalid-http", "This is not HTTP", "Send a request in HTTP/1.1."))

    def _wait(self, seconds: float | None) -> None:
        """Waits this long for what comes next; None when nothing is owed."""
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if seconds is not None and not self.transport.is_closing():
            self._late = asyncio.get_running_loop().call_later(seconds, self._refuse_late)

    def _refuse_late(self) -> None:
        self._refuse(problem_of(408))

    def _refuse(self, problem: Problem) -> None:
        """Answers when nothing else is being answered on this connection, and closes it."""
        self._wait(None)
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or (self._in_body and not self.cycle.response_started):
            self.transport.write(_answer(problem, getattr(self.config.app, "version", "")))
        self.transport.close()


def _answer(problem: Problem, version: str) -> bytes:
    with child_of(None, "request") as traceparent:
        body = problem_bytes(problem, f"urn:plein:request:{traceparent[3:52]}")
    headers = (
        (b"content-type", PROBLEM_JSON.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
        (b"api-version", version.encode()),
        *SECURITY_HEADERS,
    )
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (problem.status, _PHRASES[problem.status], lines, body)
