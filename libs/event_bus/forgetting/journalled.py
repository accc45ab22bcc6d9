"""Forgetting in the file of a journal: which rows erasures cover, and taking them out."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from event_bus.forgetting import Covers, Forgetting

TABLES = """
CREATE TABLE IF NOT EXISTS followed (partition INTEGER PRIMARY KEY, log_id TEXT NOT NULL, next_offset INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS forgotten (erasure BLOB PRIMARY KEY, forgotten_at REAL NOT NULL, count INTEGER NOT NULL);
"""
_MOST_ASKED_AT_ONCE = 500
Covered = Mapping[UUID, list[int]]


def covered_in(path: Path, erasures: Sequence[Forgetting], covers: Covers) -> tuple[int, Covered]:
    """Looks through a whole journal while others go on accepting. Blocks: call it in a thread. Raises sqlite3.Error.

    An index on the key would spare this, and cost every contact that is accepted more than the few erasures cost.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as reading:
        return covered_after(reading, 0, erasures, covers)


def covered_after(
    connection: sqlite3.Connection, after: int, erasures: Sequence[Forgetting], covers: Covers
) -> tuple[int, Covered]:
    """Returns up to which row it looked, and the rows after one that each erasure covers."""
    (up_to,) = connection.execute("SELECT coalesce(max(seq), 0) FROM accepted").fetchone()
    covered: dict[UUID, list[int]] = {each.erasure: [] for each in erasures}
    keys = sorted({key for each in erasures for key in each.keys})
    for start in range(0, len(keys), _MOST_ASKED_AT_ONCE):
        some = keys[start : start + _MOST_ASKED_AT_ONCE]
        asked = f"SELECT seq, key, value, accepted_at FROM accepted WHERE seq > ? AND key IN ({','.join('?' * len(some))})"  # noqa: S608 - question marks only
        for seq, key, value, accepted_at in connection.execute(asked, (after, *some)):
            carried_at = datetime.fromtimestamp(accepted_at, UTC)
            for each in erasures:
                if key in each.keys and covers(value, carried_at, each.erased_at):
                    covered[each.erasure].append(seq)
    return up_to, covered


def take_out(connection: sqlite3.Connection, covered: Covered) -> bool:
    """Removes rows and notes how many there were of each erasure; returns whether there were any."""
    connection.executemany("DELETE FROM accepted WHERE seq = ?", ((seq,) for rows in covered.values() for seq in rows))
    noted = [(erasure.bytes, time.time(), len(rows)) for erasure, rows in covered.items()]
    connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?, ?)", noted)
    return any(covered.values())


def note_followed(connection: sqlite3.Connection, log_id: str, followed: Mapping[int, int]) -> None:
    """Notes up to where each partition of a log was followed."""
    rows = [(partition, log_id, next_offset) for partition, next_offset in followed.items()]
    connection.executemany("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", rows)
