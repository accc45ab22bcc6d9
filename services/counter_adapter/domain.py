"""A visit to the counter and what it means."""

from typing import Any, Literal

from pydantic import Field, StrictBool

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance
from contact_events.envelope import Event
from contact_events.matters import Matters
from front_door.contacts import Contact, recorded
from front_door.door import ChannelDoor
from front_door.given import ContactGiven, Mark, Moment, Name, Plain, SeveralQuestions
from front_door.submission import DoorKeys, Refused, Submission


class IdentityCheck(Plain):
    """Which document was shown. Its number is never asked and never kept."""

    document: Literal["none", "passport", "id_card", "driving_licence", "residence_permit"]
    chip_read: StrictBool = Field(default=False, description="the chip was read by a machine, not only looked at")


class CounterVisit(SeveralQuestions, ContactGiven):
    """A visit. `id` is the queue system's visit id; each question becomes a contact of its own in that one visit."""

    desk: Mark
    ticket: Mark | None = None
    visit: Literal["appointment", "walk_in"]
    identity_check: IdentityCheck | None = None
    employee: Name = Field(description="who helped and logged the visit")
    occurred_at: Moment
    ended_at: Moment | None = None


def visited(submission: Submission[CounterVisit], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns one contact per question, or every fault at once."""
    body = submission.body
    shown = body.identity_check.document if body.identity_check else "none"
    details = {"desk": body.desk, "visit": body.visit, "document": shown}
    if body.ticket:
        details["ticket"] = body.ticket
    contact = Contact(
        channel=Channel.COUNTER,
        occurred_at=body.occurred_at,
        ended_at=body.ended_at,
        reached=True,
        logged_by=body.employee,
        citizen=body.citizen,
        # The document is of who stands at the counter.
        sure=_sure(body.identity_check) if body.represented_by is None else Assurance.CLAIMED,
        represented_by=body.represented_by,
        details=details,
    )
    return recorded(submission, contact, body.each_question, keys, matters)


def _sure(check: IdentityCheck | None) -> Assurance:
    """Returns how sure a document makes us: looked at by a person substantial, its chip read high (EU 2015/1502)."""
    if check is None or check.document == "none":
        return Assurance.CLAIMED
    return Assurance.HIGH if check.chip_read else Assurance.SUBSTANTIAL


EXAMPLE = {
    "id": "visit-2026-0001",
    "desk": "balie 3",
    "ticket": "B042",
    "visit": "walk_in",
    "citizen": {"bsn": "999990342"},
    "identityCheck": {"document": "id_card"},
    "employee": "j.jansen",
    "occurredAt": "2026-11-05T13:40:00+01:00",
    "endedAt": "2026-11-05T13:52:00+01:00",
    "questions": [
        {
            "matter": "aow",
            "summary": "Komt met de brief over de AOW en vraagt wat zij moet invullen.",
            "answer": "Samen ingevuld en verstuurd.",
        }
    ],
}

DOOR = ChannelDoor(
    service="counter_adapter",
    title="Plein: the counter's door",
    description="Takes visits to the counter: which desk, by appointment or not, which document was shown, and every question.",
    channel=Channel.COUNTER,
    scope="interactions:counter:write",
    submission_type="nl.plein.counter-visit.submitted.v1",
    body=CounterVisit,
    example=EXAMPLE,
    interpret=visited,
    facts=frozenset(
        {
            "contact-wish-set",
            "contact-wish-withdrawn",
            "address-verified",
            "address-bounced",
            "mandate-granted",
            "mandate-ended",
            "circumstance-recorded",
            "circumstance-ended",
        }
    ),
)
