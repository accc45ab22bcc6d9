"""One box for everything: what an agent typed is a BSN, a phone number, an e-mail address, a receipt number, or a name."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contact_events.citizen_ref import NotAnIdentifier, RefKind, normalised
from contact_events.identity import keys_behind


class SoughtBy(StrEnum):
    """What somebody is sought by."""

    BSN = "bsn"
    PHONE = "phone"
    EMAIL = "email"
    RECEIPT = "receipt"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Sought:
    """What to look for. `born` comes with a name only."""

    by: SoughtBy
    text: str
    born: date | None = None


class Unclear(StrEnum):
    """Why nothing can be looked for."""

    NOTHING = "nothing"
    NOT_A_BSN = "not_a_bsn"
    NOT_A_PHONE = "not_a_phone"
    NOT_AN_EMAIL = "not_an_email"
    NO_BIRTH_DATE = "no_birth_date"
    NO_NAME = "no_name"
    NOT_A_DATE = "not_a_date"


_DATE = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b|\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[+\d][\d\s().-]*\Z")


def sought(typed: str) -> Sought | Unclear:
    """Returns what an agent looks for, or why that is not clear."""
    text = " ".join(typed.split())
    if not text:
        return Unclear.NOTHING
    if "@" in text:
        return Sought(SoughtBy.EMAIL, text) if _is(RefKind.EMAIL, text) else Unclear.NOT_AN_EMAIL
    if _LOOKS_LIKE_A_NUMBER.match(text) and not _DATE.search(text):
        return _number(text)
    if _is_receipt(text):
        return Sought(SoughtBy.RECEIPT, text)
    return _name(text)


def _number(text: str) -> Sought | Unclear:
    """Nine digits are a BSN: phone numbers here have ten, or begin with a plus."""
    digits = re.sub(r"\D", "", text)
    if _is_receipt(text):
        return Sought(SoughtBy.RECEIPT, text)
    if len(digits) in (8, 9) and not text.startswith(("+", "0")):
        return Sought(SoughtBy.BSN, digits) if _is(RefKind.BSN, digits) else Unclear.NOT_A_BSN
    if len(digits) == 9 and _is(RefKind.BSN, digits):
        return Sought(SoughtBy.BSN, digits)
    return Sought(SoughtBy.PHONE, text) if _is(RefKind.PHONE, text) else Unclear.NOT_A_PHONE


def _name(text: str) -> Sought | Unclear:
    found = _DATE.search(text)
    if found is None:
        return Unclear.NO_BIRTH_DATE
    day, month, year, first_year, second_month, third_day = found.groups()
    try:
        born = date(int(year or first_year), int(month or second_month), int(day or third_day))
    except ValueError:
        return Unclear.NOT_A_DATE
    name = " ".join((text[: found.start()] + text[found.end() :]).replace(",", " ").split())
    return Sought(SoughtBy.NAME, name, born) if name else Unclear.NO_NAME


def _is(kind: RefKind, text: str) -> bool:
    try:
        normalised(kind, text)
    except NotAnIdentifier:
        return False
    return True


def _is_receipt(text: str) -> bool:
    try:
        keys_behind(text)
    except ValueError:
        return False
    return True
