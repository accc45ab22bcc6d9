"""Every example that was ever published goes through the address book: kept, ignored or parked, never an exception."""

from pathlib import Path

import pytest

import contact_events
from address_book.edges.memory import MemoryContactPoints
from address_book.edges.stream import keep_batch
from event_bus.records import Batch, Record
from handlers.address_book.said_at_the_door import SECRETS

_FOLDER = Path(contact_events.__file__).parent / "examples"
EXAMPLES = {f"{path.parent.name}/{path.stem}": path.read_bytes() for path in sorted(_FOLDER.glob("*/*.json"))}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
async def test_an_example_is_read(example: bytes) -> None:
    record = Record("interactions", 0, 0, None, example)

    handled = await keep_batch(Batch("interactions", 0, [record]), MemoryContactPoints(), SECRETS)

    assert handled.kept + sum(handled.ignored.values()) + len(handled.parked) == 1
    # The examples were sealed for an address book that does not exist.
    assert {parked.reason for parked in handled.parked} <= {"seal_does_not_open"}


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 15
