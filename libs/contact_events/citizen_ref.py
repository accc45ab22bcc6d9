"""The pseudonym that stands for a citizen everywhere outside the address book.

A `CitizenRef` is 128 bits of HMAC-SHA-256 under a versioned key over the kind and the normalised identifier, so equal
identifiers meet and nobody without the key can walk back (architecture, decision 9).
"""

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from functools import lru_cache
from typing import Self
from uuid import UUID

import email_validator
import msgspec
import phonenumbers
from stdnum.exceptions import ValidationError
from stdnum.nl import bsn

from contact_events.versioned_keys import versioned_keys


class RefKind(StrEnum):
    """What kind of identifier a reference was made from; open text in events."""

    BSN = "bsn"
    PHONE = "phone"
    EMAIL = "email"
    MEMBER = "member"
    VISITOR = "visitor"


# A shared phone or e-mail never stands for one person by itself (architecture, decision 10).
WEAK_KINDS = frozenset({RefKind.PHONE, RefKind.EMAIL})


class Assurance(StrEnum):
    """How sure we are who this is: the eIDAS words, with `none` and `claimed` below them."""

    NONE = "none"
    CLAIMED = "claimed"
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return list(Assurance).index(self)

    @classmethod
    def of(cls, text: str) -> "Assurance":
        """Returns the assurance an event names; a word not heard of promises nothing."""
        return cls(text) if text in set(cls) else cls.NONE


class NotAnIdentifier(ValueError):
    """The text is no identifier of the kind it was given for. The message never repeats the text."""


_TEXT = re.compile(r"c([1-9][0-9]{0,3})-([0-9a-f]{32})")


class CitizenRef(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A pseudonym: 16 bytes and the version of the key that made it."""

    value: bytes
    key_version: int

    @property
    def text(self) -> str:
        """The form used in events and addresses: `c<key version>-<32 hexadecimal digits>`."""
        return f"c{self.key_version}-{self.value.hex()}"

    @property
    def uuid(self) -> UUID:
        """The same 16 bytes in the type PostgreSQL keeps them in."""
        return UUID(bytes=self.value)

    @classmethod
    def from_text(cls, text: str) -> "CitizenRef":
        """Reads the text form. Raises NotAnIdentifier for anything else."""
        return _from_text(text)

    @classmethod
    def from_uuid(cls, value: UUID, key_version: int) -> Self:
        return cls(value.bytes, key_version)


# Contacts come by the thousand, and many are of those who come often.
@lru_cache(maxsize=65_536)
def _from_text(text: str) -> CitizenRef:
    match = _TEXT.fullmatch(text)
    if match is None:
        raise NotAnIdentifier("a citizen reference looks like c1- followed by 32 hexadecimal digits")
    return CitizenRef(bytes.fromhex(match[2]), int(match[1]))


class PseudonymKeys:
    """The versioned secrets behind every CitizenRef and content digest. The newest version writes, all versions find."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        if not keys:
            raise ValueError("give at least one pseudonym key, as 1:<64 hexadecimal digits>")
        if any(len(key) < 32 for key in keys.values()):
            raise ValueError("a pseudonym key has at least 64 hexadecimal digits (32 bytes)")
        if any(not 1 <= version <= 9999 for version in keys):
            raise ValueError("a pseudonym key has a version from 1 to 9999")
        self._keys = dict(keys)
        self.newest = max(keys)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads `1:<64 hex>[,2:<64 hex>]`. Raises ValueError with a sentence that does not repeat the secret."""
        return cls(versioned_keys(text, "pseudonym key"))

    def ref(self, kind: RefKind, identifier: str, *, organisation: str = "") -> CitizenRef:
        """Returns the reference for an identifier under the newest key. Raises NotAnIdentifier."""
        return self._made(self.newest, kind, normalised(kind, identifier, organisation=organisation))

    def refs(self, kind: RefKind, identifier: str, *, organisation: str = "") -> tuple[CitizenRef, ...]:
        """Returns the references under every key version, newest first: what a search looks for."""
        plain = normalised(kind, identifier, organisation=organisation)
        return tuple(self._made(version, kind, plain) for version in sorted(self._keys, reverse=True))

    def visitor(self) -> CitizenRef:
        """Returns a new reference for a contact by nobody in particular."""
        return self._made(self.newest, RefKind.VISITOR, secrets.token_hex(16))

    def visitor_of(self, source: str, event_id: str) -> CitizenRef:
        """Returns the visitor of one event: the same event sent again is the same visitor."""
        return self._made(self.newest, RefKind.VISITOR, f"{source}\x00{event_id}")

    def digest(self, content: bytes) -> bytes:
        """Returns the 16-byte keyed digest of what a sender sent.

        Keyed, because a plain hash of a body with a BSN in it can be found by trying all BSNs. Always under the oldest key,
        so that a new key does not make a repeat look like other content.
        """
        return hmac.digest(self._keys[min(self._keys)], b"content\x00" + content, hashlib.sha256)[:16]

    def _made(self, version: int, kind: RefKind, plain: str) -> CitizenRef:
        message = f"{kind.value}\x00{plain}".encode()
        return CitizenRef(hmac.digest(self._keys[version], message, hashlib.sha256)[:16], version)


def normalised(kind: RefKind, identifier: str, *, organisation: str = "") -> str:
    """Returns the one spelling of an identifier: nine digits, E.164, a lower-case address, organisation and number.

    Raises NotAnIdentifier with a sentence for the sender. Rules: BSN by its eleven-test (Wabb), phone numbers read as
    Dutch when they carry no country code, e-mail addresses by RFC 5321.
    """
    match kind:
        case RefKind.BSN:
            return _bsn(identifier)
        case RefKind.PHONE:
            return _phone(identifier)
        case RefKind.EMAIL:
            return _email(identifier)
        case RefKind.MEMBER:
            number = identifier.strip()
            if not number or not organisation:
                raise NotAnIdentifier("a member is known by the organisation and its own member number")
            return f"{organisation.casefold()}\x00{number.casefold()}"
        case RefKind.VISITOR:
            raise NotAnIdentifier("a visitor has no identifier to look for")


def _bsn(text: str) -> str:
    # Nine digits as they mostly come need no cleaning, which takes stdnum longer than the eleven-test.
    digits = text if len(text) == 9 and text.isascii() and text.isdigit() else bsn.compact(text)
    if not digits.strip("0"):
        raise NotAnIdentifier("this is not a valid BSN: check the nine digits")
    if digits is text and bsn.checksum(digits) == 0:
        return digits
    try:
        return bsn.validate(digits)
    except ValidationError:
        raise NotAnIdentifier("this is not a valid BSN: check the nine digits") from None


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        raise NotAnIdentifier("this is not a phone number: write it as 0612345678 or +31612345678") from None
    if not phonenumbers.is_valid_number(number):
        raise NotAnIdentifier("this phone number cannot exist: check the digits")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(text: str) -> str:
    try:
        found = email_validator.validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        raise NotAnIdentifier("this is not an e-mail address: write it as name@example.nl") from None
    return found.normalized.casefold()
