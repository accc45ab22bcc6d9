"""Contact points travel sealed: anyone with the public key can close one, only the address book can open it.

HPKE (RFC 9180) with X25519, HKDF-SHA-256 and AES-128-GCM. The seal is bound to the reference it stands for, so a sealed
point cut out of one event does not open under another.
"""

import base64
import binascii
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from contact_events.citizen_ref import CitizenRef

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_INFO = b"plein contact point v1"


class CannotOpen(ValueError):
    """The seal was not made for this key or this reference, or it is damaged."""


class SealingKey:
    """The public half: closes contact points."""

    def __init__(self, key: X25519PublicKey) -> None:
        self._key = key

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads 32 bytes in base64. Raises ValueError with a sentence."""
        return cls(X25519PublicKey.from_public_bytes(_key_bytes(text)))

    def seal(self, plain: str, bound_to: CitizenRef) -> str:
        """Returns the sealed text in base64. Sealing twice gives two different texts."""
        return base64.b64encode(_SUITE.encrypt(plain.encode(), self._key, _INFO + bound_to.value)).decode()


class OpeningKey:
    """The private half: only the address book has it."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads 32 bytes in base64. Raises ValueError with a sentence."""
        return cls(X25519PrivateKey.from_private_bytes(_key_bytes(text)))

    @classmethod
    def generate(cls) -> Self:
        return cls(X25519PrivateKey.generate())

    @property
    def text(self) -> str:
        return base64.b64encode(self._key.private_bytes_raw()).decode()

    @property
    def sealing_key_text(self) -> str:
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def open(self, sealed: str, bound_to: CitizenRef) -> str:
        """Returns the plain contact point. Raises CannotOpen."""
        try:
            return _SUITE.decrypt(base64.b64decode(sealed, validate=True), self._key, _INFO + bound_to.value).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("this sealed contact point does not open under this key and reference") from None


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ValueError("a sealing key is 32 bytes written in base64 (44 characters)")
    return key
