"""Makes submissions durable in one go, and never mixes other content in: the events of one submission belong together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from event_bus.journal import Accepting, Verdict


class Accepts(Protocol):
    """Makes events durable (event_bus.acceptance)."""

    async def accept(self, events: Sequence[Accepting]) -> list[Verdict]:
        """Returns a verdict on each, in order, or raises NotAccepted."""
        ...

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        """Returns how far an event is; None when it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """One submission that is right: its events, ready to be accepted. The first bears the submission's own key."""

    source: str
    id: str
    events: tuple[Accepting, ...]
    interactions: tuple[str, ...]

    @property
    def key(self) -> UUID:
        return self.events[0].to_say.event_key


async def settled(prepared: Sequence[Prepared], accepts: Accepts) -> list[Verdict]:
    """Returns one verdict per submission, in order. Raises NotAccepted; then none of it counts as accepted.

    Of a submission with several events whose id is known, the first goes ahead alone: only when it turns out to be the
    same content may the others follow.
    """
    first_portions = await _first_portions(prepared, accepts)
    ahead = [event for each, count in zip(prepared, first_portions, strict=True) for event in each.events[:count]]
    heard = iter(await accepts.accept(ahead) if ahead else ())
    outcomes = [_outcome([next(heard) for _ in range(count)]) for count in first_portions]
    later = [
        event
        for each, count, outcome in zip(prepared, first_portions, outcomes, strict=True)
        if outcome is not Verdict.OTHER_CONTENT
        for event in each.events[count:]
    ]
    if later:
        await accepts.accept(later)
    return outcomes


async def _first_portions(prepared: Sequence[Prepared], accepts: Accepts) -> list[int]:
    several = [each.key for each in prepared if len(each.events) > 1]
    states = await asyncio.gather(*(accepts.state_of(key) for key in several))
    known = {key for key, state in zip(several, states, strict=True) if state is not None}
    portions = []
    for each in prepared:
        portions.append(1 if each.key in known else len(each.events))
        known.add(each.key)
    return portions


def _outcome(heard: Sequence[Verdict]) -> Verdict:
    return Verdict.OTHER_CONTENT if Verdict.OTHER_CONTENT in heard else heard[0]
