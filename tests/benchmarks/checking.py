"""Whether what stands in the table is what was accepted, to the byte: each event once, for its citizen, at its moment."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from benchmarks.load import Arrival

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# PostgreSQL makes of each row what `fingerprint` makes: 60 bits of MD5 over the same bytes, added up.
_FOUND = """
SELECT count(*), coalesce(sum(('x' || left(md5(
    uuid_send(event_id) || uuid_send(citizen) || timestamptz_send(occurred_at) || raw
), 15))::bit(60)::bigint), 0) FROM timeline.entry
"""
_PARKED = "SELECT count(*) FROM timeline.parked"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must stand in the table: how many rows, and the sum of their fingerprints."""

    count: int = 0
    total: int = 0

    def with_arrival(self, arrival: Arrival) -> "Expected":
        """Returns what is expected once this arrived too. A repeat changes nothing."""
        if arrival.is_repeat:
            return self
        made = fingerprint(arrival.event_id, arrival.citizen.value, arrival.occurred_at, arrival.value)
        return Expected(self.count + 1, self.total + made)

    def and_also(self, other: "Expected") -> "Expected":
        """Returns what is expected of both, when they have no event in common."""
        return Expected(self.count + other.count, self.total + other.total)


def fingerprint(event_id: UUID, citizen: bytes, occurred_at: datetime, raw: bytes) -> int:
    since = occurred_at - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    row = event_id.bytes + citizen + micros.to_bytes(8, "big", signed=True) + raw
    return int(hashlib.md5(row, usedforsecurity=False).hexdigest()[:15], 16)


def expected_of(arriving: Iterable[Arrival]) -> Expected:
    """Returns what must stand in the table after all of these arrived."""
    expected = Expected()
    for arrival in arriving:
        expected = expected.with_arrival(arrival)
    return expected


def faults_between(expected: Expected, found: Expected, parked: int = 0) -> list[str]:
    """Returns a sentence for everything that is not as it must be."""
    faults = []
    if found.count < expected.count:
        faults.append(f"{expected.count - found.count} entries are lost")
    if found.count > expected.count:
        faults.append(f"{found.count - expected.count} entries are duplicates or phantoms")
    if found.count == expected.count and found.total != expected.total:
        faults.append("there are as many entries as there must be, but not the same ones")
    if parked:
        faults.append(f"{parked} events were parked, and none should be")
    return faults


def found_in(url: str) -> Expected:
    """Returns what stands in the tables."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        found = connection.execute(_FOUND).fetchone()
    assert found is not None
    return Expected(found[0], int(found[1]))


def faults_in(url: str, expected: Expected) -> list[str]:
    """Looks into the tables and returns a sentence for everything that is not as it must be."""
    with psycopg.connect(url) as connection:
        parked = connection.execute(_PARKED).fetchone()
    assert parked is not None
    return faults_between(expected, found_in(url), parked[0])
