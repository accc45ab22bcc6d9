"""Histories in any order of arrival, and everything a reader sees of them."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, an_interaction
from contact_events.envelope import Event
from handlers.timeline.timeline_setting import (
    EVERYTHING,
    Twin,
    a_correction,
    a_link,
    a_look,
    a_withdrawal,
    an_erasure,
    an_undoing,
)
from timeline.edges.memory import MemoryTimelines

NAMES = ("mevrouw De Vries", "telefoon", "lid", "haar zus", "wie wordt vergeten")
MINUTES = st.integers(0, 3).map(lambda n: MONDAY_10H + timedelta(minutes=n))


def _citizen(name: str) -> Any:
    return a_citizen(name, kind="bsn" if name in ("mevrouw De Vries", "haar zus") else "phone")


@st.composite
def histories(draw: st.DrawFn) -> list[Event[Any]]:
    """A few people, their contacts, and everything that can be said about contacts and people afterwards."""
    contacts = [
        an_interaction(
            event_id=f"contact {n}",
            citizen=_citizen(draw(st.sampled_from(NAMES))),
            occurred_at=draw(MINUTES),
            logged_at=draw(MINUTES),
            matter=draw(st.sampled_from(["paspoort", "afval"])),
            contact_points=draw(st.sampled_from([(), (a_contact_point("06"),)])),
        )
        for n in range(draw(st.integers(1, 6)))
    ]
    events: list[Event[Any]] = list(contacts)
    for n in range(draw(st.integers(0, 5))):
        contact, at = draw(st.sampled_from(contacts)), draw(MINUTES)
        if draw(st.booleans()):
            events.append(a_correction(contact, event_id=f"correction {n}", at=at, occurred_at=draw(MINUTES), summary=str(n)))
        else:
            events.append(a_withdrawal(contact, event_id=f"withdrawal {n}", at=at))
    for n in range(draw(st.integers(0, 4))):
        one, other = draw(st.permutations(NAMES))[:2]
        events.append(a_link(_citizen(one), _citizen(other), link_id=f"link {n}", at=draw(MINUTES)))
        if draw(st.booleans()):
            events.append(an_undoing(_citizen(one), _citizen(other), link_id=f"link {n}", at=draw(MINUTES)))
    if draw(st.booleans()):
        events.append(an_erasure("wie wordt vergeten", at=draw(MINUTES)))
    return events


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Event[Any]], list[list[Event[Any]]]]:
    """A history, and the batches in which it arrives: shuffled, repeated, cut anywhere."""
    history = draw(histories())
    repeated = history + draw(st.lists(st.sampled_from(history), max_size=5))
    shuffled = draw(st.permutations(repeated))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(shuffled) - 1)), max_size=4)))
    edges = [0, *cuts, len(shuffled)]
    return history, [list(shuffled[start:end]) for start, end in pairwise(edges) if start < end]


def a_memory_twin() -> Twin:
    clock = count()
    timelines = MemoryTimelines(now=lambda: MONDAY_10H + timedelta(days=1, seconds=next(clock)))
    return Twin(timelines, timelines.record_contacts)


async def shown_after(twin: Twin, batches: Sequence[Sequence[Event[Any]]]) -> dict[str, Any]:
    """Returns everything a reader could see of everybody, but for when it landed."""
    for batch in batches:
        await twin.hear(*batch)
    shown: dict[str, Any] = {}
    for name in NAMES:
        read = await twin.read(a_ref(name), EVERYTHING)
        shown[name] = (
            [(entry.event, entry.words, entry.corrections, entry.withdrawn) for entry in read.page.entries],
            read.person,
            read.perhaps_also,
        )
    found = await twin.timelines.find((a_ref("06"),), weak=True, looking=a_look())
    shown["06"] = sorted((each.references, each.last_contact_at) for each in found)
    return shown
