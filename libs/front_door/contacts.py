"""From a channel's reading of its body to the recorded interactions: one event per question, whole or refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance
from contact_events.details import NEIGHBOURHOOD
from contact_events.envelope import Event
from contact_events.interactions import Direction, InteractionRecorded
from contact_events.matters import Matters
from contact_events.words import CallBack, CitizenReference, ContactPoint, OnBehalf
from front_door.citizens import NOBODY, Recognised, phone_point, recognised
from front_door.given import CallBackGiven, CitizenGiven, Question, SaidAboutContact
from front_door.submission import DoorKeys, RefusalKind, Refused, Submission
from service_runtime.problems import FieldFault

# Clocks of senders differ; a contact further ahead than this is a typing error, not a clock.
CLOCK_ROOM = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a channel knows of one contact apart from the questions in it.

    `pointer`, `bsn_pointer`, `phone_pointer` and `occurred_field` say where in the body these stand, for the faults.
    `other_phone` is a number that came along beside the citizen's own.
    """

    channel: Channel
    occurred_at: datetime
    citizen: CitizenGiven | None
    sure: Assurance = Assurance.CLAIMED
    pointer: str = "/citizen"
    bsn_pointer: str | None = None
    phone_pointer: str | None = None
    occurred_field: str = "occurredAt"
    other_phone: str | None = None
    other_phone_pointer: str = "/callerNumber"
    direction: Direction = "inbound"
    ended_at: datetime | None = None
    reached: bool | None = None
    logged_by: str | None = None
    on_behalf: OnBehalf | None = None
    represented_by: CitizenGiven | None = None
    details: dict[str, str] = field(default_factory=dict)


def recorded(
    submission: Submission[SaidAboutContact],
    contact: Contact,
    questions: Sequence[tuple[str, Question]],
    keys: DoorKeys,
    matters: Matters,
) -> tuple[Event[InteractionRecorded], ...] | Refused:
    """Returns one event per question, or every fault at once. `questions` are `(pointer, question)`.

    Several questions share one `conversation`, the submission's id.
    """
    body = submission.body
    faults = [*_moment_faults(submission, contact), *_matter_faults(questions, matters)]
    whom = recognised(
        contact.citizen or NOBODY,
        keys,
        submission.sender,
        visitor=(submission.source, submission.id),
        sure=contact.sure,
        pointer=contact.pointer,
    )
    if not isinstance(whom, Recognised):
        faults.extend(_where_they_stand(whom, contact))
    found = whom if isinstance(whom, Recognised) else None
    speaker = _speaker(submission, contact, keys)
    if isinstance(speaker, tuple):
        faults.extend(speaker)
    other = phone_point(contact.other_phone, keys, contact.other_phone_pointer) if contact.other_phone is not None else None
    if isinstance(other, FieldFault):
        faults.append(FieldFault(contact.other_phone_pointer.rpartition("/")[2], other.pointer, other.reason))
        other = None
    promise = _promise(body.call_back, found, contact, keys)
    if isinstance(promise, FieldFault):
        return Refused(RefusalKind.INVALID, (*faults, promise))
    if faults or found is None or isinstance(speaker, tuple):
        return Refused(RefusalKind.INVALID, tuple(faults))
    call_back, promised = promise
    every_point = tuple({point.ref: point for point in (*found.contact_points, *((other,) if other else ()), *promised)}.values())
    return tuple(
        Event(
            id=submission.event_id(number),
            source=submission.source,
            logged_at=submission.logged_at,
            content_digest=submission.digest,
            data=InteractionRecorded(
                citizen=found.citizen,
                channel=contact.channel,
                direction=contact.direction,
                matter=question.matter,
                heading=question.heading,
                occurred_at=contact.occurred_at,
                recorded_at=body.recorded_at or submission.logged_at,
                summary=question.summary,
                answer=question.answer,
                language=body.language,
                reached=contact.reached,
                ended_at=contact.ended_at,
                on_behalf=contact.on_behalf,
                represented_by=speaker,
                logged_by=contact.logged_by,
                confidential=body.confidential,
                # One promise, whatever the number of questions.
                call_back=call_back if number == 1 else None,
                related_case=question.related_case,
                conversation=submission.id if len(questions) > 1 else None,
                contact_points=every_point,
                no_medical_or_criminal_detail=body.no_medical_or_criminal_detail,
                details=contact.details | ({NEIGHBOURHOOD: body.neighbourhood} if body.neighbourhood else {}),
            ),
        )
        for number, (_, question) in enumerate(questions, start=1)
    )


def _speaker(
    submission: Submission[SaidAboutContact], contact: Contact, keys: DoorKeys
) -> CitizenReference | tuple[FieldFault, ...] | None:
    """Returns who spoke for the citizen, or what is wrong with how they were named. What they leave is theirs."""
    if contact.represented_by is None:
        return None
    visitor = (submission.source, f"{submission.id}/representedBy")
    whom = recognised(contact.represented_by, keys, submission.sender, visitor=visitor, pointer="/representedBy")
    return whom.citizen if isinstance(whom, Recognised) else whom


def _where_they_stand(faults: tuple[FieldFault, ...], contact: Contact) -> list[FieldFault]:
    """Points the faults at the fields the sender knows: a BSN of a sign-in, a caller's number."""
    elsewhere = {"bsn": contact.bsn_pointer, "phone": contact.phone_pointer}
    return [
        fault if (pointer := elsewhere.get(fault.name)) is None else FieldFault(pointer.rpartition("/")[2], pointer, fault.reason)
        for fault in faults
    ]


def _moment_faults(submission: Submission[SaidAboutContact], contact: Contact) -> list[FieldFault]:
    faults = []
    if contact.occurred_at > submission.received_at + CLOCK_ROOM:
        faults.append(FieldFault(contact.occurred_field, f"/{contact.occurred_field}", "a contact cannot lie in the future"))
    if contact.ended_at is not None and contact.ended_at < contact.occurred_at:
        faults.append(FieldFault("endedAt", "/endedAt", "a contact cannot end before it began"))
    written = submission.body.recorded_at
    if written is not None and written > submission.received_at + CLOCK_ROOM:
        faults.append(FieldFault("recordedAt", "/recordedAt", "a note cannot be written in the future"))
    return faults


def _matter_faults(questions: Sequence[tuple[str, Question]], matters: Matters) -> list[FieldFault]:
    return [matter_fault(f"{pointer}/matter") for pointer, question in questions if question.matter not in matters]


def matter_fault(pointer: str) -> FieldFault:
    """Returns the fault of a matter that the service catalogue does not name."""
    return FieldFault("matter", pointer, "is not a code of the service catalogue; `algemeen` suits what fits nowhere else")


def _promise(
    given: CallBackGiven | None, found: Recognised | None, contact: Contact, keys: DoorKeys
) -> tuple[CallBack | None, tuple[ContactPoint, ...]] | FieldFault:
    if given is None:
        return None, ()
    if given.before <= contact.occurred_at:
        return FieldFault("before", "/callBack/before", "the term of a call-back lies after the contact")
    points: tuple[ContactPoint, ...] = ()
    number = found.phone.text if found is not None and found.phone is not None else None
    if given.phone is not None:
        point = phone_point(given.phone, keys, "/callBack/phone")
        if isinstance(point, FieldFault):
            return point
        points = (point,)
        number = point.ref
    elif number is None and found is not None:
        return FieldFault("phone", "/callBack/phone", "a call-back needs a phone number, here or with the citizen")
    return CallBack(before=given.before, owner=given.owner, contact_point=number, asked=given.asked), points
