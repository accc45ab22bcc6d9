"""What arrives by the stream: facts are kept, requests are answered with a choice; one batch is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from channel_router.domain.policy import Policy
from channel_router.edges.database import PostgresFacts
from channel_router.handlers import Done, choose_channels, keep_facts
from channel_router.ports import Facts
from contact_events.bulk import read_in_bulk
from contact_events.codec import CONTENT_TYPE, CannotRead, write_event
from contact_events.envelope import Event
from contact_events.identity import EventRef
from contact_events.topics import CHANNEL_CHOICES, CITIZEN_FACTS, DELIVERIES, INTERACTIONS, OUTREACH_REQUESTS
from event_bus.records import Arrivals, Handled, Record, ToPark, ToSay
from service_runtime.tracing import child_of

READER = "channel_router"
TOPICS = (INTERACTIONS.name, CITIZEN_FACTS.name, DELIVERIES.name, OUTREACH_REQUESTS.name)


class Stream:
    """Handles batches. `now` is the clock; a whole batch has one moment."""

    def __init__(self, policy: Policy, now: Callable[[], datetime]) -> None:
        self._policy = policy
        self._now = now

    async def handle(self, connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
        """Handles one batch in the caller's transaction."""
        return await self.handle_with(PostgresFacts(connection), batch)

    async def handle_with(self, facts: Facts, batch: Arrivals) -> Handled:
        """Handles one batch with facts kept anywhere."""
        records, events, unreadable = _read(batch.records)
        is_request = batch.topic == OUTREACH_REQUESTS.name
        done = await (choose_channels(facts, events, self._policy, self._now()) if is_request else keep_facts(facts, events))
        return Handled(
            kept=done.kept,
            repeated=done.repeated,
            ignored={reason.value: count for reason, count in done.ignored.items()},
            parked=[*unreadable, *_parked(records, done)],
            say=_choices(done, dict(zip((event.ref for event in events), records, strict=True))),
        )


def to_say(topic: str, event: Event[Any], traceparent: str | None) -> ToSay:
    """Returns an event as it goes out on a topic, with the trace it belongs to."""
    traced = (("traceparent", traceparent.encode()),) if traceparent else ()
    return ToSay(topic, event.citizen.value, write_event(event), event.key, (("content-type", CONTENT_TYPE), *traced))


def _choices(done: Done, asked: Mapping[EventRef, Record]) -> list[ToSay]:
    """Returns the choices as they go out, each in the trace of its request."""
    said = []
    for event in done.say:
        trace = dict(asked[event.data.request].headers).get("traceparent")
        if trace is None:
            said.append(to_say(CHANNEL_CHOICES.name, event, None))
        else:
            with child_of(trace, "choose_channel") as traceparent:
                said.append(to_say(CHANNEL_CHOICES.name, event, traceparent))
    return said


def _read(records: Sequence[Record]) -> tuple[list[Record], list[Event[Any]], list[ToPark]]:
    readable: list[Record] = []
    events: list[Event[Any]] = []
    parked: list[ToPark] = []
    for record in records:
        try:
            event = read_in_bulk(record.value or b"")
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
        else:
            readable.append(record)
            events.append(event)
    return readable, events, parked


def _parked(records: Sequence[Record], done: Done) -> list[ToPark]:
    return [ToPark(records[place], reason.value) for place, reason in done.parked.items()]
