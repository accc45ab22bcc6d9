"""What these tests start from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from event_bus.journal import Journal
from event_bus.memory import MemoryBus


@pytest.fixture
def bus() -> MemoryBus:
    """A bus with one topic of three partitions."""
    return MemoryBus({"things": 3})


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """An open journal without anything in it."""
    made = Journal(tmp_path / "journal.sqlite")
    await made.start()
    yield made
    await made.stop()
