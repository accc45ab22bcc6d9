"""Corrections and withdrawals of what this sender recorded before: the same on every channel."""

from typing import Any

from pydantic import Field, StrictBool

from contact_events.citizen_ref import Assurance
from contact_events.envelope import Event
from contact_events.identity import EventRef
from contact_events.interactions import CorrectedFields, InteractionCorrected, InteractionWithdrawn
from contact_events.matters import Matters
from contact_events.words import CallBack
from front_door.citizens import NOBODY, Recognised, phone_point, recognised
from front_door.contacts import CLOCK_ROOM, matter_fault
from front_door.door import Kind
from front_door.given import (
    CitizenGiven,
    Code,
    EventId,
    FreeText,
    Identifier,
    LanguageCode,
    Moment,
    Name,
    Plain,
    ShortText,
    SourceName,
    Submitted,
)
from front_door.submission import DoorKeys, RefusalKind, Refused, Submission
from service_runtime.problems import FieldFault


class EarlierEvent(Plain):
    """The entry that is meant. Without `source` the sender's own."""

    source: SourceName | None = None
    id: EventId


class CallBackKept(Plain):
    """A promise to phone as it stands now; `keptAt` says when it was kept."""

    before: Moment
    owner: Name | None = None
    asked: ShortText | None = None
    phone: Identifier | None = None
    kept_at: Moment | None = None


class CorrectedGiven(Plain):
    """The new words; what is absent stays as it was."""

    matter: Code | None = None
    occurred_at: Moment | None = None
    summary: FreeText | None = None
    answer: FreeText | None = None
    language: LanguageCode | None = None
    reached: StrictBool | None = None
    confidential: StrictBool | None = None
    call_back: CallBackKept | None = None
    related_case: Name | None = None


class Amendment(Submitted):
    """What a correction and a withdrawal share. `citizen` is identified as in the entry itself, or by `ref`."""

    corrects: EarlierEvent
    citizen: CitizenGiven | None = None
    reason: ShortText = Field(description="why; shown beside the entry")
    recorded_at: Moment | None = None


class Correction(Amendment):
    """An earlier entry put right. The earlier words stay visible."""

    corrected: CorrectedGiven
    corrected_by: Name | None = None


class Withdrawal(Amendment):
    """An entry that should not have been on this timeline. It stays, struck through, with the reason."""

    withdrawn_by: Name | None = None


def corrected(submission: Submission[Correction], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns the correction, or every fault at once."""
    body = submission.body
    faults: list[FieldFault] = []
    call_back = _call_back(body.corrected.call_back, keys)
    if isinstance(call_back, FieldFault):
        faults.append(call_back)
        call_back = None
    fields = CorrectedFields(**body.corrected.model_dump(exclude={"call_back"}), call_back=call_back)
    if fields == CorrectedFields() and not faults:
        faults.append(FieldFault("corrected", "/corrected", "say at least one thing that becomes different"))
    if body.corrected.matter is not None and body.corrected.matter not in matters:
        faults.append(matter_fault("/corrected/matter"))
    if body.corrected.occurred_at is not None and body.corrected.occurred_at > submission.received_at + CLOCK_ROOM:
        faults.append(FieldFault("occurredAt", "/corrected/occurredAt", "a contact cannot lie in the future"))
    found = _whose(submission, keys)
    if not isinstance(found, Recognised):
        faults.extend(found)
    if faults or not isinstance(found, Recognised):
        return Refused(RefusalKind.INVALID, tuple(faults))
    data = InteractionCorrected(
        citizen=found.citizen,
        corrects=_earlier(submission),
        corrected=fields,
        reason=_reason(body),
        corrected_by=body.corrected_by or submission.sender.name,
        recorded_at=body.recorded_at or submission.logged_at,
    )
    return (_event(submission, data),)


def withdrawn(submission: Submission[Withdrawal], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns the withdrawal, or every fault at once."""
    body = submission.body
    found = _whose(submission, keys)
    if not isinstance(found, Recognised):
        return Refused(RefusalKind.INVALID, found)
    data = InteractionWithdrawn(
        citizen=found.citizen,
        withdraws=_earlier(submission),
        reason=_reason(body),
        withdrawn_by=body.withdrawn_by or submission.sender.name,
        recorded_at=body.recorded_at or submission.logged_at,
    )
    return (_event(submission, data),)


def _call_back(given: CallBackKept | None, keys: DoorKeys) -> CallBack | FieldFault | None:
    if given is None:
        return None
    point = phone_point(given.phone, keys, "/corrected/callBack/phone") if given.phone is not None else None
    if isinstance(point, FieldFault):
        return point
    return CallBack(
        before=given.before,
        owner=given.owner,
        contact_point=point.ref if point else None,
        asked=given.asked,
        kept_at=given.kept_at,
    )


def _earlier(submission: Submission[Any]) -> EventRef:
    meant = submission.body.corrects
    return EventRef(source=meant.source or submission.source, id=meant.id)


def _whose(submission: Submission[Any], keys: DoorKeys) -> Recognised | tuple[FieldFault, ...]:
    """Returns the citizen as the entry knew them: an anonymous one is the visitor of the submission the entry came in."""
    meant = _earlier(submission)
    head, mark, number = meant.id.rpartition("#")
    first = head if mark and number.isdecimal() else meant.id
    given = submission.body.citizen or NOBODY
    return recognised(given, keys, submission.sender, visitor=(meant.source, first), sure=Assurance.CLAIMED)


def _reason(body: Amendment) -> str:
    # These events have no field of their own for it, and it must not get lost.
    override = body.no_medical_or_criminal_detail
    return body.reason if override is None else f"{body.reason} (no medical or criminal detail: {override})"[:1_000]


def _event(submission: Submission[Any], data: Any) -> Event[Any]:
    return Event(
        id=submission.id,
        source=submission.source,
        logged_at=submission.logged_at,
        content_digest=submission.digest,
        data=data,
    )


CORRECTION = Kind(
    submission_type="nl.plein.correction.submitted.v1",
    bodies={"Correction": Correction},
    example={
        "id": "corr-2026-0001",
        "corrects": {"id": "form-2026-0001"},
        "citizen": {"bsn": "999990342"},
        "corrected": {"matter": "aow"},
        "reason": "Het ging over de AOW, niet over belasting.",
    },
    interpret=corrected,
)
WITHDRAWAL = Kind(
    submission_type="nl.plein.withdrawal.submitted.v1",
    bodies={"Withdrawal": Withdrawal},
    example={
        "id": "withdraw-2026-0001",
        "corrects": {"id": "form-2026-0001"},
        "citizen": {"bsn": "999990342"},
        "reason": "Dit contact was van iemand anders.",
    },
    interpret=withdrawn,
)
