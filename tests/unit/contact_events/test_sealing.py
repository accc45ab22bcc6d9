"""Anyone closes, only the address book opens, and only for the reference it was closed for."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_events.citizen_ref import CitizenRef
from contact_events.sealing import CannotOpen, OpeningKey, SealingKey

OPENING = OpeningKey.generate()
SEALING = SealingKey.from_text(OPENING.sealing_key_text)
HERS = CitizenRef(b"h" * 16, 1)


@given(st.text(max_size=200))
def test_what_was_sealed_opens(plain: str) -> None:
    sealed = SEALING.seal(plain, HERS)

    assert OPENING.open(sealed, HERS) == plain


def test_the_key_is_read_back_from_its_text() -> None:
    again = OpeningKey.from_text(OPENING.text)

    assert again.open(SEALING.seal("0612345678", HERS), HERS) == "0612345678"


def test_a_seal_tells_nothing_and_is_never_the_same_twice() -> None:
    one, other = SEALING.seal("0612345678", HERS), SEALING.seal("0612345678", HERS)

    assert one != other
    assert b"0612345678" not in base64.b64decode(one)


def test_a_seal_cut_out_of_one_event_does_not_open_under_another_reference() -> None:
    sealed = SEALING.seal("0612345678", HERS)

    with pytest.raises(CannotOpen):
        OPENING.open(sealed, CitizenRef(b"x" * 16, 1))


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-8], lambda s: "A" + s[1:] if s[0] != "A" else "B" + s[1:], lambda s: "", lambda s: "é" * 80]
)
def test_a_damaged_seal_does_not_open_and_is_not_repeated(damage: object) -> None:
    assert callable(damage)
    sealed = damage(SEALING.seal("0612345678", HERS))

    with pytest.raises(CannotOpen) as refused:
        OPENING.open(sealed, HERS)

    assert not sealed or sealed not in str(refused.value)


def test_another_key_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        OpeningKey.generate().open(SEALING.seal("0612345678", HERS), HERS)


@pytest.mark.parametrize("text", ["", "geheim", base64.b64encode(b"k" * 31).decode()])
def test_a_key_written_wrongly_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey.from_text(text)
