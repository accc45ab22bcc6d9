"""Secrets with a version, read from a setting: what is wrong is said without the secret."""

import pytest

from contact_events.versioned_keys import versioned_keys


def test_keys_are_read_with_their_versions_whatever_the_spaces() -> None:
    assert versioned_keys(" 1:0a0b , 12: 0c", "lock") == {1: b"\n\x0b", 12: b"\x0c"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "write a lock as 1:<64 hexadecimal digits>"),
        ("abcdef", "write a lock as 1:<64 hexadecimal digits>"),
        ("x:abcdef", "write a lock as 1:<64 hexadecimal digits>"),
        ("1:abcdef,", "write a lock as 1:<64 hexadecimal digits>"),
        ("1:abcdeg", "a lock has only hexadecimal digits after its version"),
        ("1:abcdef,1:abcdef", "each version of a lock may be given once"),
    ],
)
def test_keys_written_wrongly_are_refused_by_their_name_without_repeating_them(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        versioned_keys(text, "lock")

    assert sentence in str(refused.value)
    assert "abcde" not in str(refused.value)
