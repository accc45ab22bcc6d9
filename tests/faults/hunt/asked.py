"""What is asked of a hunt, read from the environment that `make faults` passes on."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from engines import APACHE_KAFKA, EMBEDDED

MINUTES = 30.0
SMALL_RUNS = 10
SMALL_MINUTES = 2.2
FEWEST_RUNS = 3


_ENGINES: dict[str, tuple[str, ...]] = {
    # The embedded engines too are hunted by `make test`, on a smaller scale.
    "first": (APACHE_KAFKA,),
    "both": (APACHE_KAFKA, EMBEDDED),
    APACHE_KAFKA: (APACHE_KAFKA,),
    EMBEDDED: (EMBEDDED,),
}


class CannotAsk(ValueError):
    """A wish that nobody can meet, in a sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`runs` None means as many random faults as fit in the minutes; `only` empty means everything."""

    engines: tuple[str, ...]
    only: tuple[str, ...]
    runs: int | None
    seed: int
    minutes_an_engine: float
    is_small: bool
    lists: bool

    @classmethod
    def of(cls, environment: Mapping[str, str], known: Collection[str]) -> Self:
        """Reads ENGINE, ONLY, RUNS, SEED, SIZE and LIST. Raises CannotAsk."""
        said = {name: environment.get(name, "").strip() for name in ("ENGINE", "ONLY", "RUNS", "SEED", "SIZE", "LIST")}
        is_small = said["SIZE"] == "small"
        engines = _ENGINES.get(said["ENGINE"] or ("first" if is_small else "both"))
        if engines is None:
            raise CannotAsk(f"ENGINE={said['ENGINE']}: say {APACHE_KAFKA}, {EMBEDDED} or both")
        if said["SIZE"] not in {"", "small"}:
            raise CannotAsk(f"SIZE={said['SIZE']}: say small, or nothing")
        lists = said["LIST"] not in {"", "0"} or said["ONLY"] == "?"
        only = () if lists else tuple(name.strip() for name in said["ONLY"].split(",") if name.strip())
        unknown = [name for name in only if name not in known]
        if unknown:
            raise CannotAsk(f"ONLY={','.join(unknown)}: there is no such scenario; `make faults LIST=1` tells which there are")
        runs = _number("RUNS", said["RUNS"])
        if runs is None and (only or is_small):
            runs = 0 if only else SMALL_RUNS
        seed = _number("SEED", said["SEED"])
        chosen = secrets.randbelow(1_000_000) if seed is None else seed
        minutes = SMALL_MINUTES if is_small else MINUTES / len(engines)
        return cls(engines, only, runs, chosen, minutes, is_small, lists)

    def again(self, engine: str, *, only: str = "", runs: int | None = None) -> str:
        """Returns the line that repeats a part of this hunt."""
        words = ["make faults", f"ENGINE={engine}", f"SEED={self.seed}"]
        words += [f"ONLY={only}"] if only else []
        words += [f"RUNS={runs}"] if runs else []
        return " ".join(words)

    def wants_more(self, played: int, minutes: float) -> bool:
        """Says whether another random fault is wanted after so many, and so many minutes on one engine."""
        if self.runs is not None and (played >= self.runs or not self.is_small):
            return played < self.runs
        return played < FEWEST_RUNS or minutes < self.minutes_an_engine


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise CannotAsk(f"{name}={text}: say a whole number")
    return int(text)
