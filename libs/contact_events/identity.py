"""What makes an event this event: its key, its receipt number and the reference to it (architecture, decision 8)."""

import hashlib
from typing import Annotated
from uuid import UUID

import msgspec
from stdnum import luhn
from stdnum.exceptions import ValidationError

# Crockford's alphabet: no I, L, O or U, so that a number read out over the phone survives.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECEIPT_BITS = 45
_SHIFTS = range(_RECEIPT_BITS - 5, -1, -5)
# What each digit at each place adds to the check sum: stdnum's own, asked once, because a page of receipts asks 450 times.
_PARTS = [[luhn.checksum(digit + "0" * (place + 1), _ALPHABET) for digit in _ALPHABET] for place in reversed(range(len(_SHIFTS)))]


class EventRef(msgspec.Struct, frozen=True, kw_only=True):
    """Points at one event by the pair that identifies it for ever."""

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

    @property
    def key(self) -> UUID:
        return event_key(self.source, self.id)


def event_key(source: str, event_id: str) -> UUID:
    """Returns the 16 bytes that stand for `(source, id)`: the entry's key and its public id."""
    return UUID(bytes=event_key_bytes(source, event_id))


def event_key_bytes(source: str, event_id: str) -> bytes:
    """Returns the same 16 bytes bare: where events come by the thousand, a UUID around them is a fifth of reading one."""
    return hashlib.sha256(f"{source}\x00{event_id}".encode()).digest()[:16]


def receipt_of(key: UUID) -> str:
    """Returns the receipt number of an event: nine characters of its key and a check character."""
    bits = key.int >> (128 - _RECEIPT_BITS)
    digits = [bits >> shift & 31 for shift in _SHIFTS]
    check = -sum(parts[digit] for parts, digit in zip(_PARTS, digits, strict=True)) % 32
    return "".join([_ALPHABET[digit] for digit in (*digits, check)])


def keys_behind(receipt: str) -> tuple[UUID, UUID]:
    """Returns the first and last event key a receipt number can stand for. Raises ValueError when it is mistyped."""
    text = receipt.strip().upper().replace("-", "").replace(" ", "").translate(str.maketrans("ILO", "110"))
    if len(text) != 10 or not set(text) <= set(_ALPHABET):
        raise ValueError("a receipt number has ten letters and digits")
    try:
        luhn.validate(text, _ALPHABET)
    except ValidationError:
        raise ValueError("this receipt number has a typing error: check its ten characters") from None
    bits = 0
    for character in text[:-1]:
        bits = bits << 5 | _ALPHABET.index(character)
    low = bits << (128 - _RECEIPT_BITS)
    return UUID(int=low), UUID(int=low + (1 << (128 - _RECEIPT_BITS)) - 1)
