"""What an erasure says, and which records it covers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from builders import MONDAY_10H, a_citizen, a_ref, an_event, an_interaction
from contact_events.codec import read_event, write_event
from contact_events.erasure import erased_keys, erased_refs, erasure_in, erasure_of, is_covered
from contact_events.seen import InformationSeen

SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)


def test_an_erasure_names_every_reference_and_the_moment_up_to_which_they_are_forgotten() -> None:
    said = erasure_of([a_ref("b"), a_ref("a")], kind="bsn", erased_at=MONDAY_10H, ground="z-1", source="urn:x")

    assert erased_refs(said.data) == {a_ref("a"), a_ref("b")}
    assert erased_keys(said.data) == {a_ref("a").value, a_ref("b").value}
    assert erasure_in(write_event(said)) == said


def test_an_erasure_said_again_is_the_same_event() -> None:
    elsewhere = MONDAY_10H.astimezone(timezone(timedelta(hours=5)))
    first = erasure_of([a_ref("b"), a_ref("a")], kind="bsn", erased_at=MONDAY_10H, ground="z-1", source="urn:x")
    again = erasure_of([a_ref("a"), a_ref("b"), a_ref("a")], kind="bsn", erased_at=elsewhere, ground="z-1", source="urn:x")
    later = erasure_of([a_ref("a"), a_ref("b")], kind="bsn", erased_at=MONDAY_10H + SECOND, ground="z-1", source="urn:x")

    assert again.key == first.key != later.key


@pytest.mark.parametrize("raw", [None, b"", b"{", b'"nl.plein.citizen.erased.v1"', write_event(an_interaction())])
def test_whatever_else_a_record_holds_asks_to_forget_nothing(raw: bytes | None) -> None:
    assert erasure_in(raw) is None


def test_what_was_logged_up_to_the_moment_is_covered_whenever_it_was_carried() -> None:
    contact = write_event(an_interaction(logged_at=MONDAY_10H))

    assert is_covered(contact, NEVER, MONDAY_10H)
    assert not is_covered(contact, MONDAY_10H - SECOND, MONDAY_10H - SECOND)


@pytest.mark.parametrize("raw", [None, b"{", b"\xff\xff"])
def test_of_what_cannot_be_read_the_moment_of_carrying_counts(raw: bytes | None) -> None:
    assert is_covered(raw, MONDAY_10H, MONDAY_10H)
    assert not is_covered(raw, MONDAY_10H + SECOND, MONDAY_10H)


def test_an_event_of_a_later_version_is_covered_by_when_it_was_logged() -> None:
    """Its envelope can be read, whatever its data are."""
    later = write_event(an_interaction(logged_at=MONDAY_10H)).replace(b"recorded.v1", b"recorded.v9")

    assert is_covered(later, NEVER, MONDAY_10H)


def test_who_looked_and_the_erasure_itself_are_never_covered() -> None:
    line = InformationSeen(
        citizen=a_citizen(), seen_by="Anouk", purpose="klantcontact", legal_basis="AVG", what="timeline",
        seen_at=MONDAY_10H, service="timeline",
    )  # fmt: skip
    erasure = erasure_of([a_ref()], kind="bsn", erased_at=MONDAY_10H, ground="z-1", source="urn:x")

    assert not is_covered(write_event(an_event(line)), MONDAY_10H, NEVER)
    assert not is_covered(write_event(erasure), MONDAY_10H, NEVER)
    assert read_event(write_event(erasure)).logged_at == MONDAY_10H
