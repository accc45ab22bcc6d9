"""A stretch of contacts of a made-up town: pure and repeatable, the same for the same seed, count, end and town."""

import hashlib
import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from contact_events.channels import Channel
from plein.simulation import bodies, facts
from plein.simulation.planned import (
    CONTACT_TYPES,
    CORRECTION_TYPE,
    COUNTER,
    FACT_TYPE,
    INTERMEDIARY,
    PHONE,
    WEB,
    WITHDRAWAL_TYPE,
    PlannedPost,
)
from plein.simulation.questions import Asked, about, asked
from plein.simulation.rhythm import RHYTHMS, days_until, shares
from plein.simulation.townspeople import TOWNS, Person, Town, townspeople

RETURNS_WITHIN = timedelta(days=28)
_STILL_OPEN = timedelta(days=7)
_RETURNING = 0.30
_ANONYMOUS = 0.22
_FACTS = 0.05
_AMENDMENTS = 0.02
_SENT_AGAIN = 0.02
_OVERTAKEN = 0.03
_ALONE = 0.10
_DOORS = {Channel.WEB: WEB, Channel.PHONE: PHONE, Channel.COUNTER: COUNTER, Channel.INTERMEDIARY: INTERMEDIARY}


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A contact somebody may come back about: whose it was, how that person was identified, about what."""

    person: Person
    at: datetime
    matter: str
    post: PlannedPost
    whose: Mapping[str, Any] | None


@dataclass(slots=True)
class _Stretch:
    dice: Random
    town: Town
    mark: str
    people: tuple[Person, ...]
    members: tuple[Person, ...]
    until: datetime
    earlier: deque[_Earlier] = field(default_factory=lambda: deque(maxlen=20_000))
    mandates: dict[str, str] = field(default_factory=dict)
    waiting: list[tuple[datetime, int, PlannedPost]] = field(default_factory=list)
    count: int = 0

    def plan(self, post: PlannedPost, at: datetime | None = None) -> None:
        """Puts a post where it will be sent; a few are overtaken by what was written later."""
        self.count += 1
        sent_at = at or post.written_at
        if self.dice.random() < _OVERTAKEN:
            sent_at += timedelta(hours=self.dice.uniform(1, 30))
        heapq.heappush(self.waiting, (sent_at, self.count, post))
        if self.dice.random() < _SENT_AGAIN:
            self.count += 1
            later = sent_at + timedelta(minutes=self.dice.choice((0, 1, 5, 60, 1_440)))
            heapq.heappush(self.waiting, (later, self.count, post.repeated()))

    def sent_before(self, moment: datetime) -> Iterator[PlannedPost]:
        while self.waiting and self.waiting[0][0] < moment:
            yield heapq.heappop(self.waiting)[2]

    def new_id(self, kind: str) -> str:
        return f"{kind}-{self.mark}-{self.count + 1:07}"


def contacts(seed: int, count: int, until: datetime, town: Town = TOWNS["stad"]) -> Iterator[PlannedPost]:
    """Yields the posts of the days before `until`, in the order they are sent. Exactly `count` events come of them.

    What is sent again on purpose comes on top. Ids hold a mark of the arguments, so another stretch is other events.
    """
    mark = hashlib.sha256(f"{seed} {count} {until.astimezone(UTC).isoformat()} {town.name}".encode()).hexdigest()[:8]
    people = townspeople(seed, town)
    members = tuple(person for person in people if person.member_number) or people[:1]
    stretch = _Stretch(Random(mark), town, mark, people, members, until)  # noqa: S311  # repeatable on purpose
    for day, channel, share in shares(days_until(until, count, town.events_per_day), count):
        left = share
        moments = sorted(RHYTHMS[channel].moment(day, stretch.dice) for _ in range(share))
        for at in moments:
            if left > 0:
                left -= _one_more(stretch, channel, at, left)
        yield from stretch.sent_before(moments[0] - timedelta(days=1))
    yield from stretch.sent_before(datetime.max.replace(tzinfo=UTC))


def _one_more(stretch: _Stretch, channel: Channel, at: datetime, left: int) -> int:
    """Plans one contact, fact or amendment, and returns how many events come of it."""
    chance = stretch.dice.random()
    if chance < _FACTS:
        door, body = facts.fact(stretch.dice, stretch.dice.choice(stretch.people), at)
        stretch.plan(PlannedPost(door, FACT_TYPE, stretch.new_id("fact"), at, body))
        return 1
    if chance < _FACTS + _AMENDMENTS and _amend(stretch, at):
        return 1
    if channel is Channel.INTERMEDIARY and left > 1:
        return _for_a_member(stretch, at)
    return _in_person(stretch, channel, at, left)


def _in_person(stretch: _Stretch, channel: Channel, at: datetime, left: int) -> int:
    dice, town = stretch.dice, stretch.town
    person, first = _who_and_what(stretch, channel, at)
    written_at = at
    match channel:
        case Channel.WEB:
            who = None if dice.random() < _ANONYMOUS else person
            body, events = bodies.web_form(dice, who, first, at), 1
        case Channel.PHONE:
            late = dice.choices((0, 45, 90, 300), (80, 10, 7, 3))[0]
            questions = _questions(dice, first, at, channel, left)
            written_at = at + timedelta(minutes=20 + late)
            is_recent = stretch.until - at < _STILL_OPEN
            body = bodies.phone_call(dice, person, questions, at, town, written_at=written_at, may_promise=is_recent)
            events = len(questions)
        case Channel.COUNTER:
            questions = _questions(dice, first, at, channel, left)
            written_at = at + timedelta(minutes=30)
            body, events = bodies.counter_visit(dice, person, questions, at, town), len(questions)
        case _:
            body, events = bodies.member_question(dice, dice.choice(stretch.members), first, at, mandate=None), 1
    _keep(stretch, channel, person, first, at, written_at, body, events)
    return events


def _for_a_member(stretch: _Stretch, at: datetime) -> int:
    """A member's first contact through the club may bring the mandate along: two events."""
    dice = stretch.dice
    person = dice.choice(stretch.members)
    mandate, events = stretch.mandates.get(person.bsn), 1
    if mandate is None and dice.random() < 0.5:
        mandate = stretch.mandates[person.bsn] = stretch.new_id("mandate")
        door, body = facts.mandate(person, mandate, at)
        stretch.plan(PlannedPost(door, FACT_TYPE, mandate, at, body))
        events = 2
    question = asked(dice, at.month, Channel.INTERMEDIARY)
    body = bodies.member_question(dice, person, question, at, mandate=mandate)
    _keep(stretch, Channel.INTERMEDIARY, person, question, at, at, body, 1)
    return events


def _keep(
    stretch: _Stretch,
    channel: Channel,
    person: Person,
    question: Asked,
    at: datetime,
    written_at: datetime,
    body: dict[str, Any],
    events: int,
) -> None:
    door = _DOORS[channel]
    if stretch.dice.random() < 0.02:
        body = body | {"confidential": True}
    post_id = stretch.new_id(channel.value)
    alone = stretch.dice.random() < _ALONE
    post = PlannedPost(door, CONTACT_TYPES[door], post_id, written_at, body, events, alone)
    stretch.earlier.append(_Earlier(person, at, question.matter, post, _identified(body)))
    stretch.plan(post)


def _identified(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns the strongest identifier of a contact, to find the same person again for a correction."""
    given = {**body.get("citizen", {}), **body.get("member", {}), **body.get("signedIn", {})}
    if "bsn" in given:
        return {"bsn": given["bsn"]}
    if "email" in given:
        return {"email": given["email"]}
    number = given.get("phone") or body.get("callerNumber")
    return {"phone": number} if number else None


def _amend(stretch: _Stretch, at: datetime) -> bool:
    """Plans a correction or a withdrawal of a recent contact; there may be none."""
    if not stretch.earlier:
        return False
    meant = stretch.earlier[-1 - min(len(stretch.earlier) - 1, int(stretch.dice.expovariate(1 / 40)))]
    if meant.whose is None or meant.post.written_at >= at:
        return False
    if stretch.dice.random() < 0.85:
        kind, body = CORRECTION_TYPE, facts.correction(stretch.dice, meant.whose, meant.post.id, meant.matter)
    else:
        kind, body = WITHDRAWAL_TYPE, facts.withdrawal(meant.whose, meant.post.id)
    stretch.plan(PlannedPost(meant.post.door, kind, stretch.new_id("amend"), at, body))
    return True


def _who_and_what(stretch: _Stretch, channel: Channel, at: datetime) -> tuple[Person, Asked]:
    """Returns somebody new, or somebody who comes back within 28 days about the same."""
    dice = stretch.dice
    if stretch.earlier and dice.random() < _RETURNING:
        meant = dice.choice(stretch.earlier)
        if timedelta(0) < at - meant.at < RETURNS_WITHIN:
            return meant.person, about(dice, meant.matter)
    return dice.choice(stretch.people), asked(dice, at.month, channel)


def _questions(dice: Random, first: Asked, at: datetime, channel: Channel, left: int) -> tuple[Asked, ...]:
    count = min(left, dice.choices((1, 2, 3), (82, 15, 3))[0])
    return (first, *(asked(dice, at.month, channel) for _ in range(count - 1)))
