"""What each sender was told, one JSON line per answer: the only witness a reconciliation believes."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO
from uuid import UUID

from plein.simulation.planned import FACT_TYPE


@dataclass(frozen=True, slots=True)
class Told:
    """One answer to one post. `keys` are the event keys it promised; none when it was refused."""

    source: str
    id: str
    type: str
    status: int
    receipt: str | None
    keys: tuple[str, ...]
    again: bool

    @property
    def is_accepted(self) -> bool:
        return self.status == 202

    @property
    def is_for_timelines(self) -> bool:
        """Contacts and what amends them come on a timeline; facts about a citizen do not."""
        return self.type != FACT_TYPE

    @property
    def event_keys(self) -> tuple[UUID, ...]:
        return tuple(UUID(key) for key in self.keys)


class History:
    """Appends lines to a file; without a file it only remembers nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file: TextIO | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("a", encoding="utf-8")

    def note(self, told: Told) -> None:
        """Writes one line; it is in the file, not yet on the disk."""
        if self._file is not None:
            self._file.write(json.dumps(asdict(told)) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Makes the lines durable."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


def read_history(file: Path) -> Iterator[Told]:
    """Yields what was told, in order. A last line that was cut off is left out."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                said = json.loads(line)
                yield Told(**{**said, "keys": tuple(said["keys"])})
