"""What is known about a citizen apart from contacts, as a channel may state it."""

from datetime import datetime
from typing import Any, cast

from contact_events import facts
from contact_events.citizen_ref import NotAnIdentifier, RefKind
from contact_events.envelope import Event, EventData
from contact_events.matters import Matters
from contact_events.words import CitizenReference
from front_door import fact_bodies as given
from front_door.citizens import Recognised, recognised, signed_in
from front_door.contacts import CLOCK_ROOM, matter_fault
from front_door.door import ChannelDoor, Kind
from front_door.submission import DoorKeys, RefusalKind, Refused, Submission
from service_runtime.problems import FieldFault

EXAMPLE = {
    "id": "wish-2026-0001",
    "fact": "contact-wish-set",
    "citizen": {"bsn": "999990342"},
    "preferredChannels": ["letter"],
    "refusedChannels": ["sms"],
    "quietHours": [{"start": "21:00", "until": "09:00"}],
    "language": "dut",
}


def facts_kind(door: ChannelDoor) -> Kind:
    """Returns the kind of submission for the facts a channel may state."""
    return Kind(
        submission_type="nl.plein.citizen-fact.submitted.v1",
        bodies={name: given.FACT_BODIES[name] for name in sorted(door.facts)},
        example=EXAMPLE,
        interpret=lambda submission, keys, matters: stated(submission, keys, matters, door),
        told_apart_by="fact",
    )


def stated(
    submission: Submission[given.FactGiven], keys: DoorKeys, matters: Matters, door: ChannelDoor
) -> tuple[Event[Any], ...] | Refused:
    """Returns the fact as an event, or every fault at once."""
    body = submission.body
    faults = _faults(submission, matters)
    citizen_given = signed_in(body.citizen, submission.sender.bsn)
    if not citizen_given.says_who:
        faults.append(FieldFault("citizen", "/citizen", "say whom this is about: bsn, ref, phone, email or memberNumber"))
    found = recognised(citizen_given, keys, submission.sender, visitor=(submission.source, submission.id))
    if not isinstance(found, Recognised):
        return Refused(RefusalKind.INVALID, (*faults, *found))
    said = _Saying(submission, keys, found.citizen, body.at or submission.logged_at, door).data()
    if isinstance(said, Refused):
        return Refused(said.kind, (*faults, *said.faults))
    if faults:
        return Refused(RefusalKind.INVALID, tuple(faults))
    event: Event[Any] = Event(
        id=submission.id,
        source=submission.source,
        logged_at=submission.logged_at,
        content_digest=submission.digest,
        data=said,
    )
    return (event,)


def _faults(submission: Submission[given.FactGiven], matters: Matters) -> list[FieldFault]:
    body = submission.body
    faults = []
    if body.at is not None and body.at > submission.received_at + CLOCK_ROOM:
        faults.append(FieldFault("at", "/at", "a fact cannot lie in the future"))
    matter = getattr(body, "matter", None)
    if matter is not None and matter not in matters:
        faults.append(matter_fault("/matter"))
    for number, code in enumerate(getattr(body, "matters", ())):
        if code not in matters:
            faults.append(matter_fault(f"/matters/{number}"))
    return faults


class _Saying:
    """One body and what it is about, turned into the data of its event."""

    def __init__(
        self, submission: Submission[Any], keys: DoorKeys, citizen: CitizenReference, at: datetime, door: ChannelDoor
    ) -> None:
        self._body = submission.body
        self._sender = submission.sender
        self._keys = keys
        self._citizen = citizen
        self._at = at
        self._door = door

    def data(self) -> EventData | Refused:
        match self._body:
            case given.ContactWishSetGiven() as body:
                if self._sender.organisation is not None and body.through_organisation is not None:
                    return _not_your_own(
                        "throughOrganisation",
                        "only the citizen can ask to be told through an organisation: on the website, by phone or at the counter",
                    )
                return facts.ContactWishSet(
                    citizen=self._citizen,
                    set_at=self._at,
                    matter=body.matter,
                    preferred_channels=body.preferred_channels,
                    refused_channels=body.refused_channels,
                    quiet_hours=tuple(
                        facts.QuietHours(start=quiet.start, until=quiet.until, days=quiet.days) for quiet in body.quiet_hours
                    ),
                    language=body.language,
                    person_please=body.person_please,
                    through_organisation=body.through_organisation,
                    set_through=self._door.channel,
                )
            case given.ContactWishWithdrawnGiven() as body:
                return facts.ContactWishWithdrawn(citizen=self._citizen, withdrawn_at=self._at, matter=body.matter)
            case given.AddressVerifiedGiven() | given.AddressBouncedGiven() as body:
                return self._address(body)
            case given.MandateGrantedGiven() | given.MandateEndedGiven() as body:
                return self._mandate(body)
            case given.CircumstanceRecordedGiven() as body:
                return facts.CircumstanceRecorded(
                    citizen=self._citizen, circumstance=body.circumstance, since=self._at, register=body.register_name
                )
        ended = cast(given.CircumstanceEndedGiven, self._body)
        return facts.CircumstanceEnded(
            citizen=self._citizen, circumstance=ended.circumstance, ended_at=self._at, register=ended.register_name
        )

    def _address(self, body: given.AddressVerifiedGiven | given.AddressBouncedGiven) -> EventData | Refused:
        if (body.phone is None) == (body.email is None):
            return _refused("phone", "/phone", "say which contact point: exactly one of phone and email")
        kind, name = (RefKind.PHONE, "phone") if body.phone is not None else (RefKind.EMAIL, "email")
        try:
            point = self._keys.pseudonyms.ref(kind, body.phone or body.email or "").text
        except NotAnIdentifier as fault:
            return _refused(name, f"/{name}", str(fault))
        if isinstance(body, given.AddressVerifiedGiven):
            return facts.AddressVerified(
                citizen=self._citizen, contact_point=point, kind=kind, verified_at=self._at, verified_how=body.how
            )
        return facts.AddressBounced(
            citizen=self._citizen,
            contact_point=point,
            kind=kind,
            bounced_at=self._at,
            reason=body.reason,
            for_good=body.for_good,
        )

    def _mandate(self, body: given.MandateGrantedGiven | given.MandateEndedGiven) -> EventData | Refused:
        own = self._sender.organisation
        if own is not None and body.organisation not in (None, own):
            return _not_your_own("organisation", "an organisation speaks for itself only: leave this out")
        organisation = own or body.organisation
        if organisation is None:
            return _refused("organisation", "/organisation", "name the organisation that may act, as urn:nld:…")
        if isinstance(body, given.MandateEndedGiven):
            return facts.MandateEnded(
                mandate_id=body.mandate_id,
                citizen=self._citizen,
                organisation=organisation,
                ended_at=self._at,
                ended_by=body.ended_by or self._sender.name,
                reason=body.reason,
            )
        name = self._sender.organisation_name if own is not None else body.organisation_name
        if body.valid_until <= self._at:
            return _refused("validUntil", "/validUntil", "a mandate ends after it begins")
        return facts.MandateGranted(
            mandate_id=body.mandate_id,
            citizen=self._citizen,
            organisation=organisation,
            organisation_name=name or organisation,
            matters=body.matters,
            valid_from=self._at,
            valid_until=body.valid_until,
            proof=body.proof,
            proof_text=body.proof_text,
            granted_by=body.granted_by or self._sender.name,
        )


def _refused(name: str, pointer: str, reason: str) -> Refused:
    return Refused(RefusalKind.INVALID, (FieldFault(name, pointer, reason),))


def _not_your_own(name: str, reason: str) -> Refused:
    return Refused(RefusalKind.NOT_YOUR_OWN, (FieldFault(name, f"/{name}", reason),))
