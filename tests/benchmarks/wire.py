"""A client that costs little: keep-alive connections, requests made beforehand, answers read no further than needed.

An ordinary HTTP client takes as long as the service, and would make any two services look alike.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Answered:
    """What came back: how many of each status, how long each took, and when the first was sent and the last came."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    def count(self, status: int) -> int:
        return self.statuses.get(status, 0)


def request_bytes(method: str, path: str, token: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Returns one HTTP/1.1 request as it goes over the wire."""
    said = {"Host": "127.0.0.1", "Authorization": f"Bearer {token}", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class Connection:
    """One keep-alive connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Returns the status and the body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
        return int(head[9:12]), await self._reader.readexactly(length) if length else b""

    def close(self) -> None:
        self._writer.close()


async def closed_loop(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Answered:
    """Keeps that many requests under way for that long: each answer makes room for the next request."""
    answered = Answered()
    opened = [await Connection.to(port) for _ in range(connections)]
    started = time.perf_counter()

    async def keep_asking(connection: Connection) -> None:
        while (sent := time.perf_counter()) - started < seconds:
            status, _ = await connection.ask(next(requests))
            answered.statuses[status] = answered.statuses.get(status, 0) + 1
            answered.seconds.append(time.perf_counter() - sent)

    await asyncio.gather(*map(keep_asking, opened))
    answered.took = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return answered
