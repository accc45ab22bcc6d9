"""A body while it comes in: not too large, and strict JSON where a route declares its body."""

from collections.abc import Iterable

from starlette.types import Message, Receive, Scope

from service_runtime.reading import read_json_bytes, require_json, too_large


class IncomingBody:
    """Counts what comes in, also without a Content-Length, and holds JSON for declared bodies to the same rules."""

    def __init__(self, scope: Scope, receive: Receive, most: int) -> None:
        self._scope = scope
        self._receive = receive
        self._most = most
        self._size = 0
        self._chunks: list[bytes] = []
        length = header_of(scope, b"content-length")
        if length is not None and (not length.isdigit() or int(length) > most):
            raise too_large(most)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            chunk = message.get("body", b"")
            self._size += len(chunk)
            if self._size > self._most:
                raise too_large(self._most)
            if _declares_json(self._scope):
                self._chunks.append(chunk)
                if not message.get("more_body", False):
                    self._check()
        return message

    def _check(self) -> None:
        content_type = header_of(self._scope, b"content-type")
        encoding = header_of(self._scope, b"content-encoding")
        raw = b"".join(self._chunks)
        if raw:
            require_json((content_type or b"").decode("latin-1"), encoding.decode("latin-1") if encoding else None)
            read_json_bytes(raw)


def _declares_json(scope: Scope) -> bool:
    """Says whether FastAPI will read the body of this route itself, as JSON."""
    field = getattr(scope.get("route"), "body_field", None)
    return field is not None and type(field.field_info).__name__ == "Body"


def header_of(scope: Scope, wanted: bytes) -> bytes | None:
    """Returns the first header of this name, in lower case."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == wanted:
            return value
    return None
