"""What is carried is forgotten too: by the keys of its records, in tables and journals, without knowing what it means."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

# Claims that a record is to be forgotten: its bytes, when it was carried, and the moment up to which its key is forgotten.
Covers = Callable[[bytes | None, datetime, datetime], bool]


class Forgetting(msgspec.Struct, frozen=True):
    """One erasure as the carrier sees it: its own key, the keys of records that are forgotten, and up to which moment."""

    erasure: UUID
    keys: frozenset[bytes]
    erased_at: datetime


class Forgotten(msgspec.Struct, frozen=True):
    """That an erasure was carried out here, when, and how much of each kind went."""

    forgotten_at: datetime
    counts: Mapping[str, int]


class Tells(Protocol):
    """Who carries out erasures tells of each whether it did."""

    async def __call__(self, erasure: UUID) -> Forgotten | None:
        """Returns None while the erasure was not carried out here. Raises ConnectionError when it cannot tell now."""


def carried_before(_value: bytes | None, carried_at: datetime, erased_at: datetime) -> bool:
    """Goes by the moment of carrying alone: for who cannot look into records."""
    return carried_at <= erased_at
