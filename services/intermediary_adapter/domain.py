"""A question an organisation asks for a member, and what it means."""

from typing import Any

from pydantic import Field

from contact_events.channels import Channel
from contact_events.envelope import Event
from contact_events.matters import Matters
from contact_events.words import OnBehalf
from front_door.contacts import Contact, recorded
from front_door.door import ChannelDoor
from front_door.given import CitizenGiven, FreeText, Mark, Moment, Name, OneQuestion, SaidAboutContact, ShortText
from front_door.submission import DoorKeys, RefusalKind, Refused, Submission
from service_runtime.problems import FieldFault

NO_ORGANISATION = FieldFault("organisation", "", "the access token names no organisation, and only one can help a member")


class MemberQuestion(OneQuestion, SaidAboutContact):
    """A question for a member. Who the organisation is stands in the token. `mandateId` or `consentText` is required."""

    member: CitizenGiven = Field(description="memberNumber or bsn, or both; with phone or e-mail where these were given")
    mandate_id: Mark | None = Field(default=None, description="the mandate under which the organisation acts")
    consent_text: ShortText | None = Field(default=None, description="the words the member agreed to, as read to them")
    volunteer: Name | None = Field(default=None, description="who of the organisation helped")
    summary: FreeText
    occurred_at: Moment | None = Field(default=None, description="when the member asked; without it, when it was logged")


def asked(submission: Submission[MemberQuestion], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns the contact on behalf of the member, or every fault at once."""
    body, sender = submission.body, submission.sender
    if sender.organisation is None:
        return Refused(RefusalKind.NO_ORGANISATION, (NO_ORGANISATION,))
    faults = _faults(body)
    contact = Contact(
        channel=Channel.INTERMEDIARY,
        occurred_at=body.occurred_at or submission.logged_at,
        logged_by=body.volunteer or sender.name,
        citizen=body.member,
        pointer="/member",
        on_behalf=OnBehalf(
            organisation=sender.organisation,
            organisation_name=sender.organisation_name or sender.organisation,
            mandate_id=body.mandate_id,
            consent_text=body.consent_text,
        ),
    )
    events = recorded(submission, contact, body.each_question, keys, matters)
    if isinstance(events, Refused):
        return Refused(events.kind, (*faults, *events.faults))
    return Refused(RefusalKind.INVALID, faults) if faults else events


def _faults(body: MemberQuestion) -> tuple[FieldFault, ...]:
    faults = []
    if body.member.member_number is None and body.member.bsn is None:
        faults.append(FieldFault("memberNumber", "/member/memberNumber", "say which member: a member number, a BSN or both"))
    if body.mandate_id is None and body.consent_text is None:
        reason = "say on which ground: a mandate, or the consent text that was read to the member"
        faults.append(FieldFault("mandateId", "/mandateId", reason))
    return tuple(faults)


EXAMPLE = {
    "id": "vraag-2026-0001",
    "member": {"memberNumber": "L-20417", "bsn": "999990342"},
    "consentText": "Ik vind het goed dat de seniorenclub dit voor mij vraagt.",
    "volunteer": "k.smit",
    "matter": "minimaregeling",
    "summary": "Ons lid wil weten of zij de regeling voor een laag inkomen kan krijgen.",
    "occurredAt": "2026-11-06T15:00:00+01:00",
}

DOOR = ChannelDoor(
    service="intermediary_adapter",
    title="Plein: the helpers' door",
    description="Takes what an organisation asks for its member, under a mandate or with consent. Gives a receipt, never a file.",
    channel=Channel.INTERMEDIARY,
    scope="interactions:intermediary:write",
    submission_type="nl.plein.member-question.submitted.v1",
    body=MemberQuestion,
    example=EXAMPLE,
    interpret=asked,
    facts=frozenset({"contact-wish-set", "contact-wish-withdrawn", "mandate-granted", "mandate-ended"}),
)
