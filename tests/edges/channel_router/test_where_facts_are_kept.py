"""One suite for both twins that keep facts and choices: the memory one and PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, a_wish, an_event, an_interaction, no_phone
from channel_router.domain.facts import ChannelHealth, CitizenFacts
from channel_router.domain.learned import Learned, learned
from channel_router.edges.database import MOST_CONTACTS, PostgresFacts
from channel_router.edges.memory import MemoryFacts
from channel_router.ports import Facts, Kept, KeptChoice, Windows
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.identity import EventRef
from contact_events.outreach import DeliveryReported

WINDOWS = Windows(outreaches=timedelta(days=30), health=timedelta(hours=1))
LATER = MONDAY_10H + timedelta(hours=1)
SHE = a_ref().uuid
OpenFacts = Callable[[], AbstractAsyncContextManager[Facts]]


@pytest.fixture(params=["memory", "postgres"])
def open_facts(request: pytest.FixtureRequest) -> OpenFacts:
    """A place to keep facts, empty each time it is opened."""
    if request.param == "memory":

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Facts]:
            yield MemoryFacts()

        return in_memory
    url = request.getfixturevalue("router_database")

    @asynccontextmanager
    async def in_postgres() -> AsyncIterator[Facts]:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as connection:
            yield PostgresFacts(connection)
            await connection.rollback()

    return in_postgres


def rows(*events: Event[Any]) -> list[Learned]:
    return [row for event in events if (row := learned(event)) is not None]


async def about_her(facts: Facts, now: datetime = LATER) -> CitizenFacts:
    return (await facts.about([SHE], now, WINDOWS))[SHE]


def a_link(other: str = "her other reference", at: datetime = MONDAY_10H, **changes: Any) -> Event[Any]:
    said: dict[str, Any] = {
        "link_id": "l-1",
        "citizen": a_citizen(),
        "other": a_citizen(other),
        "evidence": "passport",
        "linked_by": "m",
        "linked_at": at,
    }
    return an_event(ReferencesLinked(**(said | changes)))


def an_unlink(other: str = "her other reference", at: datetime = LATER) -> Event[Any]:
    said: dict[str, Any] = {
        "link_id": "l-1",
        "citizen": a_citizen(),
        "other": a_citizen(other),
        "reason": "mistake",
        "unlinked_by": "m",
    }
    return an_event(ReferencesUnlinked(**said, unlinked_at=at))


def an_erasure(*refs: str, at: datetime = LATER) -> Event[Any]:
    return an_event(CitizenErased(citizen=a_citizen(), refs=refs or (a_ref().text,), erased_at=at, ground="asked"), logged_at=at)


def a_delivery(n: int, outcome: str = "failed", at: datetime = MONDAY_10H, channel: str = "sms") -> Event[Any]:
    said: dict[str, Any] = {
        "request": EventRef(source="urn:x", id=str(n)),
        "choice": EventRef(source="urn:y", id=str(n)),
        "matter": "paspoort",
    }
    data = DeliveryReported(citizen=a_citizen(n), channel=channel, outcome=outcome, occurred_at=at, **said)
    return an_event(data)


def a_choice(days_ago: int = 1, counts: bool = True, citizen: UUID = SHE) -> KeptChoice:
    moment = MONDAY_10H - timedelta(days=days_ago)
    return KeptChoice(uuid4(), b"digest", citizen, "letter", moment, moment, moment, counts)


async def test_nobody_known_has_empty_facts(open_facts: OpenFacts) -> None:
    async with open_facts() as facts:
        assert await about_her(facts) == CitizenFacts()


async def test_what_was_learned_is_known_and_a_repeat_is_counted_as_one(open_facts: OpenFacts) -> None:
    learnt = rows(an_interaction(contact_points=(a_contact_point(),)), an_event(no_phone()))

    async with open_facts() as facts:
        first = await facts.learn(learnt)
        again = await facts.learn(learnt)
        known = await about_her(facts)

    assert first == Kept(kept=2)
    assert again == Kept(repeated=2)
    assert known.wishes == (no_phone(),)
    assert [address.contact_point for address in known.addresses] == [a_contact_point().ref]
    assert [contact.channel for contact in known.contacts] == ["phone"]


async def test_a_repeat_within_one_batch_is_kept_once(open_facts: OpenFacts) -> None:
    async with open_facts() as facts:
        assert await facts.learn(rows(an_interaction(), an_interaction())) == Kept(kept=1, repeated=1)


async def test_what_is_learned_of_one_citizen_is_not_known_of_another(open_facts: OpenFacts) -> None:
    async with open_facts() as facts:
        await facts.learn(rows(an_event(no_phone(citizen=a_citizen("somebody else")))))

        assert (await about_her(facts)).wishes == ()


async def test_the_order_of_arrival_never_matters(open_facts: OpenFacts) -> None:
    events = rows(
        an_event(no_phone(set_at=MONDAY_10H)),
        an_event(a_wish(set_at=LATER)),
        a_link(),
        an_interaction(citizen=a_citizen("her other reference")),
    )
    found = []

    for order in permutations(events):
        async with open_facts() as facts:
            for row in order:
                await facts.learn([row])
            found.append(await about_her(facts))

    assert all(known == found[0] for known in found)
    assert found[0].wishes == (a_wish(set_at=LATER),)
    assert len(found[0].contacts) == 1


async def test_facts_are_joined_over_links_and_parted_when_a_link_is_undone(open_facts: OpenFacts) -> None:
    elsewhere = an_event(no_phone(citizen=a_citizen("third")))
    second_link = a_link("third", link_id="l-2", citizen=a_citizen("her other reference"))

    async with open_facts() as facts:
        await facts.learn(rows(elsewhere, a_link(), second_link))
        linked = await about_her(facts)
        await facts.learn(rows(an_unlink()))
        parted = await about_her(facts)

    assert linked.wishes == (elsewhere.data,)
    assert linked.linked_to == {a_ref("her other reference"), a_ref("third")}
    assert parted.wishes == ()


async def test_an_unlink_that_comes_before_its_link_holds(open_facts: OpenFacts) -> None:
    elsewhere = an_event(no_phone(citizen=a_citizen("her other reference")))

    async with open_facts() as facts:
        await facts.learn(rows(elsewhere, an_unlink()))
        await facts.learn(rows(a_link()))

        assert (await about_her(facts)).wishes == ()


async def test_two_citizens_asked_for_at_once_share_a_link_but_not_their_neighbours(open_facts: OpenFacts) -> None:
    other = a_ref("her other reference").uuid
    async with open_facts() as facts:
        await facts.learn(rows(a_link(), an_event(no_phone()), an_event(a_wish(citizen=a_citizen("third"), matter="wmo"))))
        known = await facts.about([SHE, other, a_ref("third").uuid], LATER, WINDOWS)

    assert known[SHE].wishes == known[other].wishes == (no_phone(),)
    assert known[SHE].linked_to == {a_ref("her other reference")}
    assert known[other].linked_to == {a_ref()}
    assert [wish.matter for wish in known[a_ref("third").uuid].wishes] == ["wmo"]


async def test_an_erased_citizen_is_forgotten_also_when_old_events_come_again(open_facts: OpenFacts) -> None:
    before = rows(an_interaction(contact_points=(a_contact_point(),)), an_event(no_phone()), a_link())

    async with open_facts() as facts:
        await facts.learn(before)
        await facts.keep_choices([a_choice()])
        erased = await facts.learn(rows(an_erasure()))
        again = await facts.learn(before)
        known = await about_her(facts)
        moments = await facts.erased_at([SHE, a_ref("third").uuid])

    assert erased == Kept(kept=1)
    assert again == Kept(erased=3)
    assert known == CitizenFacts()
    assert dict(moments) == {SHE: LATER}


async def test_an_erasure_and_what_it_forgets_in_one_batch_leave_nothing(open_facts: OpenFacts) -> None:
    async with open_facts() as facts:
        kept = await facts.learn(rows(an_event(no_phone()), an_erasure()))

        assert kept == Kept(kept=1, erased=1)
        assert await about_her(facts) == CitizenFacts()


async def test_who_comes_back_after_an_erasure_is_known_from_then_on(open_facts: OpenFacts) -> None:
    new = an_event(no_phone(set_at=LATER + timedelta(days=1)), logged_at=LATER + timedelta(days=1))

    async with open_facts() as facts:
        await facts.learn(rows(an_erasure()))
        await facts.learn(rows(new))
        await facts.learn(rows(an_erasure(at=MONDAY_10H)))

        assert (await about_her(facts)).wishes == (new.data,)


async def test_a_sending_of_an_erased_citizen_no_longer_counts_for_the_health_of_a_channel(open_facts: OpenFacts) -> None:
    async with open_facts() as facts:
        await facts.learn(rows(a_delivery(1), a_delivery(2)))
        await facts.learn(rows(an_erasure(a_ref(1).text)))

        known = await about_her(facts, now=MONDAY_10H + timedelta(minutes=10))

    assert known.health == {"sms": ChannelHealth(tried=1, failed=1)}


async def test_the_health_of_a_channel_is_what_went_lately_for_everybody(open_facts: OpenFacts) -> None:
    learnt = rows(
        *(a_delivery(n, "failed") for n in range(3)),
        *(a_delivery(n, "delivered") for n in range(3, 10)),
        a_delivery(11, "failed", channel="email"),
        a_delivery(12, "failed", at=MONDAY_10H - timedelta(hours=2)),
        a_delivery(13, "failed", at=MONDAY_10H + timedelta(days=1)),
    )

    async with open_facts() as facts:
        await facts.learn(learnt)
        known = await about_her(facts, now=MONDAY_10H + timedelta(minutes=10))

    assert known.health == {"sms": ChannelHealth(tried=10, failed=3), "email": ChannelHealth(tried=1, failed=1)}


async def test_choices_count_for_the_budget_of_all_linked_references(open_facts: OpenFacts) -> None:
    other = a_ref("her other reference").uuid
    mine, hers, too_old, by_person = a_choice(1), a_choice(2, citizen=other), a_choice(31), a_choice(3, counts=False)

    async with open_facts() as facts:
        await facts.learn(rows(a_link()))
        await facts.keep_choices([mine, hers, too_old, by_person])
        known = await about_her(facts, now=MONDAY_10H)

    assert known.outreaches == (hers.not_before, mine.not_before)


async def test_a_request_that_was_answered_is_known_with_its_digest(open_facts: OpenFacts) -> None:
    made = a_choice()

    async with open_facts() as facts:
        await facts.keep_choices([made])

        assert dict(await facts.chosen([made.request_key, uuid4()])) == {made.request_key: b"digest"}


async def test_of_somebody_with_thousands_of_contacts_the_newest_are_looked_at(router_database: str) -> None:

    calls = [an_interaction(occurred_at=MONDAY_10H - timedelta(hours=n), event_id=str(n)) for n in range(MOST_CONTACTS + 50)]

    async with await psycopg.AsyncConnection.connect(router_database) as connection:
        facts = PostgresFacts(connection)
        await facts.learn(rows(*calls))
        known = await about_her(facts)

    assert len(known.contacts) == MOST_CONTACTS
    assert known.contacts[0].at == MONDAY_10H
