"""The journal of accepted events: one SQLite file beside an adapter, fsynced before the sender hears "accepted" (decision 7).

One thread writes. Everything that waits when a commit ends goes into the next one, so a hundred senders share one fsync.
"""

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

from event_bus.forgetting import Covers, Forgetting, Forgotten
from event_bus.forgetting.journalled import TABLES, covered_after, covered_in, note_followed, take_out
from event_bus.gathering import Asked, Gathering
from event_bus.records import ToSay

KEPT_SECONDS = 7 * 24 * 3600
MOST_IN_ONE_COMMIT = 2000
_PAGE_BYTES = 4096
# What makes room, such as noting that something was published, needs a little of it itself.
_PAGES_IN_RESERVE = 64

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accepted (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event_key BLOB NOT NULL UNIQUE, digest BLOB NOT NULL, topic TEXT NOT NULL,
  key BLOB NOT NULL, value BLOB NOT NULL, headers TEXT NOT NULL, accepted_at REAL NOT NULL, published_in TEXT
);
CREATE INDEX IF NOT EXISTS accepted_waiting ON accepted (seq) WHERE published_in IS NULL;
CREATE INDEX IF NOT EXISTS accepted_at ON accepted (accepted_at);
"""


class Verdict(StrEnum):
    """What an adapter tells the sender of an event."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    OTHER_CONTENT = "other_content"


class JournalFull(Exception):
    """There is no room to write. Try again later: it recovers by itself when room returns."""


@dataclass(frozen=True, slots=True)
class Accepting:
    """One submission to accept: its events, never none, of which the first bears the submission's own key.

    `digest` is of what the sender sent, to tell a repeat from other content under the same key.
    """

    events: tuple[ToSay, ...]
    digest: bytes

    @property
    def key(self) -> UUID:
        return self.events[0].event_key


class Judged(NamedTuple):
    """What became of one submission: the verdict, and those of its events that were not known before."""

    verdict: Verdict
    new: tuple[ToSay, ...] = ()


_Job = Asked[Callable[[sqlite3.Connection], Any]]
_Outcome = tuple[_Job, Any, Exception | None]


class Journal:
    """`most_bytes` bounds the file; reaching it is the same to callers as a full disk."""

    def __init__(self, path: Path, *, most_bytes: int = 4_000_000_000) -> None:
        self._path = path
        self._most_pages = max(16, most_bytes // _PAGE_BYTES)
        self._jobs: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._gathering = Gathering[Callable[[sqlite3.Connection], Any]](self._jobs.put)
        self._thread: threading.Thread | None = None
        self._must_scrub = False

    async def start(self) -> None:
        """Opens the file, and makes it the first time. Raises OSError or sqlite3.Error when it cannot be."""
        connection = await asyncio.to_thread(self._opened)
        self._thread = threading.Thread(target=self._write_for_ever, args=(connection,), name="journal", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Ends the writing thread after what already waits is written. May be called twice."""
        if self._thread is not None:
            self._gathering.hand_over_now()
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def accept(self, submissions: Sequence[Accepting]) -> list[Judged]:
        """Keeps the new events durably and returns what became of each, in order. Raises JournalFull; then none is kept.

        A submission is judged whole, by its first event: of other content under a known key nothing is kept, and a
        repeat brings what was missing.
        """
        judged: list[Judged] = await self._done(lambda connection: _accepted(connection, submissions, self._most_pages))
        return judged

    async def judge(self, submissions: Sequence[Accepting]) -> list[Judged]:
        """Returns what `accept` would, and keeps nothing. Raises JournalFull when the file cannot even be read."""
        judged: list[Judged] = await self._done(lambda connection: _judged(connection, submissions))
        return judged

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        """Returns whether the broker has it already; None when it is not known here."""
        row = await self._done(
            lambda connection: connection.execute(
                "SELECT published_in IS NOT NULL FROM accepted WHERE event_key = ?", (event_key.bytes,)
            ).fetchone()
        )
        if row is None:
            return None
        return "passed_on" if row[0] else "received"

    async def waiting(self, limit: int, *, after: int = 0) -> list[tuple[int, ToSay]]:
        """Returns events that no broker acknowledged yet, oldest first, each with its sequence number."""
        rows = await self._done(
            lambda connection: connection.execute(
                "SELECT seq, topic, key, value, event_key, headers FROM accepted"
                " WHERE published_in IS NULL AND seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            ).fetchall()
        )
        return [(row[0], ToSay(row[1], row[2], row[3], UUID(bytes=row[4]), _headers_of(row[5]))) for row in rows]

    async def count_waiting(self) -> int:
        """Returns how many events no broker acknowledged yet."""
        counted = await self._done(
            lambda connection: connection.execute("SELECT count(*) FROM accepted WHERE published_in IS NULL").fetchone()
        )
        return int(counted[0])

    async def mark_published(self, event_keys: Iterable[UUID], log_id: str) -> None:
        """Notes that the log with this id acknowledged these events. Raises JournalFull."""
        rows = [(log_id, key.bytes) for key in event_keys]
        await self._done(lambda connection: _ran(connection, "UPDATE accepted SET published_in = ? WHERE event_key = ?", rows))

    async def distrust_other_logs(self, log_id: str) -> int:
        """Makes everything wait again that another log than this one acknowledged; returns how many. Raises JournalFull."""
        return int(
            await self._done(
                lambda connection: (
                    connection.execute("UPDATE accepted SET published_in = NULL WHERE published_in <> ?", (log_id,)).rowcount
                )
            )
        )

    async def followed(self, log_id: str) -> dict[int, int]:
        """Returns up to where erasures were followed in this log, by partition."""
        return dict(
            await self._done(
                lambda connection: connection.execute(
                    "SELECT partition, next_offset FROM followed WHERE log_id = ?", (log_id,)
                ).fetchall()
            )
        )

    async def forget(
        self, erasures: Sequence[Forgetting], covers: Covers, *, log_id: str, followed: Mapping[int, int]
    ) -> dict[UUID, int]:
        """Removes what erasures cover, waiting or not, and notes how many of each, and up to where they were followed.

        Nothing of it is left in the file or beside it. May be called again with the same ones. Raises JournalFull.
        """
        try:
            up_to, covered = await asyncio.to_thread(covered_in, self._path, erasures, covers) if erasures else (0, {})
        except sqlite3.Error as fault:
            raise _named(fault) from None

        def work(connection: sqlite3.Connection) -> dict[UUID, int]:
            _, since = covered_after(connection, up_to, erasures, covers)
            both = {erasure: covered[erasure] + since[erasure] for erasure in since}
            self._must_scrub = take_out(connection, both) or self._must_scrub
            note_followed(connection, log_id, followed)
            return {erasure: len(rows) for erasure, rows in both.items()}

        counted: dict[UUID, int] = await self._done(work)
        return counted

    async def told_of(self, erasure: UUID) -> Forgotten | None:
        """Returns what was forgotten for an erasure; None when it was not carried out here (yet)."""
        row = await self._done(
            lambda connection: connection.execute(
                "SELECT forgotten_at, count FROM forgotten WHERE erasure = ?", (erasure.bytes,)
            ).fetchone()
        )
        return None if row is None else Forgotten(datetime.fromtimestamp(row[0], UTC), {"accepted": row[1]})

    async def forget_old(self, now: float | None = None) -> int:
        """Removes what was published and is older than seven days; what waits is never removed. Returns how many."""
        before = (time.time() if now is None else now) - KEPT_SECONDS
        return int(
            await self._done(
                lambda connection: (
                    connection.execute(
                        "DELETE FROM accepted WHERE accepted_at < ? AND published_in IS NOT NULL", (before,)
                    ).rowcount
                )
            )
        )

    async def _done(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._thread is None:
            raise RuntimeError("the journal is not open")
        return await self._gathering.ask(work)

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA max_page_count = {self._most_pages + _PAGES_IN_RESERVE}")
        connection.executescript(_SCHEMA + TABLES)
        _emptied(connection)  # of an earlier life that ended between forgetting and this
        self._path.chmod(0o600)
        return connection

    def _write_for_ever(self, connection: sqlite3.Connection) -> None:
        is_open = True
        while is_open:
            handed_over = [self._jobs.get()]
            while sum(len(jobs or ()) for jobs in handed_over) < MOST_IN_ONE_COMMIT and not self._jobs.empty():
                handed_over.append(self._jobs.get())
            is_open = None not in handed_over
            committed = _committed(connection, [job for jobs in handed_over for job in jobs or ()])
            if self._must_scrub:
                # The write-ahead log still holds the pages of before something was forgotten.
                self._must_scrub = not _emptied(connection)
            by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
            for outcome in committed:
                by_loop.setdefault(outcome[0].answer.get_loop(), []).append(outcome)
            for loop, outcomes in by_loop.items():
                with suppress(RuntimeError):  # the loop of whoever asked is closed
                    loop.call_soon_threadsafe(_answer, outcomes)
        connection.close()


def _emptied(connection: sqlite3.Connection) -> bool:
    """Brings the write-ahead log into the file and cuts it to nothing; False when somebody else has the file open just now."""
    try:
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error:
        return False


def _committed(connection: sqlite3.Connection, jobs: Sequence[_Job]) -> list[_Outcome]:
    """Runs the jobs in one transaction. When that fails each half has one of its own, down to the job that it fails on."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes: list[_Outcome] = [(job, job.what(connection), None) for job in jobs]
        connection.execute("COMMIT")
    except (sqlite3.Error, JournalFull) as fault:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if len(jobs) > 1:
            half = len(jobs) // 2
            return [*_committed(connection, jobs[:half]), *_committed(connection, jobs[half:])]
        return [(job, None, _named(fault)) for job in jobs]
    return outcomes


def _answer(outcomes: Sequence[_Outcome]) -> None:
    for (_, answer), result, fault in outcomes:
        if answer.done():
            continue
        if fault is None:
            answer.set_result(result)
        else:
            answer.set_exception(fault)


_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


def _named(fault: Exception) -> Exception:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return JournalFull("the journal of accepted events has no room to write") if code in _NO_ROOM else fault


def _judged(connection: sqlite3.Connection, submissions: Sequence[Accepting]) -> list[Judged]:
    seen: dict[bytes, bytes] = {}

    def known_digest(event_key: UUID) -> bytes | None:
        key = event_key.bytes
        if key in seen:
            return seen[key]
        row = connection.execute("SELECT digest FROM accepted WHERE event_key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    judged = []
    for each in submissions:
        first, *others = each.events
        known = known_digest(each.key)
        if known not in (None, each.digest):
            judged.append(Judged(Verdict.OTHER_CONTENT))
            continue
        missing = [said for said in others if known_digest(said.event_key) is None]
        new = tuple(missing) if known is not None else (first, *missing)
        seen.update((said.event_key.bytes, each.digest) for said in new)
        judged.append(Judged(Verdict.ACCEPTED if known is None else Verdict.REPEATED, new))
    return judged


def _accepted(connection: sqlite3.Connection, submissions: Sequence[Accepting], most_pages: int) -> list[Judged]:
    judged, now = _judged(connection, submissions), time.time()
    connection.executemany(
        "INSERT INTO accepted (event_key, digest, topic, key, value, headers, accepted_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (said.event_key.bytes, each.digest, said.topic, said.key, said.value, _headers_text(said), now)
            for each, (_, new) in zip(submissions, judged, strict=True)
            for said in new
        ),
    )
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if pages > most_pages and pages - connection.execute("PRAGMA freelist_count").fetchone()[0] > most_pages:
        raise JournalFull("the journal of accepted events has no room to write")
    return judged


def _ran(connection: sqlite3.Connection, statement: str, rows: list[tuple[str, bytes]]) -> None:
    connection.executemany(statement, rows)


def _headers_text(said: ToSay) -> str:
    return json.dumps([[name, value.decode("latin-1")] for name, value in said.headers])


def _headers_of(text: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(text))
