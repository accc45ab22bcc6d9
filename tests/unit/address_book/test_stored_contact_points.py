"""Contact points at rest: what opens, what does not, and what a person sees of it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from address_book.domain.masking import masked
from address_book.domain.storage import CannotRead, Row, StorageKeys, StoredText
from contact_events.citizen_ref import CitizenRef

OLD, NEW = "11" * 32, "22" * 32
ROW = Row(CitizenRef(b"c" * 16, 1), CitizenRef(b"p" * 16, 1), "phone")


@given(st.text(max_size=300))
def test_what_is_stored_comes_back_in_its_own_row(plain: str) -> None:
    keys = StorageKeys.from_text(f"1:{OLD}")

    stored = keys.close(plain, ROW)

    assert keys.open(stored, ROW) == plain
    assert not plain or len(plain) < 4 or plain.encode() not in stored.sealed


@pytest.mark.parametrize("other", [{"citizen": CitizenRef(b"d" * 16, 1)}, {"point": CitizenRef(b"q" * 16, 1)}, {"kind": "email"}])
def test_a_stored_text_moved_to_another_row_does_not_open(other: dict[str, Any]) -> None:
    keys = StorageKeys.from_text(f"1:{OLD}")

    stored = keys.close("+31612340678", ROW)

    with pytest.raises(CannotRead):
        keys.open(stored, msgspec.structs.replace(ROW, **other))


def test_a_new_storage_key_writes_while_the_old_one_still_reads() -> None:
    before = StorageKeys.from_text(f"1:{OLD}")
    after = StorageKeys.from_text(f"1:{OLD},2:{NEW}")

    kept = before.close("+31612340678", ROW)

    assert after.open(kept, ROW) == "+31612340678"
    assert after.close("+31612340678", ROW).key_version == 2


def test_a_text_whose_key_is_gone_says_which_version_is_missing() -> None:
    keys = StorageKeys.from_text(f"2:{NEW}")

    with pytest.raises(CannotRead, match="version 1"):
        keys.open(StoredText(1, b"x" * 40), ROW)


def test_storing_twice_gives_two_different_texts() -> None:
    keys = StorageKeys.from_text(f"1:{OLD}")

    assert keys.close("+31612340678", ROW) != keys.close("+31612340678", ROW)


@pytest.mark.parametrize("text", ["", "1:", "1:abc", f"x:{OLD}", f"1:{OLD},1:{NEW}", f"1:{OLD}22"])
def test_a_storage_key_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        StorageKeys.from_text(text)

    assert OLD not in str(refused.value)
    assert "storage key" in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "plain", "seen"),
    [
        ("phone", "+31612345678", "06•••••678"),
        ("phone", "+31201234567", "02•••••567"),
        ("phone", "+3225551234", "+32 •••••234"),
        ("phone", "geen nummer", "•••••"),
        ("email", "mw.devries@example.nl", "m•••@example.nl"),
        ("bsn", "999990342", "••••••342"),
        ("postal", "Dorpsstraat 1, 1234 AB Voorbeeldstad", "•••••"),
        ("phone", None, "•••••"),
        ("carrier-pigeon", "Duif 7", "•••••"),
    ],
)
def test_a_masked_contact_point_can_be_recognised_but_not_used(kind: str, plain: str | None, seen: str) -> None:
    assert masked(kind, plain) == seen
