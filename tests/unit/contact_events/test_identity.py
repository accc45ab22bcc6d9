"""The key and the receipt number of an event."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_events.identity import EventRef, event_key, keys_behind, receipt_of


def test_the_pair_is_the_event_and_never_changes() -> None:
    key = event_key("urn:nld:oin:1:systeem:balie", "7")

    assert key == EventRef(source="urn:nld:oin:1:systeem:balie", id="7").key
    assert key == UUID("0be02568-8f06-513a-8fbc-ff3e1bd19a4f")


def test_the_border_between_source_and_id_counts() -> None:
    assert event_key("a", "bc") != event_key("ab", "c")


@given(st.uuids())
def test_a_receipt_leads_back_to_its_event(key: UUID) -> None:
    receipt = receipt_of(key)

    low, high = keys_behind(receipt)

    assert len(receipt) == 10
    assert low <= key <= high


@given(st.uuids())
def test_a_receipt_may_be_typed_as_people_type(key: UUID) -> None:
    receipt = receipt_of(key)

    typed = f" {receipt[:5].lower()}-{receipt[5:].replace('0', 'o').replace('1', 'l')} "

    assert keys_behind(typed) == keys_behind(receipt)


@given(st.uuids(), st.integers(0, 9), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_is_noticed(key: UUID, position: int, character: str) -> None:
    receipt = receipt_of(key)
    typed = receipt[:position] + character + receipt[position + 1 :]
    if typed == receipt:
        return

    with pytest.raises(ValueError, match="typing error"):
        keys_behind(typed)


@pytest.mark.parametrize("text", ["", "123", "U" * 10, "12345678901"])
def test_other_text_is_no_receipt(text: str) -> None:
    with pytest.raises(ValueError, match="ten letters and digits"):
        keys_behind(text)
