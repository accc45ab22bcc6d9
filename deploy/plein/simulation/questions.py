"""What people ask, read from `questions.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from contact_events.channels import Channel

DOORS = (Channel.WEB, Channel.PHONE, Channel.COUNTER, Channel.INTERMEDIARY)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a contact."""

    matter: str
    summary: str
    answer: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked about one matter: how often, in which months more, through which doors, in which words."""

    matter: str
    weight: float
    months: dict[int, float]
    doors: tuple[float, ...]
    pairs: tuple[tuple[str, str], ...]

    def weight_in(self, month: int, channel: Channel) -> float:
        return self.weight * self.months.get(month, 1.0) * self.doors[DOORS.index(channel)]


@cache
def topics() -> tuple[Topic, ...]:
    """Returns everything people ask about."""
    tables = tomllib.loads((files("plein.simulation") / "questions.toml").read_text("utf-8"))
    return tuple(
        Topic(
            matter,
            table["weight"],
            {int(month): factor for month, factor in table.get("months", {}).items()},
            tuple(table["doors"]),
            tuple(zip(table["ask"], table["answer"], strict=True)),
        )
        for matter, table in tables.items()
    )


@cache
def _weights(month: int, channel: Channel) -> tuple[float, ...]:
    return tuple(topic.weight_in(month, channel) for topic in topics())


def asked(dice: Random, month: int, channel: Channel) -> Asked:
    """Returns a question as this month and this channel bring it."""
    [topic] = dice.choices(topics(), _weights(month, channel))
    return about(dice, topic.matter)


def about(dice: Random, matter: str) -> Asked:
    """Returns a question about one matter."""
    topic = next(topic for topic in topics() if topic.matter == matter)
    summary, answer = dice.choice(topic.pairs)
    return Asked(matter, summary, answer)
