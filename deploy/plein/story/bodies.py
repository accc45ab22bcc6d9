"""What Mrs. De Vries and her helpers do, in each door's own words. Ids and moments are fixed: played again, it is one story."""

from typing import Any

from plein.local.personas import MRS_DE_VRIES_BSN

CITIZEN = {"bsn": MRS_DE_VRIES_BSN}
PHONE = "0612345678"
EMAIL = "devries@example.nl"

WEB_FORM: dict[str, Any] = {
    "id": "verhaal-formulier",
    "form": "contactformulier",
    "citizen": {**CITIZEN, "email": EMAIL, "phone": PHONE},
    "matter": "aow",
    "summary": "Ik word in maart 67. Wanneer kan ik mijn AOW aanvragen?",
    "occurredAt": "2026-11-16T20:15:00+01:00",
}
PHONE_CALL: dict[str, Any] = {
    "id": "verhaal-telefoon",
    "callerNumber": PHONE,
    "citizen": CITIZEN,
    "identityCheck": "questions",
    "agent": "s.bakker",
    "startedAt": "2026-11-18T10:02:00+01:00",
    "endedAt": "2026-11-18T10:09:30+01:00",
    "reached": True,
    "questions": [{"matter": "aow", "summary": "Vraagt of haar vraag over de AOW is aangekomen."}],
}
COUNTER_VISIT: dict[str, Any] = {
    "id": "verhaal-balie",
    "desk": "balie 3",
    "ticket": "B042",
    "visit": "walk_in",
    "citizen": CITIZEN,
    "identityCheck": {"document": "id_card"},
    "employee": "j.jansen",
    "occurredAt": "2026-11-19T13:40:00+01:00",
    "questions": [{"matter": "aow", "summary": "Komt met de brief over de AOW.", "answer": "Samen ingevuld en verstuurd."}],
}
MEMBER_QUESTION: dict[str, Any] = {
    "id": "verhaal-seniorenclub",
    "member": {**CITIZEN, "memberNumber": "L-20417"},
    "consentText": "Ik vind het goed dat de seniorenclub dit voor mij vraagt.",
    "volunteer": "k.smit",
    "matter": "aow",
    "summary": "Ons lid wil weten of de aanvraag nu compleet is.",
    "occurredAt": "2026-11-20T15:00:00+01:00",
}
LATE_NOTE: dict[str, Any] = {
    "id": "verhaal-late-notitie",
    "citizen": CITIZEN,
    "agent": "s.bakker",
    "startedAt": "2026-11-17T09:30:00+01:00",
    "recordedAt": "2026-11-17T10:35:00+01:00",
    "questions": [{"matter": "aow", "summary": "Belde kort of zij een formulier nodig heeft; later uitgewerkt."}],
}
TAX_CALL: dict[str, Any] = {
    "id": "verhaal-belasting",
    "citizen": CITIZEN,
    "agent": "m.dekker",
    "startedAt": "2026-11-12T11:00:00+01:00",
    "questions": [{"matter": "belasting", "summary": "Wil de aanslag in termijnen betalen."}],
}
HELP_AT_HOME: dict[str, Any] = {
    "id": "verhaal-wmo",
    "desk": "balie 1",
    "visit": "appointment",
    "citizen": CITIZEN,
    "identityCheck": {"document": "id_card"},
    "employee": "j.jansen",
    "occurredAt": "2026-11-13T09:20:00+01:00",
    "questions": [{"matter": "wmo-melding", "summary": "Vraagt hulp bij het huishouden."}],
}
NOT_HERE: dict[str, Any] = {
    "id": "verhaal-niet-hier",
    "citizen": CITIZEN,
    "matter": "algemeen",
    "summary": "De huisarts heeft mij de diagnose kanker gegeven en ik krijg chemotherapie.",
    "occurredAt": "2026-11-20T16:00:00+01:00",
}
NO_TEXT_MESSAGES: dict[str, Any] = {
    "id": "verhaal-geen-sms",
    "fact": "contact-wish-set",
    "citizen": CITIZEN,
    "refusedChannels": ["sms"],
    "at": "2026-11-16T20:20:00+01:00",
}
EMAIL_BOUNCED: dict[str, Any] = {
    "id": "verhaal-mail-terug",
    "fact": "address-bounced",
    "citizen": CITIZEN,
    "email": EMAIL,
    "at": "2026-06-03T08:00:00+02:00",
}
MAY_ASK_FOR_HER: dict[str, Any] = {
    "id": "verhaal-machtiging",
    "fact": "mandate-granted",
    "citizen": {**CITIZEN, "memberNumber": "L-20417"},
    "mandateId": "machtiging-20417",
    "matters": ["aow"],
    "proof": "signed_form",
    "validUntil": "2027-11-20T00:00:00+01:00",
    "at": "2026-11-20T14:30:00+01:00",
}
TO_TELL_HER: dict[str, Any] = {"id": "verhaal-wij-vertellen", "title": "Uw AOW begint in maart"}
