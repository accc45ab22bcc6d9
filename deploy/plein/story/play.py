"""Plays the story and a stretch of an ordinary day around it, and counts what became of every post."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from plein.commands.screen import Screen
from plein.local.stack import LocalStack
from plein.simulation import Totals, contacts, play
from plein.simulation.history import History, read_history
from plein.simulation.reconciling import settled
from plein.simulation.townspeople import TOWNS
from plein.story.scenes import SCENES, Stage
from plein.story.town import POSTS_AS, Town

SEED = 67
# Eight weeks of a village: enough people for what advisers see of the month that is over.
EVENTS_AROUND, TOWN_AROUND = 1_600, TOWNS["dorp"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the story went as it must and the totals are right."""

    are_right: bool


def play_story(stack: LocalStack, screen: Screen) -> Outcome:
    """Plays everything on a running stack and shows it. What did not go as it must is named at the end."""
    file = stack.folder / "story.jsonl"
    file.unlink(missing_ok=True)
    history = History(file)
    stage = Stage(screen)
    town = Town(stack, history)
    for scene in SCENES:
        scene(town, stage)
    history.close()
    screen.heading("And around her, a town")
    with screen.step(f"{EVENTS_AROUND} contacts of eight ordinary weeks, through the same doors"):
        around = asyncio.run(_around(stack))
    totals = asyncio.run(settled(read_history(file), stack.databases["timeline"]))
    screen.heading(f"Totals: {totals.sentence}")
    stage.expect("nothing is lost and nothing is there twice", totals.is_right and not around.undelivered)
    stage.expect("everybody was answered once, in one way", around.are_right)
    for failure in stage.failures:
        screen.tell(f"not as it must be: {failure}")
    return Outcome(not stage.failures)


async def _around(stack: LocalStack) -> Totals:
    """Posts the stretch that ends today; played again on the same day, it is the same stretch, and nothing new comes of it."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return await play(
        contacts(SEED, EVENTS_AROUND, until, TOWN_AROUND),
        {door: stack.url_of(door) for door in POSTS_AS},
        {door: stack.token(persona) for door, persona in POSTS_AS.items()},
        history=stack.folder / "story.jsonl",
    )
