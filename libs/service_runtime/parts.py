"""A part of a process: something that is started, stopped, may end by itself and says how it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How a part is. `detail` holds numbers and short words for operators, nothing about a person."""

    name: str
    ready: bool
    detail: Mapping[str, int | float | str | bool] = field(default_factory=dict)


class Part(Protocol):
    """What `run` starts in order and stops in reverse."""

    @property
    def name(self) -> str:
        """One word for log lines and health."""
        ...

    async def start(self) -> None:
        """Returns when the part works. Called once. May raise; then nothing of it may be left behind."""
        ...

    async def stop(self) -> None:
        """Lets go of everything in hand. Called at most once, only after `start` returned, also when the part has ended."""
        ...

    async def ended(self) -> None:
        """Returns or raises when the part stops by itself, waits for ever otherwise. May be cancelled."""
        ...

    def health(self) -> PartHealth:
        """Answers at once, without I/O. May be called before `start` and after `stop`."""
        ...
