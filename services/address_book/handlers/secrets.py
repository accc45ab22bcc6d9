"""The keys that what comes in and what is shown both need."""

import msgspec

from address_book.domain.storage import StorageKeys
from contact_events.citizen_ref import PseudonymKeys
from contact_events.sealing import OpeningKey


class Secrets(msgspec.Struct, frozen=True):
    """What only the address book holds: the key that opens, the keys of the table, and those behind every reference."""

    opening: OpeningKey
    storage: StorageKeys
    pseudonyms: PseudonymKeys
