"""One hunt: per engine a town and what is played on it; a town that was found wrong is left, and a new one built."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from faults.hunt.asked import Asked
from faults.hunt.checking import Findings
from faults.hunt.every_scenario import ALL
from faults.hunt.hunted_process import InVain
from faults.hunt.mix import Mix
from faults.hunt.results import Played, Results
from faults.hunt.scenario import CannotHere, Ground, Scenario
from faults.hunt.town import HuntedTown

# A town is left for a new one before checking its whole history takes longer than breaking it.
MOST_LINES = 100_000
LAST_CHANCE_S = 30.0


@dataclass
class Hunt:
    """Hunts on one engine. What was found wrong stays in `folder`, with history and logs; the rest is cleaned up."""

    engine: str
    asked: Asked
    results: Results
    console: Console
    folder: Path
    _ground: Ground | None = field(default=None, init=False)
    _towns: int = field(default=0, init=False)
    _began_at: float = field(default_factory=time.monotonic, init=False)

    def chosen(self) -> list[Scenario]:
        """Returns the scenarios that are asked for and possible here, and notes which are not possible."""
        found = [
            each
            for each in ALL.values()
            if (each.name in self.asked.only) or (not self.asked.only and (each.is_in_small or not self.asked.is_small))
        ]
        for each in found:
            if self.engine not in each.engines:
                self.results.not_hunted.append(f"{each.name} on {self.engine}: this broker cannot do it")
        return [each for each in found if self.engine in each.engines]

    def play_chosen(self) -> None:
        """Plays the named scenarios that are asked for."""
        for each in self.chosen():
            try:
                self.results.played.append(self.play(each.name, each.play, self.asked.again(self.engine, only=each.name)))
            except CannotHere as reason:
                self.results.not_hunted.append(f"{each.name} on {self.engine}: {reason}")

    def play_mix(self) -> None:
        """Plays random faults, as many as are asked for or as fit in the time."""
        mix, number = Mix(self.asked.seed), 0
        while self.asked.wants_more(number, (time.monotonic() - self._began_at) / 60):
            number += 1
            each = mix.next_fault()
            self.results.played.append(self.play(each.name, each.play, self.asked.again(self.engine, runs=number)))
            self.results.runs += 1

    def play(self, name: str, what: Callable[[Ground], None], again: str) -> Played:
        """Plays something on the town, checks all that was ever told in it, and notes what was found."""
        ground = self._standing()
        started, accepted_before = time.monotonic(), len(ground.town.history.accepted)
        fault, findings = None, Findings()
        try:
            what(ground)
            findings = ground.findings()
        except CannotHere:
            raise
        except Exception as found:  # any failure is a finding, and the next scenario goes on
            fault = told_of(found)
            findings = _still_found(ground)
        accepted = len(ground.town.history.accepted) - accepted_before
        played = Played(self.engine, name, time.monotonic() - started, accepted, findings, fault, again)
        self.console.print(
            f"{self.engine:<13} {name:<44} {played.seconds:5.1f} s  {accepted:6} accepted  "
            f"{'right' if played.is_right else 'WRONG: ' + played.told}",
            highlight=False,
            soft_wrap=True,
        )
        if not played.is_right:
            self.leave(keep=True)
        elif len(ground.town.history.lines) > MOST_LINES:
            self.leave()
        return played

    def _standing(self) -> Ground:
        if self._ground is None:
            self._towns += 1
            folder = self.folder / f"{self.engine}-{self._towns}"
            shutil.rmtree(folder, ignore_errors=True)
            town = HuntedTown(self.engine, folder)
            try:
                town.start()
            except BaseException:
                town.stop()
                raise
            self._ground = Ground(town, self.asked.seed)
        return self._ground

    def leave(self, *, keep: bool = False) -> None:
        """Ends the town. Raises nothing when there is none."""
        if self._ground is None:
            return
        ground, self._ground = self._ground, None
        for what, seconds in ground.measured.items():
            self.results.measure(what, seconds)
        ground.town.stop()
        if keep:
            self.console.print(f"history and logs are kept in {ground.town.folder}", highlight=False)
            shutil.rmtree(ground.town.folder / "postgres", ignore_errors=True)
        else:
            shutil.rmtree(ground.town.folder, ignore_errors=True)


def told_of(fault: BaseException) -> str:
    """Returns what an exception says, with its notes and those it holds: there Hypothesis tells the steps that failed."""
    held = fault.exceptions if isinstance(fault, BaseExceptionGroup) else ()
    return "\n".join([f"{type(fault).__name__}: {fault}", *getattr(fault, "__notes__", ()), *map(told_of, held)])


def _still_found(ground: Ground) -> Findings:
    """Returns what is wrong once everything runs again and had time to arrive; nothing when not even that can be asked."""
    with suppress(Exception):
        ground.town.all_running()
        with suppress(InVain):
            ground.town.settled(LAST_CHANCE_S)
        return ground.findings()
    return Findings()
