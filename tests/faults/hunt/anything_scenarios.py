"""Anything in any order: the rules that `make test` plays on memory twins, here on processes and engines."""

from functools import partial

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.reporting import with_reporter
from hypothesis.stateful import run_state_machine_as_test

from faults.hunt.scenario import Ground, scenario
from faults.hunt.town_world import TownWorld
from faults.whatever_happens import AnythingCanHappen

FIRST = 1  # which Hypothesis always gives to the simplest of all: nothing but catching up
EXAMPLES = 3
STEPS = 15


@scenario("anything-in-any-order")
def anything_in_any_order(ground: Ground) -> None:
    """Send, repeat, reorder, crash, rebalance, freeze, erase, replay, link, unlink in any order, as drawn by the seed."""
    play_examples(ground, EXAMPLES, ground.seed)


def play_examples(ground: Ground, examples: int, chosen: int) -> None:
    """Plays so many examples; equal seeds give equal steps. What fails tells them, and all are kept in the town's folder."""

    @seed(chosen)
    class InThisTown(AnythingCanHappen):
        def __init__(self) -> None:
            super().__init__(TownWorld(ground.town, ground.dice))

    asked = settings(
        max_examples=FIRST + examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        print_blob=False,
        verbosity=Verbosity.debug,
    )
    with (ground.town.folder / "steps.txt").open("a", buffering=1) as steps, with_reporter(partial(print, file=steps)):
        run_state_machine_as_test(InThisTown, settings=asked)
