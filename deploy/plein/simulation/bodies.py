"""How each door wants to hear a contact: its own plain body."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from plein.simulation.questions import Asked
from plein.simulation.townspeople import Person, Town, employee

# Where the numbers of counter employees and of volunteers begin.
COUNTER_STAFF, VOLUNTEERS = 200, 300
_FORMS = ("contactformulier", "meldingsformulier", "afspraakformulier")
_CONSENT = "Ik vind het goed dat de vereniging dit voor mij vraagt."


def moment(at: datetime) -> str:
    """Returns a moment as bodies carry it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def web_form(dice: Random, person: Person | None, asked: Asked, at: datetime) -> dict[str, Any]:
    """A form: anonymous (`person` is None), with an e-mail address or phone number, or signed in."""
    body: dict[str, Any] = {
        "form": dice.choice(_FORMS),
        "matter": asked.matter,
        "summary": asked.summary,
        "occurredAt": moment(at),
    }
    if person is None:
        return body
    given: dict[str, Any] = {"name": person.name}
    way = dice.choices(("signed in", "email", "phone"), (55, 30, 15))[0]
    if person.email and way != "phone":
        given["email"] = person.email
    else:
        given["phone"] = person.phone
    if way == "signed in":
        body["signedIn"] = {"bsn": person.bsn, "level": dice.choice(("low", "substantial", "substantial", "high"))}
    return body | {"citizen": given, "language": person.language, "neighbourhood": person.neighbourhood}


def phone_call(
    dice: Random,
    person: Person,
    questions: Sequence[Asked],
    at: datetime,
    town: Town,
    *,
    written_at: datetime,
    may_promise: bool,
) -> dict[str, Any]:
    """A call; a note that is typed more than ten minutes later says so. Promised is only what is still to be kept."""
    reached = dice.random() > 0.06
    ended = at + timedelta(seconds=dice.randrange(60, 900) if reached else 25)
    is_withheld = dice.random() < 0.12
    body: dict[str, Any] = {
        "agent": employee(dice.randrange(1, town.agents + 1)),
        "queue": "burgerzaken" if questions[0].matter in ("paspoort", "rijbewijs", "verhuizing") else "algemeen",
        "startedAt": moment(at),
        "endedAt": moment(ended),
        "reached": reached,
        "language": person.language,
        "neighbourhood": person.neighbourhood,
        "questions": [_question(one, answered=reached) for one in questions],
    }
    if not is_withheld:
        body["callerNumber"] = person.phone
    if is_withheld or dice.random() < 0.7:
        body["citizen"] = {"bsn": person.bsn}
        body["identityCheck"] = "questions"
    if may_promise and reached and not is_withheld and dice.random() < 0.35:
        owner = dice.choice(("team klantcontact", "team klantcontact", "team balie", "Anouk Bakker"))
        body["callBack"] = {"before": moment(at + timedelta(days=dice.randrange(3, 8))), "owner": owner}
    if written_at - ended > timedelta(minutes=10):
        body["recordedAt"] = moment(written_at)
    return body


def counter_visit(dice: Random, person: Person, questions: Sequence[Asked], at: datetime, town: Town) -> dict[str, Any]:
    """A visit, nearly always with a document."""
    document = dice.choices(("id_card", "passport", "driving_licence", "residence_permit", "none"), (45, 25, 20, 3, 7))[0]
    return {
        "desk": f"balie {dice.randrange(1, town.desks + 1)}",
        "ticket": f"{dice.choice('ABC')}{dice.randrange(1, 200):03}",
        "visit": dice.choice(("appointment", "appointment", "walk_in")),
        "citizen": {"bsn": person.bsn, **({"phone": person.phone} if dice.random() < 0.2 else {})},
        "identityCheck": {"document": document, "chipRead": document != "none" and dice.random() < 0.4},
        "employee": employee(COUNTER_STAFF + dice.randrange(1, town.desks * 2 + 1)),
        "occurredAt": moment(at),
        "endedAt": moment(at + timedelta(minutes=dice.randrange(4, 25))),
        "language": person.language,
        "neighbourhood": person.neighbourhood,
        "questions": [_question(one, answered=True) for one in questions],
    }


def member_question(dice: Random, person: Person, asked: Asked, at: datetime, *, mandate: str | None) -> dict[str, Any]:
    """A question for a member, under a mandate or with consent."""
    member: dict[str, Any] = {"memberNumber": person.member_number, "bsn": person.bsn}
    if dice.random() < 0.3:
        member["phone"] = person.phone
    ground = {"mandateId": mandate} if mandate else {"consentText": _CONSENT}
    volunteer = employee(VOLUNTEERS + dice.randrange(1, 9))
    return {
        "member": member,
        **ground,
        "volunteer": volunteer,
        "matter": asked.matter,
        "summary": asked.summary,
        "occurredAt": moment(at),
        "language": person.language,
    }


def _question(asked: Asked, *, answered: bool) -> dict[str, Any]:
    return {"matter": asked.matter, "summary": asked.summary, **({"answer": asked.answer} if answered else {})}
