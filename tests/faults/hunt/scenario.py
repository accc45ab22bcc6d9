"""Named scenarios: each is a function with one sentence, and may be run alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import httpx2

from engines import APACHE_KAFKA, EMBEDDED
from faults.hunt.checking import Findings, check, check_sample
from faults.hunt.events import Generator
from faults.hunt.history import Told
from faults.hunt.hunted_process import awaited
from faults.hunt.sending import Senders
from faults.hunt.showing import timeline_over_http
from faults.hunt.town import SETTLED_S, HuntedTown

BOTH = (APACHE_KAFKA, EMBEDDED)
SAMPLE = 4


class CannotHere(Exception):
    """This machine cannot play a scenario, in a sentence."""


@dataclass
class Ground:
    """What a scenario stands on: the town, its events, and what it measured."""

    town: HuntedTown
    seed: int
    events: Generator = field(init=False)
    dice: Random = field(init=False)
    measured: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.events = Generator(self.seed, datetime.now(UTC))
        self.dice = Random(f"{self.seed} faults")

    def sending(self, **how: float) -> Senders:
        """Returns a block in which events keep coming."""
        return Senders(self.town, self.events, **how)  # type: ignore[arg-type]  # counts and seconds

    def under_way(self, count: int = 50) -> None:
        """Returns when so many more events were accepted."""
        self.town.history.wait_for(len(self.town.history.accepted) + count)

    def burst(self, batches: int = 8) -> None:
        """Sends some batches from two senders, until they are accepted."""
        with self.sending(pause_s=0.0):
            self.under_way(batches * 20)

    def measure(self, what: str, value: float) -> None:
        self.measured.setdefault(what, []).append(value)

    def recovered(self, what: str, struck_at: float) -> None:
        """Waits until all that was accepted up to now has arrived, and measures how long after the fault that was."""
        accepted = self.town.history.accepted
        awaited(lambda: not self.town.rows.missing(accepted), "all that was accepted has arrived", SETTLED_S)
        self.measure(what, time.monotonic() - struck_at)

    def findings(self) -> Findings:
        """Checks whole timelines from the rows, and those of a few citizens as an agent sees them, once all are ready again."""
        town = self.town
        for each in (*town.adapters, *town.workers):
            each.wait_ready()
        found = check(town.history.lines, town.rows.timelines(), town.rows.parked())
        told = [line for line in town.history.lines if isinstance(line, Told)]
        known = sorted({line.citizen for line in told})
        citizens = self.dice.sample(known, min(SAMPLE, len(known)))
        with httpx2.Client(timeout=10, trust_env=False) as client:
            worker, token = town.workers[0], town.token("agent")
            sample = {citizen: timeline_over_http(client, worker.url, token, citizen) for citizen in citizens}
        return found.and_also(check_sample(told, sample))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table of faults, or a part of one."""

    name: str
    what: str
    play: Callable[[Ground], None]
    engines: tuple[str, ...]
    is_in_small: bool


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str, *, engines: tuple[str, ...] = BOTH, small: bool = False
) -> Callable[[Callable[[Ground], None]], Callable[[Ground], None]]:
    """Registers a scenario; its sentence is the first line of its docstring."""

    def registered(play: Callable[[Ground], None]) -> Callable[[Ground], None]:
        assert play.__doc__ is not None
        SCENARIOS[name] = Scenario(name, play.__doc__.strip().splitlines()[0], play, engines, small)
        return play

    return registered
