"""A form submission and what it means."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance
from contact_events.details import ABOUT_ENTRY
from contact_events.envelope import Event
from contact_events.matters import Matters
from contact_events.sign_in_levels import LEVELS, assurance_of
from front_door.citizens import NOBODY, signed_in
from front_door.contacts import Contact, recorded
from front_door.door import ChannelDoor
from front_door.given import ContactGiven, FreeText, Identifier, Mark, Moment, OneQuestion, Plain
from front_door.submission import DoorKeys, Refused, Submission


def _known(level: str) -> str:
    if level not in LEVELS:
        raise ValueError("is not a level that is known here: low, substantial or high, or the acr of DigiD or eIDAS")
    return level


class SignedIn(Plain):
    """What the site learnt from the sign-in: the BSN, and the level as eIDAS word, eIDAS address or DigiD class."""

    bsn: Identifier
    level: Annotated[str, AfterValidator(_known)]


class WebForm(OneQuestion, ContactGiven):
    """A form submission. Without `citizen` and `signedIn` it is anonymous."""

    form: Mark | None = Field(default=None, description="which form of the site")
    signed_in: SignedIn | None = None
    summary: FreeText
    occurred_at: Moment | None = Field(default=None, description="when the form was sent; without it, when it was logged")
    about_entry: UUID | None = Field(default=None, description="the entry that this is about, such as one that is not right")


def submitted(submission: Submission[WebForm], keys: DoorKeys, matters: Matters) -> tuple[Event[Any], ...] | Refused:
    """Returns the contact, or every fault at once.

    A BSN proved by a sign-in, the site's or the citizen's own token, outranks one that was typed in.
    """
    body = submission.body
    citizen, sure, pointer = body.citizen or NOBODY, Assurance.CLAIMED, "/citizen"
    if submission.sender.bsn is not None:
        citizen, sure = signed_in(citizen, submission.sender.bsn), assurance_of(submission.sender.sign_in_level)
    elif body.signed_in is not None:
        citizen, sure = citizen.model_copy(update={"bsn": body.signed_in.bsn}), assurance_of(body.signed_in.level)
        pointer = "/signedIn"
    contact = Contact(
        channel=Channel.WEB,
        occurred_at=body.occurred_at or submission.logged_at,
        citizen=citizen,
        sure=sure,
        bsn_pointer=f"{pointer}/bsn",
        represented_by=body.represented_by,
        details=_details(body),
    )
    return recorded(submission, contact, body.each_question, keys, matters)


def _details(body: WebForm) -> dict[str, str]:
    known = {"form": body.form, ABOUT_ENTRY: str(body.about_entry) if body.about_entry else None}
    return {name: text for name, text in known.items() if text}


EXAMPLE = {
    "id": "form-2026-0001",
    "form": "contactformulier",
    "citizen": {"bsn": "999990342", "email": "devries@example.nl"},
    "matter": "aow",
    "summary": "Ik word in maart 67. Wanneer kan ik mijn AOW aanvragen?",
    "occurredAt": "2026-11-02T20:15:00+01:00",
}

DOOR = ChannelDoor(
    service="web_adapter",
    title="Plein: the website's door",
    description="Takes what a citizen sends through a form: anonymous, with an e-mail address or phone number, or signed in.",
    channel=Channel.WEB,
    scope="interactions:web:write",
    submission_type="nl.plein.web-form.submitted.v1",
    body=WebForm,
    example=EXAMPLE,
    interpret=submitted,
    facts=frozenset(
        {
            "contact-wish-set",
            "contact-wish-withdrawn",
            "address-verified",
            "address-bounced",
            "mandate-granted",
            "mandate-ended",
        }
    ),
)
