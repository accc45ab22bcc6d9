"""What can happen to a town, and what must show after it: one set of rules, played on memory twins and on real processes.

The model is a list of what was said. A timeline that heard it once, in that order, says what must show.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from builders import an_event
from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.interactions import InteractionRecorded
from contact_events.purposes import Purpose
from contact_events.words import CitizenReference
from faults.hunt.checking import ShownEntry, check
from faults.hunt.history import ACCEPTED, Told
from handlers.timeline.timeline_setting import EVERYTHING, Twin, a_link, an_undoing
from timeline.domain.entries import Entry
from timeline.edges.memory import MemoryTimelines

# Two have a BSN and are never one person; the others are known by an e-mail address, and may be anybody.
KINDS = {"mevrouw De Vries": "bsn", "haar zus": "bsn", "een adres": "email", "nog een": "email", "en nog een": "email"}
NAMES = tuple(KINDS)
WORKERS = 2
MOST_SHOWN = 200
REFUSED = 410
WHO = st.sampled_from(NAMES)
MINUTES = st.integers(0, 3).map(lambda n: timedelta(minutes=n))
CONTACTS = st.lists(st.tuples(WHO, MINUTES, MINUTES), min_size=2, max_size=6)
WORKER = st.integers(0, WORKERS - 1)


class Shown(NamedTuple):
    """The first page that an agent sees of one citizen."""

    entries: tuple[tuple[UUID, UUID, datetime], ...]
    person: tuple[str, ...]

    @classmethod
    def of(cls, entries: Sequence[Entry], person: Sequence[CitizenRef]) -> "Shown":
        found = [(each.key, each.citizen.uuid, each.words.occurred_at) for each in entries]
        return cls(tuple(found), tuple(sorted(ref.text for ref in person)))


class World(Protocol):
    """Where it is played: two workers, a log, and timelines. `began_at` is the moment that minutes are counted from."""

    began_at: datetime

    def citizen(self, who: str) -> CitizenReference:
        """Returns who that is here, by an identifier of the kind of KINDS."""

    def contact(self, name: str, who: str, *, logged_at: datetime, occurred_at: datetime) -> Event[Any]:
        """Returns a contact as a timeline of this world will hear it."""

    def say(self, event: Event[Any]) -> None:
        """Brings an event by the way it comes; the same one again by another way, where there is one."""

    def crash(self, moment: str, event: Event[Any]) -> None:
        """Ends a worker `before` or `after` it keeps this event, and starts it again."""

    def rebalance(self, owners: Sequence[int], *, in_order: bool) -> None:
        """Gives partitions to other workers; not `in_order`, the old owner still has them in hand. `owners` may be a wish."""

    def freeze(self, number: int) -> None:
        """Lets a worker stand still, and the other go on with everything. The frozen one does not know."""

    def replay(self) -> None:
        """Moves every position to the begin of the log, as an operator would."""

    def lose_the_log(self, said: Sequence[Event[Any]]) -> None:
        """Lets the broker end and come back; what it forgot is said again by who keeps it."""

    def settle(self) -> None:
        """Lets every worker go on, and returns when everything is read."""

    def shown(self, expected: Mapping[str, Shown]) -> Mapping[str, Shown]:
        """Returns what an agent sees of each citizen by name: as soon as it is what is expected, or when patience ends."""

    def end(self, told: Sequence[Told]) -> None:
        """Ends what was begun. `told` is what became of each contact."""


class AnythingCanHappen(RuleBasedStateMachine):
    """Whatever happens, in whatever order: nothing lost, doubled, invented or out of place, and everybody who they are."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.said: list[Event[Any]] = []
        self._numbers = count()

    @rule(who=WHO, at=MINUTES, occurred_at=MINUTES)
    def send(self, who: str, at: timedelta, occurred_at: timedelta) -> None:
        self._say(self._contact(who, at, occurred_at))

    @initialize(contacts=CONTACTS)
    def begin(self, contacts: list[tuple[str, timedelta, timedelta]]) -> None:
        for contact in contacts:
            self.send(*contact)

    @rule(contacts=CONTACTS, dice=st.randoms())
    def send_many_in_any_order(self, contacts: list[tuple[str, timedelta, timedelta]], dice: Any) -> None:
        events = [self._contact(*contact) for contact in contacts]
        dice.shuffle(events)
        for event in events:
            self._say(event)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.world.say(data.draw(st.sampled_from(self.said)))

    @rule(one=WHO, other=WHO, at=MINUTES)
    def link(self, one: str, other: str, at: timedelta) -> None:
        if one != other:
            ends = self.world.citizen(one), self.world.citizen(other)
            self._say(a_link(*ends, link_id=f"{self.world.citizen(one).ref} link {next(self._numbers)}", at=self._moment(at)))

    @precondition(lambda self: self._links())
    @rule(data=st.data(), at=MINUTES)
    def unlink(self, data: st.DataObject, at: timedelta) -> None:
        link = data.draw(st.sampled_from(self._links()))
        self._say(an_undoing(link.citizen, link.other, link_id=link.link_id, at=self._moment(at)))

    @rule(who=WHO, at=MINUTES)
    def erase(self, who: str, at: timedelta) -> None:
        citizen, moment = self.world.citizen(who), self._moment(at)
        self._say(an_event(CitizenErased(citizen=citizen, refs=(citizen.ref,), erased_at=moment, ground="avg-17")))

    @rule(moment=st.sampled_from(["before", "after"]), who=WHO, at=MINUTES)
    def crash(self, moment: str, who: str, at: timedelta) -> None:
        event = self._contact(who, at, at)
        self.said.append(event)
        self.world.crash(moment, event)

    @rule(owners=st.lists(WORKER, min_size=5, max_size=5), in_order=st.booleans())
    def rebalance(self, owners: list[int], in_order: bool) -> None:
        self.world.rebalance(owners, in_order=in_order)

    @rule(number=WORKER)
    def freeze(self, number: int) -> None:
        self.world.freeze(number)

    @rule()
    def replay(self) -> None:
        self.world.replay()

    @rule()
    def lose_the_log(self) -> None:
        self.world.lose_the_log(self.said)

    @rule()
    def catch_up(self) -> None:
        """The first by name of those that draw nothing: Hypothesis begins with it, again and again, so it must be cheap."""
        self.world.settle()

    def teardown(self) -> None:
        told = [_told(event, self._is_erased(event)) for event in self.said if is_contact(event)]
        try:
            self.world.settle()
            expected = asyncio.run(self._expected())
            shown = self.world.shown(expected)
            found = check(told, self._own_entries(shown))
            assert found.is_right, found.sentence
            wrong = [f"{name} shows {shown[name]} and not {expected[name]}" for name in NAMES if shown[name] != expected[name]]
            assert not wrong, "; ".join(wrong)
        finally:
            self.world.end(told)

    async def _expected(self) -> dict[str, Shown]:
        """Returns what a timeline shows that heard everything once, in the order in which it was said."""
        timelines = MemoryTimelines()
        await Twin(timelines, timelines.record_contacts).hear(*self.said)
        return await shown_by(timelines, {name: CitizenRef.from_text(self.world.citizen(name).ref) for name in NAMES})

    def _own_entries(self, shown: Mapping[str, Shown]) -> dict[UUID, list[ShownEntry]]:
        """Returns the entries of each reference itself: a timeline shows those of linked ones too."""
        uuids = {name: CitizenRef.from_text(self.world.citizen(name).ref).uuid for name in shown}
        return {
            uuids[name]: [ShownEntry(key, occurred_at) for key, citizen, occurred_at in page.entries if citizen == uuids[name]]
            for name, page in shown.items()
        }

    def _links(self) -> list[ReferencesLinked]:
        """Returns the links that nobody undid yet."""
        undone = {each.data.link_id for each in self.said if isinstance(each.data, ReferencesUnlinked)}
        return [each.data for each in self.said if isinstance(each.data, ReferencesLinked) and each.data.link_id not in undone]

    def _is_erased(self, event: Event[Any]) -> bool:
        erasures = [each.data for each in self.said if isinstance(each.data, CitizenErased)]
        return any(event.citizen.text in each.refs and event.logged_at <= each.erased_at for each in erasures)

    def _contact(self, who: str, at: timedelta, occurred_at: timedelta) -> Event[Any]:
        name = f"{self.world.citizen(who).ref} contact {next(self._numbers)}"
        return self.world.contact(name, who, logged_at=self._moment(at), occurred_at=self._moment(occurred_at))

    def _moment(self, after: timedelta) -> datetime:
        return self.world.began_at + after

    def _say(self, event: Event[Any]) -> None:
        self.said.append(event)
        self.world.say(event)


def is_contact(event: Event[Any]) -> bool:
    return isinstance(event.data, InteractionRecorded)


async def shown_by(timelines: MemoryTimelines, refs: Mapping[str, CitizenRef], purpose: Purpose = EVERYTHING) -> dict[str, Shown]:
    """Returns what a timeline in memory shows of each name for a purpose."""
    twin = Twin(timelines, timelines.record_contacts)
    reads = {name: await twin.read(ref, purpose, limit=MOST_SHOWN) for name, ref in refs.items()}
    return {name: Shown.of(read.page.entries, read.person) for name, read in reads.items()}


def _told(event: Event[Any], is_erased: bool) -> Told:
    status = REFUSED if is_erased else ACCEPTED
    return Told(event.source, event.id, event.key, event.citizen.uuid, event.data.occurred_at, status, event.logged_at)
