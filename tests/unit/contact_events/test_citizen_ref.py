"""The pseudonym: equal identifiers meet, different ones do not, and nothing walks back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_events.citizen_ref import WEAK_KINDS, Assurance, CitizenRef, NotAnIdentifier, PseudonymKeys, RefKind, normalised

FIRST = PseudonymKeys({1: b"1" * 32})
BOTH = PseudonymKeys({1: b"1" * 32, 2: b"2" * 32})
CLUB = "urn:nld:kvknr:09220932.ledenadministratie"


@pytest.mark.parametrize(
    ("kind", "one", "same"),
    [
        (RefKind.BSN, "111222333", "111.222.333"),
        (RefKind.BSN, "012345672", "12345672"),
        (RefKind.PHONE, "06 12 34 56 78", "+31612345678"),
        (RefKind.PHONE, "0031612345678", "(06) 1234-5678"),
        (RefKind.EMAIL, "M.deVries@Example.nl", " m.devries@example.nl "),
    ],
)
def test_two_spellings_of_one_identifier_are_one_reference(kind: RefKind, one: str, same: str) -> None:
    ref = FIRST.ref(kind, one)

    assert ref == FIRST.ref(kind, same)


def test_a_member_number_means_nothing_outside_its_organisation() -> None:
    member = FIRST.ref(RefKind.MEMBER, "4711", organisation=CLUB)

    assert member == FIRST.ref(RefKind.MEMBER, " 4711 ", organisation=CLUB.upper())
    assert member != FIRST.ref(RefKind.MEMBER, "4711", organisation="urn:nld:kvknr:12345678")


def test_the_same_digits_as_another_kind_are_another_reference() -> None:
    bsn = FIRST.ref(RefKind.BSN, "111222333")

    assert bsn != FIRST.ref(RefKind.MEMBER, "111222333", organisation=CLUB)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (RefKind.BSN, "111222334"),
        (RefKind.BSN, "000000000"),
        (RefKind.BSN, "0"),
        (RefKind.BSN, ""),
        (RefKind.BSN, "twaalf"),
        (RefKind.BSN, "1112223334"),
        (RefKind.PHONE, "12"),
        (RefKind.PHONE, "bel mij"),
        (RefKind.PHONE, "+31600"),
        (RefKind.EMAIL, "m.devries"),
        (RefKind.EMAIL, "@voorbeeld.nl"),
        (RefKind.MEMBER, "4711"),
        (RefKind.VISITOR, "iemand"),
    ],
)
def test_what_is_no_identifier_is_refused_without_repeating_it(kind: RefKind, text: str) -> None:
    with pytest.raises(NotAnIdentifier) as refused:
        FIRST.ref(kind, text)

    assert not text or text not in str(refused.value)


@given(st.sampled_from([RefKind.BSN, RefKind.PHONE, RefKind.EMAIL]), st.text(max_size=30))
def test_no_text_gives_anything_but_one_spelling_or_a_refusal(kind: RefKind, text: str) -> None:
    try:
        once = normalised(kind, text)
    except NotAnIdentifier:
        return

    assert normalised(kind, once) == once


def test_the_newest_key_writes_and_all_keys_find() -> None:
    old = FIRST.ref(RefKind.BSN, "111222333")

    found = BOTH.refs(RefKind.BSN, "111222333")

    assert found == (BOTH.ref(RefKind.BSN, "111222333"), old)
    assert [ref.key_version for ref in found] == [2, 1]


def test_a_new_key_does_not_make_a_repeat_look_like_other_content() -> None:
    digest = FIRST.digest(b"what was sent")

    assert digest == BOTH.digest(b"what was sent")
    assert len(digest) == 16


def test_an_event_sent_again_is_by_the_same_visitor_and_two_visitors_differ() -> None:
    visitor = FIRST.visitor_of("urn:nld:oin:1", "7")

    assert visitor == FIRST.visitor_of("urn:nld:oin:1", "7")
    assert visitor != FIRST.visitor_of("urn:nld:oin:1", "8")
    assert FIRST.visitor() != FIRST.visitor()


@given(st.binary(min_size=16, max_size=16), st.integers(1, 9999))
def test_a_reference_is_read_back_from_its_text_and_its_uuid(value: bytes, version: int) -> None:
    ref = CitizenRef(value, version)

    assert CitizenRef.from_text(ref.text) == ref
    assert CitizenRef.from_uuid(ref.uuid, version) == ref


@pytest.mark.parametrize(
    "text", ["", "111222333", "c0-" + "a" * 32, "c1-" + "A" * 32, "c1-" + "a" * 32 + "\n", "c10000-" + "a" * 32]
)
def test_other_text_is_no_reference(text: str) -> None:
    with pytest.raises(NotAnIdentifier):
        CitizenRef.from_text(text)


@pytest.mark.parametrize(
    "text", ["", "1", "1:", "1:zz", "1:" + "a" * 62, "0:" + "a" * 64, "x:" + "a" * 64, f"1:{'a' * 64},1:{'b' * 64}"]
)
def test_keys_written_wrongly_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        PseudonymKeys.from_text(text)

    assert "a" * 62 not in str(refused.value)


def test_keys_are_read_from_a_setting() -> None:
    keys = PseudonymKeys.from_text(f"1:{b'1'.hex() * 32}, 2:{b'2'.hex() * 32}")

    assert keys.refs(RefKind.BSN, "111222333") == BOTH.refs(RefKind.BSN, "111222333")


def test_assurance_rises_and_a_word_not_heard_of_promises_nothing() -> None:
    ranks = [assurance.rank for assurance in Assurance]

    assert ranks == sorted(ranks)
    assert Assurance.of("high") is Assurance.HIGH
    assert Assurance.of("sworn_by_a_notary") is Assurance.NONE


def test_what_households_share_is_weak() -> None:
    assert {RefKind.PHONE, RefKind.EMAIL} == WEAK_KINDS
