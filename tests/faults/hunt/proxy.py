"""A small TCP proxy of our own, in this process: lets through, slows, hangs, cuts, and cuts around a COMMIT."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from plein.local.ports import LOOPBACK, free_port

CHUNK = 65_536
ANSWER_S = 2.0
COMMIT = b"COMMIT"

T = TypeVar("T")


class Mode(StrEnum):
    """What the proxy does with what comes by."""

    PASS = "pass"
    SLOW = "slow"
    HUNG = "hung"


@dataclass
class CutOnce:
    """Cuts one connection when it says COMMIT: before the other side hears it, or after it did and before its answer is heard.

    `let_through` commits of whomever go first.
    """

    after_it_was_heard: bool
    let_through: int = 0
    done: bool = False


class TcpProxy:
    """Listens on loopback and brings every connection to `port`. Its methods may be called from any thread."""

    def __init__(self, port: int, *, listen_on: int | None = None, slow_s: float = 0.05) -> None:
        self.port = listen_on or free_port()
        self._mode = Mode.PASS
        self._flows = asyncio.Event()
        self._flows.set()
        self.cut_once: CutOnce | None = None
        self._to = port
        self._slow_s = slow_s
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hunt-proxy", daemon=True)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        self._loop.call_soon_threadsafe(self._flows.clear if mode is Mode.HUNG else self._flows.set)

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        """Cuts everything and listens no more."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def shut(self) -> None:
        """Cuts everything and refuses what comes, as a machine does where nobody listens, until `open`."""
        self._run(self._close())

    def open(self) -> None:
        self._run(self._listen())

    def cut(self) -> int:
        """Cuts every connection there is, as a cable would; new ones are let through. Returns how many ends were cut."""
        return self._run(self._cut_all())

    def cut_a_commit(self, *, after_it_was_heard: bool, let_through: int = 0) -> CutOnce:
        """Returns what tells whether the cut has happened."""
        self.cut_once = CutOnce(after_it_was_heard, let_through)
        return self.cut_once

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._cut_all()
        await asyncio.sleep(0)

    async def _cut_all(self) -> int:
        cut = list(self._writers)
        for writer in cut:
            writer.transport.abort()
        return len(cut)

    async def _accept(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._writers.add(to_client)
        try:
            from_server, to_server = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            to_client.transport.abort()
            self._writers.discard(to_client)
            return
        self._writers.add(to_server)
        answered = asyncio.Event()
        ways = [
            asyncio.create_task(self._to_server(from_client, to_client, to_server, answered)),
            asyncio.create_task(self._to_client(from_server, to_client, answered)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for writer in (to_client, to_server):
            writer.transport.abort()
            self._writers.discard(writer)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)

    async def _to_server(
        self,
        from_client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        to_server: asyncio.StreamWriter,
        answered: asyncio.Event,
    ) -> None:
        with suppress(OSError):
            while chunk := await from_client.read(CHUNK):
                await self._hold_back()
                cut = self._cut_for(chunk)
                if cut is not None and not cut.after_it_was_heard:
                    cut.done = True
                    return
                answered.clear()
                if cut is not None:
                    to_client.transport.abort()
                to_server.write(chunk)
                await to_server.drain()
                if cut is not None:
                    await _in_time(answered)
                    cut.done = True
                    return

    async def _to_client(
        self, from_server: asyncio.StreamReader, to_client: asyncio.StreamWriter, answered: asyncio.Event
    ) -> None:
        while chunk := await _read(from_server):
            await self._hold_back()
            answered.set()
            with suppress(OSError):
                to_client.write(chunk)
                await to_client.drain()

    async def _hold_back(self) -> None:
        if self._mode is Mode.SLOW:
            await asyncio.sleep(self._slow_s)
        await self._flows.wait()

    def _cut_for(self, chunk: bytes) -> CutOnce | None:
        """Returns the cut that is asked for when this is a COMMIT; each is made once."""
        if self.cut_once is None or COMMIT not in chunk:
            return None
        if self.cut_once.let_through > 0:
            self.cut_once.let_through -= 1
            return None
        cut, self.cut_once = self.cut_once, None
        return cut

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


async def _read(source: asyncio.StreamReader) -> bytes:
    """Returns the next bytes; none when the other side is gone."""
    try:
        return await source.read(CHUNK)
    except OSError:
        return b""


async def _in_time(event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            await event.wait()
