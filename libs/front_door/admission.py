"""From what arrived to what is accepted: who may say it, is it right, is it known, is it durable. In that order."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

from contact_events.codec import CONTENT_TYPE, write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.matters import Matters
from contact_events.topics import TOPICS
from event_bus.acceptance import NotAccepted
from event_bus.journal import Accepting, Verdict
from event_bus.records import ToSay
from front_door.amendments import CORRECTION, WITHDRAWAL, Amendment
from front_door.answers import AcceptedAnswer, accepted_answer, foreign_source, not_in_person, other_content, refusal
from front_door.arrivals import Arrived, canonical
from front_door.citizen_facts import facts_kind
from front_door.contacts import CLOCK_ROOM
from front_door.door import ChannelDoor, Kind
from front_door.given import Submitted
from front_door.sensitive import dutch_words, sensitive_refusal
from front_door.submission import DoorKeys, Refused, Sender, Submission
from service_runtime.metrics import events_accepted_total
from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of
from service_runtime.tokens import Principal
from service_runtime.tracing import current_traceparent

# Reading and sealing hold the event loop; after so many it may do something else.
READ_AT_A_STRETCH = 25
_TOPIC_NAMES = {event_class.event_type: topic.name for topic in TOPICS for event_class in topic.events}
Headers = tuple[tuple[str, bytes], ...]
_OUR_OWN_FORM = re.compile(r"#[0-9]+$")


class Accepts(Protocol):
    """Makes submissions durable (event_bus.acceptance)."""

    async def accept(self, submissions: Sequence[Accepting]) -> list[Verdict]:
        """Returns a verdict on each, in order, or raises NotAccepted; then none of them counts as accepted."""
        ...

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        """Returns how far an event is; None when it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """One submission that is right, ready to be accepted, and the ids of the interactions it tells of."""

    source: str
    id: str
    accepting: Accepting
    interactions: tuple[str, ...]


class Admission:
    """The rules of one channel's door. `now` gives the moment of arrival; `address` is where callers reach this door."""

    def __init__(
        self,
        door: ChannelDoor,
        keys: DoorKeys,
        matters: Matters,
        accepts: Accepts,
        *,
        address: str,
        now: Callable[[], datetime],
    ) -> None:
        self.door = door
        self.kinds = {kind.submission_type: kind for kind in (door.contact, CORRECTION, WITHDRAWAL, facts_kind(door))}
        self._keys = keys
        self._matters = matters
        self._accepts = accepts
        self._address = address
        self._now = now

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        """Returns how far an event is; None when it is not known here."""
        return await self._accepts.state_of(event_key)

    def mark_of(self, content: object) -> str:
        """Returns a mark of content for an id: equal content has the same, and it tells nothing of the content."""
        return self._keys.pseudonyms.digest(canonical(content)).hex()

    async def admit(
        self, arrived: Sequence[Arrived | Problem], principal: Principal, kinds: Sequence[Kind]
    ) -> list[AcceptedAnswer | Problem]:
        """Returns an answer for each, in order; what is a problem already stays one.

        `kinds` are the kinds this address takes, the first for plain bodies. All that is new is made durable in one go.
        Raises Problem 503 when it cannot be; then none of it counts as accepted.
        """
        received_at, headers = self._now(), _headers()
        prepared: list[Prepared | Problem] = []
        for position, each in enumerate(arrived):
            if position and position % READ_AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            prepared.append(each if isinstance(each, Problem) else self._prepared(each, principal, kinds, received_at, headers))
        right = [each.accepting for each in prepared if isinstance(each, Prepared)]
        try:
            verdicts = iter(await self._accepts.accept(right) if right else ())
        except NotAccepted:
            raise problem_of(503, headers={"Retry-After": "5"}) from None
        outcomes = [("refused", one) if isinstance(one, Problem) else self._answer(one, next(verdicts)) for one in prepared]
        for outcome, count in Counter(outcome for outcome, _ in outcomes).items():
            events_accepted_total.labels(self.door.channel, outcome).inc(count)
        return [answer for _, answer in outcomes]

    def _prepared(
        self, arrived: Arrived, principal: Principal, kinds: Sequence[Kind], received_at: datetime, headers: Headers
    ) -> Prepared | Problem:
        try:
            return self._read(arrived, principal, kinds, received_at, headers)
        except Problem as problem:
            return problem

    def _read(
        self, arrived: Arrived, principal: Principal, kinds: Sequence[Kind], received_at: datetime, headers: Headers
    ) -> Prepared | Problem:
        source = arrived.source or next(iter(principal.sources), None)
        if source is None or source not in principal.sources:
            return foreign_source()
        if arrived.time is not None and arrived.time > received_at + CLOCK_ROOM:
            raise invalid_input([FieldFault("time", "/time", "lies in the future: it is when the event was logged")])
        kind = _kind_meant(arrived, kinds)
        body = kind.read(arrived.data, arrived.pointer)
        if principal.bsn is not None and (principal.represents or isinstance(body, Amendment)):
            return not_in_person(isinstance(body, Amendment))
        sensitive = sensitive_refusal(body, dutch_words())
        if sensitive is not None:
            return refusal(sensitive, arrived.pointer)
        submission = Submission(
            source=source,
            id=_id_of(arrived, body),
            received_at=received_at,
            logged_at=arrived.time or received_at,
            sender=_sender(principal),
            body=body,
            digest=self._keys.pseudonyms.digest(canonical([kind.submission_type, arrived.data])),
        )
        meant = getattr(body, "corrects", None)
        if meant is not None and meant.source not in (None, *principal.sources):
            return foreign_source()
        events = kind.interpret(submission, self._keys, self._matters)
        if isinstance(events, Refused):
            return refusal(events, arrived.pointer)
        return _ready(submission, events, headers)

    def _answer(self, one: Prepared, verdict: Verdict) -> tuple[str, AcceptedAnswer | Problem]:
        if verdict is Verdict.OTHER_CONTENT:
            return verdict, other_content()
        return verdict, accepted_answer(one.source, one.id, one.interactions, self._address)


def _kind_meant(arrived: Arrived, kinds: Sequence[Kind]) -> Kind:
    if arrived.type is None:
        return kinds[0]
    for kind in kinds:
        if kind.submission_type == arrived.type:
            return kind
    reason = f"must be one of {', '.join(kind.submission_type for kind in kinds)}"
    raise invalid_input([FieldFault("type", "/type", reason)])


def _id_of(arrived: Arrived, body: Submitted) -> str:
    found = arrived.id or body.id or str(uuid4())
    if _OUR_OWN_FORM.search(found):
        reason = "may not end in # and a number: that is how several questions of one contact are told apart"
        raise invalid_input([FieldFault("id", "/id", reason)])
    return found


def _sender(principal: Principal) -> Sender:
    return Sender(
        name=principal.name or principal.subject,
        organisation=principal.organisation,
        organisation_name=principal.organisation_name,
        sign_in_level=principal.acr,
        bsn=principal.bsn,
    )


def _headers() -> Headers:
    """Returns what goes along with every event of a request."""
    trace = current_traceparent()
    return (("content-type", CONTENT_TYPE), *((("traceparent", trace.encode()),) if trace else ()))


def _ready(submission: Submission[Any], events: Sequence[Event[Any]], headers: Headers) -> Prepared:
    assert submission.digest is not None
    said = tuple(ToSay(_TOPIC_NAMES[event.type], event.citizen.value, write_event(event), event.key, headers) for event in events)
    return Prepared(
        source=submission.source,
        id=submission.id,
        accepting=Accepting(said, submission.digest),
        interactions=tuple(event.id for event in events if isinstance(event.data, InteractionRecorded)),
    )
