"""What becomes known beside contacts: wishes, addresses that work or do not, mandates, circumstances, corrections."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from plein.simulation.bodies import moment
from plein.simulation.planned import COUNTER, INTERMEDIARY, PHONE, WEB
from plein.simulation.questions import about
from plein.simulation.townspeople import Person

_WISHES: tuple[Mapping[str, Any], ...] = (
    {"preferredChannels": ["letter"]},
    {"preferredChannels": ["email", "phone"]},
    {"refusedChannels": ["sms"]},
    {"refusedChannels": ["phone"], "preferredChannels": ["email"]},
    {"quietHours": [{"start": "20:00", "until": "09:00"}]},
    {"personPlease": True, "preferredChannels": ["phone"]},
    {"matter": "belasting", "preferredChannels": ["letter"]},
)


def fact(dice: Random, person: Person, at: datetime) -> tuple[str, dict[str, Any]]:
    """Returns something that became known about a person, and the door that says so."""
    kinds = ("wish", "verified", "bounced", "withdrawn", "circumstance")
    kind = dice.choices(kinds, (45, 30, 15, 6, 4))[0]
    whom = {"citizen": {"bsn": person.bsn}, "at": moment(at)}
    point = {"email": person.email} if person.email and dice.random() < 0.6 else {"phone": person.phone}
    match kind:
        case "wish":
            return dice.choice((WEB, PHONE, COUNTER)), {"fact": "contact-wish-set", **whom, **dice.choice(_WISHES)}
        case "verified":
            return WEB, {"fact": "address-verified", **whom, **point, "how": "code_sent"}
        case "bounced":
            return WEB, {"fact": "address-bounced", **whom, **point, "forGood": dice.random() < 0.8}
        case "withdrawn":
            return PHONE, {"fact": "contact-wish-withdrawn", **whom}
        case _:
            said = dice.choices(("secret_address", "deceased"), (70, 30))[0]
            return COUNTER, {"fact": "circumstance-recorded", **whom, "circumstance": said, "register": "brp"}


def mandate(person: Person, mandate_id: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """Returns the mandate that a member gives its club for a year."""
    return INTERMEDIARY, {
        "fact": "mandate-granted",
        "citizen": {"memberNumber": person.member_number, "bsn": person.bsn},
        "at": moment(at),
        "mandateId": mandate_id,
        "validUntil": moment(at + timedelta(days=365)),
        "proof": "signed_form",
    }


def correction(dice: Random, whose: Mapping[str, Any], corrects: str, matter: str) -> dict[str, Any]:
    """Returns an earlier contact put right."""
    better = about(dice, matter)
    return {
        "corrects": {"id": corrects},
        "citizen": dict(whose),
        "corrected": {"summary": better.summary},
        "reason": "De vraag was anders bedoeld.",
    }


def withdrawal(whose: Mapping[str, Any], corrects: str) -> dict[str, Any]:
    """Returns an earlier contact taken back."""
    return {"corrects": {"id": corrects}, "citizen": dict(whose), "reason": "Op de verkeerde inwoner gezet."}
