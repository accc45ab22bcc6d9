"""A logged phone call and what it means."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance
from contact_events.details import KEEPS_CALL_BACK
from contact_events.envelope import Event
from contact_events.matters import Matters
from front_door.citizens import NOBODY
from front_door.contacts import Contact, recorded
from front_door.door import ChannelDoor
from front_door.given import ContactGiven, Identifier, Mark, Moment, Name, SeveralQuestions
from front_door.submission import DoorKeys, Refused, Submission


class PhoneCall(SeveralQuestions, ContactGiven):
    """A call. `id` is the telephone exchange's call id; each question becomes a contact of its own in that one call."""

    caller_number: Identifier | None = Field(default=None, description="the number as the exchange saw it; absent when withheld")
    identity_check: Literal["none", "questions"] = Field(
        default="none", description="`questions`: the agent asked the control questions and the answers were right"
    )
    agent: Name = Field(description="who logged the call")
    queue: Mark | None = None
    direction: Literal["inbound", "outbound"] = "inbound"
    started_at: Moment
    ended_at: Moment | None = None
    reached: StrictBool = Field(default=True, description="false when nobody answered")
    keeps_call_back: UUID | None = Field(default=None, description="the entry whose promise to phone this call keeps")


def logged(submission: Submission[PhoneCall], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns one contact per question, or every fault at once. A caller's number is a claim: anyone can send one."""
    body = submission.body
    citizen, speaker = body.citizen or NOBODY, body.represented_by
    if speaker is not None and speaker.phone is None:
        # The number that calls is of whoever calls.
        speaker = speaker.model_copy(update={"phone": body.caller_number})
    is_the_only_number = body.caller_number is not None and citizen.phone is None and speaker is None
    if is_the_only_number:
        citizen = citizen.model_copy(update={"phone": body.caller_number})
    contact = Contact(
        channel=Channel.PHONE,
        direction=body.direction,
        occurred_at=body.started_at,
        occurred_field="startedAt",
        ended_at=body.ended_at,
        reached=body.reached,
        logged_by=body.agent,
        citizen=citizen,
        # Whoever speaks for somebody else answers no control questions for them.
        sure=Assurance.LOW if body.identity_check == "questions" and speaker is None else Assurance.CLAIMED,
        phone_pointer="/callerNumber" if is_the_only_number else None,
        other_phone=None if is_the_only_number or speaker is not None else body.caller_number,
        represented_by=speaker,
        details=_details(body),
    )
    return recorded(submission, contact, body.each_question, keys, matters)


def _details(body: PhoneCall) -> dict[str, str]:
    known = {"queue": body.queue, KEEPS_CALL_BACK: str(body.keeps_call_back) if body.keeps_call_back else None}
    return {name: text for name, text in known.items() if text}


EXAMPLE = {
    "id": "call-2026-0001",
    "callerNumber": "0612345678",
    "citizen": {"bsn": "999990342"},
    "identityCheck": "questions",
    "agent": "s.bakker",
    "startedAt": "2026-11-04T10:02:00+01:00",
    "endedAt": "2026-11-04T10:09:30+01:00",
    "reached": True,
    "questions": [
        {
            "matter": "aow",
            "summary": "Vraagt of de AOW-aanvraag is aangekomen.",
            "answer": "De aanvraag loopt bij de SVB, uitgelegd hoe zij die kan volgen.",
        },
        {"matter": "belasting", "summary": "Wil de aanslag in termijnen betalen."},
    ],
    "recordedAt": "2026-11-04T11:10:00+01:00",
    "callBack": {"before": "2026-11-09T17:00:00+01:00", "owner": "team belastingen"},
}

DOOR = ChannelDoor(
    service="phone_log_adapter",
    title="Plein: the phone's door",
    description="Takes calls as agents log them, also later: the number, when, reached or not, and every question in the call.",
    channel=Channel.PHONE,
    scope="interactions:phone:write",
    submission_type="nl.plein.phone-call.submitted.v1",
    body=PhoneCall,
    example=EXAMPLE,
    interpret=logged,
    facts=frozenset({"contact-wish-set", "contact-wish-withdrawn", "address-verified", "address-bounced"}),
)
