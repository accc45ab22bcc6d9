"""How a contact point looks to somebody who has not asked to see it: enough to recognise, too little to use."""

import phonenumbers

from contact_events.citizen_ref import RefKind

_HIDDEN = "•"
_NOTHING = _HIDDEN * 5


def masked(kind: str, plain: str | None) -> str:
    """Returns the masked text: `06•••••678`, `m•••@example.nl`, `••••••342`; dots only for any other kind or no text."""
    if not plain:
        return _NOTHING
    match kind:
        case RefKind.PHONE:
            return _phone(plain)
        case RefKind.EMAIL:
            name, _, domain = plain.rpartition("@")
            return f"{name[:1]}{_HIDDEN * 3}@{domain}"
        case RefKind.BSN:
            return _HIDDEN * 6 + plain[-3:]
        case _:
            return _NOTHING


def _phone(plain: str) -> str:
    try:
        number = phonenumbers.parse(plain, "NL")
    except phonenumbers.NumberParseException:
        return _NOTHING
    digits = phonenumbers.national_significant_number(number)
    lead = f"0{digits[:1]}" if number.country_code == 31 else f"+{number.country_code} "
    hidden = digits[1:-3] if number.country_code == 31 else digits[:-3]
    return f"{lead}{_HIDDEN * len(hidden)}{digits[-3:]}"
