"""Posted, accepted, on timelines, parked, lost: compared to the id between what senders were told and what the timeline keeps.

The timeline's own tables are read, on a connection that can only read: HTTP shows one citizen at a time, for a purpose, and
every look is logged, which is right for people and wrong for counting.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import psycopg

from contact_events.codec import CannotRead, read_envelope
from contact_events.identity import event_key
from plein.simulation.history import Told

_PORTION = 20_000
_FOUND = """
SELECT event_id, count(*) FROM (
    SELECT event_id FROM timeline.entry WHERE event_id = ANY(%(keys)s)
    UNION ALL SELECT event_id FROM timeline.amendment WHERE event_id = ANY(%(keys)s)
) AS kept GROUP BY event_id
"""
_PARKED = "SELECT value FROM timeline.parked WHERE value IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`posted` counts submissions, the rest events. `facts` are accepted facts about citizens: they come on no timeline."""

    posted: int
    accepted: int
    facts: int
    on_timelines: int
    parked: int
    twice: int
    lost: frozenset[UUID]

    @property
    def is_right(self) -> bool:
        return not self.lost and not self.twice

    @property
    def sentence(self) -> str:
        """The one line of totals."""
        return (
            f"posted {self.posted}, accepted {self.accepted} ({self.facts} facts), on timelines {self.on_timelines}, "
            f"parked {self.parked}, lost = {len(self.lost)}"
        )


def reconcile(history: Iterable[Told], database_url: str) -> Reconciliation:
    """Compares what was told with what the timeline keeps now. `database_url` may read the schema `timeline`."""
    posted, facts = 0, set[UUID]()
    accepted: set[UUID] = set()
    for told in history:
        posted += 1
        if told.is_accepted:
            (accepted if told.is_for_timelines else facts).update(told.event_keys)
    with psycopg.connect(database_url, options="-c default_transaction_read_only=on") as connection:
        found = _found(connection, sorted(accepted))
        missing = accepted - found.keys()
        parked = missing & _parked(connection) if missing else set()
    return Reconciliation(
        posted=posted,
        accepted=len(accepted) + len(facts),
        facts=len(facts),
        on_timelines=len(found),
        parked=len(parked),
        twice=sum(count > 1 for count in found.values()),
        lost=frozenset(missing - parked),
    )


async def settled(history: Iterable[Told], database_url: str, *, patience_seconds: float = 60.0) -> Reconciliation:
    """Waits until nothing is lost, and gives up when nothing more arrived for `patience_seconds`."""
    told = list(history)
    best, moved_at = -1, time.monotonic()
    while True:
        found = await asyncio.to_thread(reconcile, told, database_url)
        if not found.lost:
            return found
        if found.on_timelines > best:
            best, moved_at = found.on_timelines, time.monotonic()
        if time.monotonic() - moved_at > patience_seconds:
            return found
        await asyncio.sleep(0.25)


def _found(connection: psycopg.Connection, keys: list[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for start in range(0, len(keys), _PORTION):
        rows = connection.execute(_FOUND, {"keys": keys[start : start + _PORTION]})
        found.update((row[0], row[1]) for row in rows.fetchall())
    return found


def _parked(connection: psycopg.Connection) -> set[UUID]:
    parked: set[UUID] = set()
    for (value,) in connection.execute(_PARKED):
        try:
            envelope = read_envelope(bytes(value))
        except CannotRead:
            continue
        parked.add(event_key(envelope.source, envelope.id))
    return parked
