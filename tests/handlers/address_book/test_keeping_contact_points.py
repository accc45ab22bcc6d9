"""What the address book does with an event: opened, kept, ignored or parked."""

from datetime import UTC, datetime

from address_book.domain.changes import Ignored
from address_book.domain.storage import StorageKeys
from address_book.edges.memory import MemoryContactPoints
from address_book.handlers.keeping import Done, Parked, keep_contact_points
from address_book.handlers.secrets import Secrets
from contact_events.facts import ContactWishSet
from contact_events.sealing import OpeningKey
from contact_events.words import ContactPoint
from handlers.address_book.said_at_the_door import (
    MAIL,
    MOBILE,
    MOBILE_TEXT,
    SEALING,
    SECRETS,
    SHE,
    contact,
    event,
    mail,
    mobile,
    whose,
)


async def test_a_sealed_point_is_opened_and_kept_under_another_lock() -> None:
    points = MemoryContactPoints()

    assert await keep_contact_points([contact("1", mobile())], points, SECRETS) == [Done()]

    [kept] = await points.of_citizens([SHE])
    assert kept.stored is not None
    assert MOBILE_TEXT.encode() not in kept.stored.sealed
    assert SECRETS.storage.open(kept.stored, kept.row) == MOBILE_TEXT


async def test_a_seal_cut_from_another_event_parks_its_event_and_leaves_the_neighbours() -> None:
    points = MemoryContactPoints()
    cut_out = contact("2", mail(), mobile(sealed=SEALING.seal(MOBILE_TEXT, MAIL)))

    outcomes = await keep_contact_points([contact("1", mail(), citizen=MAIL), cut_out, contact("3", mobile())], points, SECRETS)

    assert [type(outcome) for outcome in outcomes] == [Done, Parked, Done]
    assert [one.row.point for one in await points.of_citizens([SHE])] == [MOBILE]


async def test_a_seal_for_another_address_book_parks_the_whole_event() -> None:
    points = MemoryContactPoints()
    elsewhere = Secrets(OpeningKey.generate(), SECRETS.storage, SECRETS.pseudonyms)

    [outcome] = await keep_contact_points([contact("1", mobile(), mail())], points, elsewhere)

    assert isinstance(outcome, Parked)
    assert outcome.reason == "seal_does_not_open"
    assert await points.of_citizens([SHE]) == []


async def test_a_parked_event_is_kept_when_it_is_driven_again_with_the_right_key() -> None:
    points = MemoryContactPoints()
    elsewhere = Secrets(OpeningKey.generate(), SECRETS.storage, SECRETS.pseudonyms)
    once = contact("1", mobile())
    await keep_contact_points([once], points, elsewhere)

    await keep_contact_points([once], points, SECRETS)

    assert len(await points.of_citizens([SHE])) == 1


async def test_a_text_that_is_not_what_its_reference_stands_for_is_parked_without_repeating_it() -> None:
    forged = contact("1", mobile(sealed=SEALING.seal("+31612349999", MOBILE)))

    [outcome] = await keep_contact_points([forged], MemoryContactPoints(), SECRETS)

    assert isinstance(outcome, Parked)
    assert outcome.reason == "contact_point_is_not_its_reference"
    assert "9999" not in outcome.detail


async def test_a_letter_address_has_no_one_spelling_and_is_kept_as_it_came() -> None:
    points = MemoryContactPoints()
    letter = ContactPoint(kind="postal", ref=MAIL.text, assurance="high", sealed=SEALING.seal("Dorpsstraat 1", MAIL))

    assert await keep_contact_points([contact("1", letter)], points, SECRETS) == [Done()]

    [kept] = await points.of_citizens([SHE])
    assert kept.stored is not None
    assert SECRETS.storage.open(kept.stored, kept.row) == "Dorpsstraat 1"


async def test_events_that_say_nothing_of_contact_points_are_ignored_with_the_reason() -> None:
    wish = event(ContactWishSet(citizen=whose(SHE), set_at=datetime(2026, 11, 1, tzinfo=UTC)), "w")

    outcomes = await keep_contact_points([contact("1"), wish], MemoryContactPoints(), SECRETS)

    assert outcomes == [Ignored.NO_CONTACT_POINT, Ignored.NOT_ABOUT_CONTACT_POINTS]


async def test_a_member_number_reaches_nobody_and_is_no_contact_point() -> None:
    points = MemoryContactPoints()
    member = ContactPoint(kind="member", ref=MAIL.text, assurance="claimed")

    outcomes = await keep_contact_points([contact("1", member), contact("2", member, mobile())], points, SECRETS)

    assert outcomes == [Ignored.NO_CONTACT_POINT, Done()]
    assert [one.row.point for one in await points.of_citizens([SHE])] == [MOBILE]


async def test_a_point_that_is_kept_already_is_not_opened_again() -> None:
    points = MemoryContactPoints()
    await keep_contact_points([contact("1", mobile())], points, SECRETS)
    without_the_key = Secrets(OpeningKey.generate(), StorageKeys.from_text("1:" + "cc" * 32), SECRETS.pseudonyms)

    assert await keep_contact_points([contact("2", mobile())], points, without_the_key) == [Done()]

    [kept] = await points.of_citizens([SHE])
    assert kept.times_heard == 2
