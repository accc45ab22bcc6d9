"""Following erasures goes on whatever a client library does when its broker goes."""

import asyncio
from pathlib import Path

import pytest

from event_bus.forgetting import carried_before
from event_bus.forgetting.following import Following
from event_bus.journal import Journal
from event_bus.settings import BrokerSettings


async def test_a_library_that_cancels_its_own_tasks_does_not_end_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A door that ended with its broker kept senders out, and its journal full, until somebody started it again."""
    tried = asyncio.Queue[None]()

    async def cancelled_by_the_library(_: Following) -> None:
        tried.put_nowait(None)
        raise asyncio.CancelledError

    monkeypatch.setattr(Following, "_follow_one_log", cancelled_by_the_library)
    settings = BrokerSettings(broker_servers="127.0.0.1:1")
    part = Following(settings, "facts", Journal(tmp_path / "j"), lambda _: None, carried_before)
    await part.start()

    async with asyncio.timeout(10):
        await tried.get()
        await tried.get()

    await part.stop()
