"""A long stretch of contacts: what was accepted is on the timelines, to the id. On Apache Kafka it is 100,000 events."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from plein.simulation import contacts, play
from plein.simulation.history import read_history
from plein.simulation.planned import POSTS_AS
from plein.simulation.reconciling import settled
from running_town import RunningTown

EVENTS_ON_A_DURABLE_BROKER = 100_000
EVENTS_ON_THE_EMBEDDED_BROKER = 10_000
UNTIL = datetime(2026, 11, 24, tzinfo=UTC)


def test_accepted_is_on_timelines_to_the_id(town: RunningTown, tmp_path: Path) -> None:
    """Duplicates re-sent on purpose, late notes and corrections are all in it."""
    count = EVENTS_ON_A_DURABLE_BROKER if town.durable else EVENTS_ON_THE_EMBEDDED_BROKER
    history = tmp_path / "history.jsonl"
    addresses = {door: town.stack.url_of(door) for door in POSTS_AS}
    tokens = {door: town.stack.token(persona) for door, persona in POSTS_AS.items()}

    totals = asyncio.run(play(contacts(2026, count, UNTIL), addresses, tokens, history=history, batch=200))
    found = asyncio.run(settled(read_history(history), town.stack.databases["timeline"], patience_seconds=120))

    assert totals.undelivered == 0
    assert found.accepted >= count
    assert (found.accepted - found.facts, len(found.lost), found.twice, found.parked) == (found.on_timelines, 0, 0, 0)
