"""From the form to what the door of the channel takes: every fault named by its field, and nothing half said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from desk.domain.contact import At, ContactInHand

HERE = ZoneInfo("Europe/Amsterdam")
# What a door takes of one contact.
MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; `why` is a code that the page has words for."""

    field: str
    why: str


QUESTION_FIELDS = ("matter", "summary", "answer", "related_case")
TYPED_FREELY = ("summary", "answer", "call_back_asked")
SHORTEST_REASON = 10


def without_empty_questions(contact: ContactInHand) -> ContactInHand:
    """Returns the contact without the questions in which nothing was typed: they were never meant. One always stays."""
    columns = {name: contact.fields.get(name, ()) for name in QUESTION_FIELDS if name in contact.fields}
    rows = range(max((len(values) for values in columns.values()), default=0))
    meant = [row for row in rows if any(row < len(values) and values[row].strip() for values in columns.values())] or [0]
    kept = {name: tuple(values[row] if row < len(values) else "" for row in meant) for name, values in columns.items()}
    return contact.with_fields({**contact.fields, **kept})


def without_what_is_not_kept(contact: ContactInHand, is_sensitive: Callable[[str], bool]) -> ContactInHand:
    """Returns the contact as a draft may be kept: without texts that look medical or criminal, unless there is a reason why they
    are not. Such a text stays on the screen of who typed it, and nowhere else.
    """
    if len(contact.value("no_medical_or_criminal_detail").strip()) >= SHORTEST_REASON:
        return contact
    kept = {
        name: tuple("" if name in TYPED_FREELY and is_sensitive(value) else value for value in values)
        for name, values in contact.fields.items()
    }
    return contact.with_fields(kept)


def body_of(contact: ContactInHand, employee: str, now: datetime) -> dict[str, Any] | tuple[Fault, ...]:
    """Returns the body for the phone's or the counter's door, or every fault at once. `now` is when the form was sent."""
    reading = _Reading(contact.fields)
    occurred_at = reading.moment("day", "clock", contact.opened_at)
    questions = reading.questions()
    body: dict[str, Any] = {
        "id": str(contact.id),
        "questions": questions,
        "language": contact.value("language", "dut"),
        "confidential": contact.value("confidential") == "yes",
        "recordedAt": _text(now),
    }
    if contact.whom is not None:
        body["citizen"] = {"ref": contact.whom.citizen, "refKind": contact.whom.kind}
    if contact.value("represented") == "yes":
        phone = contact.value("represented_phone").strip()
        body["representedBy"] = {"phone": phone} if phone else {}
    if contact.value("call_back") == "yes":
        body["callBack"] = reading.call_back()
    reason = contact.value("no_medical_or_criminal_detail").strip()
    if reason:
        body["noMedicalOrCriminalDetail"] = reason
    if contact.at is At.PHONE:
        body |= _call(contact, employee, occurred_at, now, is_late=reading.has_moment)
    else:
        body |= _visit(contact, employee, occurred_at, now, is_late=reading.has_moment)
    return tuple(reading.faults) or body


def _call(contact: ContactInHand, employee: str, occurred_at: datetime, now: datetime, *, is_late: bool) -> dict[str, Any]:
    number = contact.value("caller_number").strip()
    was_reached = contact.value("reached", "yes") == "yes"
    return {
        "agent": employee,
        "startedAt": _text(occurred_at),
        **({} if is_late else {"endedAt": _text(now)}),
        "direction": contact.value("direction", "inbound"),
        "reached": was_reached,
        "identityCheck": "questions" if contact.value("identity") == "questions" else "none",
        **({"callerNumber": number} if number else {}),
        # Nobody was reached: the promise still stands.
        **({"keepsCallBack": contact.value("keeps")} if contact.value("keeps") and was_reached else {}),
    }


def _visit(contact: ContactInHand, employee: str, occurred_at: datetime, now: datetime, *, is_late: bool) -> dict[str, Any]:
    document = contact.value("identity", "none")
    ticket = contact.value("ticket").strip()
    return {
        "employee": employee,
        "desk": contact.value("counter", "balie"),
        "visit": contact.value("visit", "walk_in"),
        "occurredAt": _text(occurred_at),
        **({} if is_late else {"endedAt": _text(now)}),
        **({"identityCheck": {"document": document, "chipRead": contact.value("chip") == "yes"}} if document != "none" else {}),
        **({"ticket": ticket} if ticket else {}),
    }


class _Reading:
    """Reads a form, and keeps what is wrong with it."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields
        self.faults: list[Fault] = []

    def _one(self, name: str) -> str:
        values = self._fields.get(name, ())
        return values[0].strip() if values else ""

    @property
    def has_moment(self) -> bool:
        return bool(self._one("day"))

    def moment(self, day: str, clock: str, otherwise: datetime) -> datetime:
        """Returns when it happened: now, or the day and time of a note that is typed later."""
        if not self._one(day):
            return otherwise
        return self._local(day, clock) or otherwise

    def _local(self, day: str, clock: str) -> datetime | None:
        try:
            found = date.fromisoformat(self._one(day))
        except ValueError:
            self.faults.append(Fault(day, "not_a_date"))
            return None
        try:
            at = time.fromisoformat(self._one(clock) or "12:00")
        except ValueError:
            self.faults.append(Fault(clock, "not_a_time"))
            return None
        return datetime.combine(found, at, HERE).astimezone(UTC)

    def questions(self) -> list[dict[str, str]]:
        """Returns each question that has something in it. What is wholly empty was never meant."""
        matters = self._fields.get("matter", ())
        found = []
        for number in range(len(matters)):
            question = {
                name: text
                for name, field in (
                    ("matter", "matter"),
                    ("summary", "summary"),
                    ("answer", "answer"),
                    ("relatedCase", "related_case"),
                )
                if (text := self._at(field, number))
            }
            if not question:
                continue
            if "matter" not in question:
                self.faults.append(Fault(f"matter-{number + 1}", "missing"))
            if "summary" not in question and "answer" not in question:
                self.faults.append(Fault(f"summary-{number + 1}", "missing"))
            found.append(question)
        if not found:
            self.faults.append(Fault("matter-1", "missing"))
        if len(found) > MOST_QUESTIONS:
            self.faults.append(Fault(f"matter-{MOST_QUESTIONS + 1}", "too_many"))
        return found

    def _at(self, field: str, number: int) -> str:
        values = self._fields.get(field, ())
        return values[number].strip() if number < len(values) else ""

    def call_back(self) -> dict[str, str]:
        """Returns the promise to phone; it needs a term, because nobody waits for one without."""
        before = self._local("call_back_day", "call_back_clock")
        if before is None:
            return {}
        texts = {
            "owner": self._one("call_back_owner"),
            "asked": self._one("call_back_asked"),
            "phone": self._one("call_back_phone"),
        }
        return {"before": _text(before), **{name: text for name, text in texts.items() if text}}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
