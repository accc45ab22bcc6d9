"""One suite for both twins: what is kept, in any order and any number of times, and what is forgotten."""

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from psycopg import AsyncConnection

from address_book.domain.changes import Change, changes_of
from address_book.domain.storage import Row
from address_book.edges.database import PostgresContactPoints
from address_book.edges.memory import MemoryContactPoints
from address_book.handlers.keeping import Done, Parked, keep_contact_points
from address_book.ports import ContactPoints
from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from handlers.address_book.said_at_the_door import (
    HE,
    MAIL,
    MAIL_TEXT,
    MOBILE,
    MOBILE_TEXT,
    SECRETS,
    SHE,
    ago,
    bounced,
    contact,
    erased,
    linked,
    mail,
    mobile,
    unlinked,
    verified,
    withdrawn,
)
from service_runtime.migrations import migrate


@pytest.fixture(params=["memory", "postgres"])
async def points(request: pytest.FixtureRequest) -> AsyncIterator[ContactPoints]:
    """The twin under test, empty."""
    if request.param == "memory":
        yield MemoryContactPoints()
        return
    url = request.getfixturevalue("fresh_database")
    migrate("address_book", url, "address_book")
    async with await AsyncConnection.connect(url) as connection:
        yield PostgresContactPoints(connection)


async def told(points: ContactPoints, *events: Event[Any]) -> list[Any]:
    return await keep_contact_points(events, points, SECRETS)


async def shown(points: ContactPoints, *citizens: CitizenRef) -> list[tuple[str, datetime, datetime, int]]:
    """What is kept, opened: text, first and last seen, times heard."""
    return [
        (SECRETS.storage.open(one.stored, one.row), one.first_seen, one.last_seen, one.times_heard)
        for one in await points.of_citizens(citizens or (SHE,))
        if one.stored
    ]


async def test_a_point_is_kept_with_where_it_came_from_and_when_it_was_heard(points: ContactPoints) -> None:
    first, last = ago(9), ago(2)

    await told(points, contact("2", mobile(), at=last), contact("1", mobile(assurance="high"), at=first))

    [kept] = await points.of_citizens([SHE])
    assert kept.row == Row(SHE, MOBILE, "phone")
    assert (kept.first_seen, kept.last_seen, kept.times_heard) == (first, last, 2)
    assert (kept.event_id, set(kept.assurances)) == ("2", {"claimed", "high"})


async def test_the_same_event_twice_is_kept_once(points: ContactPoints) -> None:
    once = contact("1", mobile(), at=ago(1))

    outcomes = [await told(points, once, once), await told(points, once)]

    assert outcomes == [[Done(), Done(repeated=True)], [Done(repeated=True)]]
    assert await shown(points) == [(MOBILE_TEXT, ago(1), ago(1), 1)]


async def test_an_event_under_a_known_id_with_other_content_is_parked_and_not_mixed_in(points: ContactPoints) -> None:
    await told(points, contact("1", mobile(), at=ago(1)))

    [outcome] = await told(points, contact("1", mail(), at=ago(1), digest=b"other" * 3 + b"!"))

    assert isinstance(outcome, Parked)
    assert outcome.reason == "same_id_other_content"
    assert [text for text, *_ in await shown(points)] == [MOBILE_TEXT]


async def test_a_point_is_found_with_everybody_who_gave_it_the_last_heard_first(points: ContactPoints) -> None:
    await told(points, contact("1", mobile(), at=ago(5)), contact("2", mobile(), mail(), citizen=HE, at=ago(1)))

    holders = await points.holders_of([MOBILE])

    assert [one.row.citizen for one in holders] == [HE, SHE]


async def test_a_point_is_found_by_its_public_id_and_an_unknown_id_is_nothing(points: ContactPoints) -> None:
    await told(points, contact("1", mobile(), at=ago(5)), contact("2", mobile(), citizen=HE))
    [hers] = await points.of_citizens([SHE])

    assert await points.one(hers.id) == hers
    assert await points.one(contact("1").key) is None


async def test_a_point_that_first_came_without_its_text_gets_it_later(points: ContactPoints) -> None:
    bare = mobile()
    await told(points, contact("1", type(bare)(kind="phone", ref=bare.ref, assurance="claimed"), at=ago(2)))
    assert await points.kept_texts({(SHE, MOBILE)}) == set()

    await told(points, contact("2", mobile(), at=ago(1)))

    assert await points.kept_texts({(SHE, MOBILE), (HE, MOBILE)}) == {(SHE, MOBILE)}
    assert await shown(points) == [(MOBILE_TEXT, ago(2), ago(1), 2)]


async def test_what_was_verified_and_what_bounced_is_kept_once_each(points: ContactPoints) -> None:
    await told(points, verified(ago(3)), bounced(ago(1)))
    await told(points, bounced(ago(1)), contact("1", mobile(), at=ago(9)))

    facts = await points.facts_about([MOBILE])

    assert sorted((fact.what, fact.at, fact.how, fact.for_good) for fact in facts) == [
        ("bounced", ago(1), "not-in-use", True),
        ("verified", ago(3), "code-by-sms", False),
    ]
    assert await points.facts_about([MAIL]) == []


async def test_a_withdrawn_contact_takes_its_points_along_whatever_comes_first(points: ContactPoints) -> None:
    await told(points, withdrawn("1"))
    await told(points, contact("1", mobile(), at=ago(2)), contact("2", mail(), at=ago(1)))

    await told(points, withdrawn("2"))

    assert await shown(points) == []
    assert await points.kept_texts({(SHE, MOBILE), (SHE, MAIL)}) == set()


async def test_a_withdrawal_leaves_the_point_that_another_contact_gave(points: ContactPoints) -> None:
    await told(points, contact("1", mobile(), at=ago(2)), contact("2", mobile(), at=ago(1)))

    await told(points, withdrawn("2"), withdrawn("1", citizen=HE))

    assert await shown(points) == [(MOBILE_TEXT, ago(2), ago(2), 1)]


async def test_an_erased_citizen_is_forgotten_and_a_replay_brings_nothing_back(points: ContactPoints) -> None:
    said = [contact("1", mobile(), mail(), at=ago(5)), verified(ago(4)), linked(), contact("2", mobile(), citizen=HE, at=ago(5))]
    await told(points, *said)

    await told(points, erased(ago(1)))
    await told(points, *said[:2])

    assert await shown(points, SHE, HE) == [(MOBILE_TEXT, ago(5), ago(5), 1)]
    assert await points.facts_about([MOBILE]) == []
    assert await points.kept_texts({(SHE, MOBILE), (SHE, MAIL)}) == set()


async def test_an_erased_citizen_who_comes_back_is_kept_again(points: ContactPoints) -> None:
    await told(points, contact("1", mobile(), at=ago(5)), erased(ago(3)))

    await told(points, contact("2", mobile(), at=ago(1)))

    assert await shown(points) == [(MOBILE_TEXT, ago(1), ago(1), 1)]


async def test_every_reference_named_in_the_erasure_is_forgotten(points: ContactPoints) -> None:
    await told(points, contact("1", mail(), citizen=MAIL, at=ago(5)))

    await told(points, erased(ago(1), MAIL))

    assert await shown(points, MAIL) == []


async def test_the_order_in_which_events_arrive_makes_no_difference() -> None:
    said = [
        contact("1", mobile(), at=ago(5)),
        contact("2", mobile(), mail(), at=ago(1)),
        erased(ago(3)),
        withdrawn("3"),
        contact("3", mail(), at=ago(0.5)),
    ]

    for order in permutations(said):
        points = MemoryContactPoints()
        for one in order:
            await told(points, one)
        assert sorted(await shown(points)) == [(MOBILE_TEXT, ago(1), ago(1), 1), (MAIL_TEXT, ago(1), ago(1), 1)]


async def test_any_order_and_any_split_into_batches_keeps_the_same(points: ContactPoints) -> None:
    said = [
        contact("2", mobile(), mail(), at=ago(1)),
        erased(ago(3)),
        contact("3", mail(), at=ago(0.5)),
        withdrawn("3"),
        contact("1", mobile(), at=ago(5)),
    ]

    await told(points, *said[:2])
    await told(points, *reversed(said[1:]))

    assert sorted(await shown(points)) == [(MOBILE_TEXT, ago(1), ago(1), 1), (MAIL_TEXT, ago(1), ago(1), 1)]


async def test_linked_references_are_one_person_until_the_link_is_undone(points: ContactPoints) -> None:
    await told(points, linked("l1", one=SHE, other=MOBILE), linked("l2", one=MAIL, other=MOBILE))
    assert set(await points.linked_to(MAIL)) == {MAIL, MOBILE, SHE}

    await told(points, unlinked("l1"))

    assert await points.linked_to(SHE) == (SHE,)
    assert set(await points.linked_to(MAIL)) == {MAIL, MOBILE}


async def test_an_unlink_that_arrives_before_its_link_still_undoes_it(points: ContactPoints) -> None:
    await told(points, unlinked("l1"))

    await told(points, linked("l1"))

    assert await points.linked_to(SHE) == (SHE,)


async def test_changes_may_be_kept_twice(points: ContactPoints) -> None:
    found = changes_of(verified(ago(1)))
    assert isinstance(found, tuple)
    changes: tuple[Change, ...] = found

    await points.keep(changes)
    await points.keep(changes)

    assert len(await points.facts_about([MOBILE])) == 1
