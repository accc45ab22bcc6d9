"""The history file: what each sender was told, one JSON line per answer, on the disk before anything is made of it."""

import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

NO_ANSWER = 0
ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Told:
    """One answer to one event. `citizen` is the pseudonym the entry must stand under; `status` 0 is no answer at all."""

    source: str
    id: str
    key: UUID
    citizen: UUID
    occurred_at: datetime
    status: int
    told_at: datetime

    @property
    def is_accepted(self) -> bool:
        return self.status == ACCEPTED

    @property
    def may_arrive(self) -> bool:
        """Says whether it may be on the timeline: accepted, or nobody knows (no answer, or one of trouble at our side)."""
        return self.is_accepted or self.status == NO_ANSWER or self.status >= 500


@dataclass(frozen=True, slots=True)
class Planted:
    """Bytes that nobody can process, written straight onto the topic: `digest` must stand among the parked, once."""

    digest: str
    reason: str
    told_at: datetime


Line = Told | Planted


class History:
    """Appends to the file and remembers. May be used from many threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: list[Line] = []
        self._lock = threading.Condition()
        self._accepted: set[UUID] = set()
        self._out = file.open("a", encoding="utf-8")

    def note(self, lines: Iterable[Line]) -> None:
        """Returns when the lines are on the disk."""
        noted = list(lines)
        with self._lock:
            self._out.writelines(written(line) for line in noted)
            self._out.flush()
            os.fsync(self._out.fileno())
            self.lines += noted
            self._accepted |= {line.key for line in noted if isinstance(line, Told) and line.is_accepted}
            self._lock.notify_all()

    def wait_for(self, accepted: int, patience_s: float = 60.0) -> None:
        """Returns when so many events were accepted. Raises TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self._accepted) >= accepted, patience_s):
                raise TimeoutError(f"only {len(self._accepted)} of {accepted} events were accepted in {patience_s:.0f} s")

    @property
    def accepted(self) -> frozenset[UUID]:
        """Returns the keys of all that was accepted so far."""
        with self._lock:
            return frozenset(self._accepted)

    def close(self) -> None:
        self._out.close()


def written(line: Line) -> str:
    """Returns a line as it stands in the file."""
    kind = "told" if isinstance(line, Told) else "planted"
    return json.dumps({"kind": kind, **msgspec.to_builtins(line)}) + "\n"


def read_history(file: Path) -> Iterator[Line]:
    """Yields the lines in order. A last line that was cut off is left out: nobody acted on it."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield _read(json.loads(line))


def _read(said: dict[str, str]) -> Line:
    told_at = datetime.fromisoformat(said["told_at"])
    if said["kind"] == "planted":
        return Planted(said["digest"], said["reason"], told_at)
    return Told(
        source=said["source"],
        id=said["id"],
        key=UUID(said["key"]),
        citizen=UUID(said["citizen"]),
        occurred_at=datetime.fromisoformat(said["occurred_at"]),
        status=int(said["status"]),
        told_at=told_at,
    )
