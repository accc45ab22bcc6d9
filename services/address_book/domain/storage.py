"""Contact points at rest: AES-256-GCM under a versioned key, bound to the row they stand in (architecture, decision 9)."""

import secrets
from typing import Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contact_events.citizen_ref import CitizenRef
from contact_events.versioned_keys import versioned_keys

_NONCE_BYTES = 12


class CannotRead(ValueError):
    """The stored text was moved to another row, is damaged, or its key is not among the storage keys."""


class StoredText(msgspec.Struct, frozen=True):
    """A contact point as the table holds it: the key version, and nonce with ciphertext."""

    key_version: int
    sealed: bytes


class Row(msgspec.Struct, frozen=True):
    """The row a stored text belongs to: whose it is, which point, of which kind."""

    citizen: CitizenRef
    point: CitizenRef
    kind: str

    @property
    def bytes(self) -> bytes:
        return b"\x00".join((b"plein address book v1", self.citizen.value, self.point.value, self.kind.encode()))


class StorageKeys:
    """The versioned secrets of the table. The newest version writes, all versions read."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        if not keys:
            raise ValueError("give at least one storage key, as 1:<64 hexadecimal digits>")
        if any(len(key) != 32 for key in keys.values()):
            raise ValueError("a storage key has 64 hexadecimal digits (32 bytes)")
        self._keys = {version: AESGCM(key) for version, key in keys.items()}
        self.newest = max(keys)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads `1:<64 hex>[,2:<64 hex>]`. Raises ValueError with a sentence that does not repeat the secret."""
        return cls(versioned_keys(text, "storage key"))

    def close(self, plain: str, row: Row) -> StoredText:
        """Returns the text as it may be stored in this row and no other. Storing twice gives two different texts."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return StoredText(self.newest, nonce + self._keys[self.newest].encrypt(nonce, plain.encode(), row.bytes))

    def open(self, stored: StoredText, row: Row) -> str:
        """Returns the plain contact point of a row. Raises CannotRead."""
        key = self._keys.get(stored.key_version)
        if key is None:
            raise CannotRead(f"storage key version {stored.key_version} is not among the storage keys")
        try:
            return key.decrypt(stored.sealed[:_NONCE_BYTES], stored.sealed[_NONCE_BYTES:], row.bytes).decode()
        except (InvalidTag, ValueError):
            raise CannotRead("a stored contact point does not belong to its row") from None
