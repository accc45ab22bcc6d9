"""Every reader of the catalogue with its memory twin, as its own worker would call it: a batch in, what became of it out."""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import address_book.edges.stream
import channel_router.edges.stream
import desk.edges.stream as desk
import for_a_member.edges.stream as for_a_member
import insight.edges.stream as insight
import my_plein.edges.stream as my_plein
import timeline.main
from address_book.domain.storage import StorageKeys
from address_book.edges.memory import MemoryContactPoints
from address_book.edges.stream import keep_batch
from address_book.handlers.secrets import Secrets
from channel_router.domain.policy_file import read_policy
from channel_router.edges.memory import MemoryFacts
from channel_router.edges.stream import Stream
from contact_events.citizen_ref import PseudonymKeys
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.sealing import OpeningKey
from contact_events.topics import topic_of
from event_bus.records import Batch, Handled, Record
from timeline.edges.memory import MemoryTimelines
from views.keeping import View

Reader = Callable[[Batch], Awaitable[Handled]]

# The kept examples were made with these; they open nothing else.
PSEUDONYMS = PseudonymKeys({1: hashlib.sha256(b"plein kept examples: pseudonyms").digest()})
OPENING = OpeningKey.from_text(b64encode(hashlib.sha256(b"plein kept examples: sealing").digest()).decode())
NOW = datetime(2026, 3, 10, 10, 6, tzinfo=UTC)


def a_timeline() -> Reader:
    return MemoryTimelines(now=lambda: NOW).record_contacts


def a_channel_router() -> Reader:
    policy = read_policy(files("channel_router").joinpath("municipality/policy.toml").read_text())
    stream, facts = Stream(policy, lambda: NOW), MemoryFacts()
    return lambda batch: stream.handle_with(facts, batch)


def an_address_book() -> Reader:
    points = MemoryContactPoints()
    secrets = Secrets(OPENING, StorageKeys({1: b"s" * 32}), PSEUDONYMS)
    return lambda batch: keep_batch(batch, points, secrets)


class MemoryShelf:
    """The memory twin of where views are kept: what was kept of which event."""

    def __init__(self) -> None:
        self._kept: set[str] = set()

    async def keep(self, picked: Sequence[tuple[Event[Any], Any]]) -> int:
        before = len(self._kept)
        self._kept |= {f"{event.key} {type(row).__name__} {getattr(row, 'kind', '')}" for event, row in picked}
        return len(self._kept) - before

    async def forget(self, erasure: UUID, said: CitizenErased) -> None:
        self._kept.clear()


def a_view_of(view: View[Any]) -> Callable[[], Reader]:
    def a_view() -> Reader:
        shelf = MemoryShelf()
        return lambda batch: view.keep_batch(batch, shelf)

    return a_view


VIEWS = {view.name: view for view in (desk.VIEW, my_plein.VIEW, for_a_member.VIEW, insight.VIEW)}

READERS: Mapping[str, Callable[[], Reader]] = {
    "timeline": a_timeline,
    "channel_router": a_channel_router,
    "address_book": an_address_book,
    **{name: a_view_of(view) for name, view in VIEWS.items()},
}

TOPICS_READ: Mapping[str, tuple[str, ...]] = {
    "timeline": timeline.main.READ_TOPICS,
    "channel_router": channel_router.edges.stream.TOPICS,
    "address_book": address_book.edges.stream.TOPICS,
    **{name: view.topics for name, view in VIEWS.items()},
}


def batch_of(*events: Event[Any]) -> Batch:
    """Returns events of one topic as they stand in the log."""
    topic = topic_of(type(events[0].data)).name
    records = [Record(topic, 0, offset, event.citizen.value, write_event(event)) for offset, event in enumerate(events)]
    return Batch(topic, 0, records)
