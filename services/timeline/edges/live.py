"""Live changes: one listening connection per process, and a fan-out to everybody who follows a timeline."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg

from contact_events.citizen_ref import CitizenRef
from service_runtime.logging import get_logger
from service_runtime.parts import PartHealth
from timeline.edges.database.telling import ANYBODY, CHANNEL
from timeline.ports import Changed

PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0

log = get_logger()


class Followers:
    """The fan-out within a process; on its own it is the memory twin of the listening part."""

    def __init__(self) -> None:
        self._waiting: set[_Follower] = set()
        self._has_ended = False

    def tell(self, change: Changed) -> None:
        for follower in self._waiting:
            follower.hear(change)

    def end(self) -> None:
        """Lets every follower go."""
        self._has_ended = True
        self.tell(Changed(None))

    async def follow(self, *, heartbeat_s: float) -> AsyncIterator[Changed | None]:
        """See the port. Changes that come while one is being handled are told together."""
        follower = _Follower()
        self._waiting.add(follower)
        try:
            yield Changed(None)
            while not self._has_ended:
                change = await follower.next_change(heartbeat_s)
                if not self._has_ended:
                    yield change
        finally:
            self._waiting.discard(follower)


class _Follower:
    def __init__(self) -> None:
        self._heard = asyncio.Event()
        self._citizens: set[CitizenRef] = set()
        self._anybody = False

    def hear(self, change: Changed) -> None:
        if change.citizens is None:
            self._anybody = True
        else:
            self._citizens |= change.citizens
        self._heard.set()

    async def next_change(self, heartbeat_s: float) -> Changed | None:
        try:
            async with asyncio.timeout(heartbeat_s):
                await self._heard.wait()
        except TimeoutError:
            return None
        change = Changed(None if self._anybody else frozenset(self._citizens))
        self._heard.clear()
        self._citizens, self._anybody = set(), False
        return change


class ListeningChanges(Followers):
    """A part that listens to PostgreSQL. After a lost connection it says "anybody", as it cannot know what it missed."""

    name = "live"

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self._database_url = database_url
        self._is_listening = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts listening in the background; a database that is away is waited for."""
        self._task = asyncio.create_task(self._listen_for_ever(), name="live")

    async def stop(self) -> None:
        self.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ended(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task.result()

    def health(self) -> PartHealth:
        """Always ready: without it timelines can still be read."""
        return PartHealth(self.name, ready=True, detail={"listening": self._is_listening, "followers": len(self._waiting)})

    async def _listen_for_ever(self) -> None:
        pause = PAUSE_SECONDS
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as fault:
                log.warning("live_changes_interrupted", reason=type(fault).__name__, wait_seconds=pause)
            pause = PAUSE_SECONDS if self._is_listening else min(pause * 2, LONGEST_PAUSE_SECONDS)
            self._is_listening = False
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True, connect_timeout=5, application_name="plein live"
        ) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._is_listening = True
            self.tell(Changed(None))
            async for notice in connection.notifies():
                self.tell(change_of(notice.payload))


def change_of(payload: str) -> Changed:
    """Returns the change that a notification tells of."""
    if payload == ANYBODY:
        return Changed(None)
    return Changed(frozenset(CitizenRef.from_text(text) for text in payload.split()))
