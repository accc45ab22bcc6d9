"""The bodies of `POST /v1/citizen-facts`: one per fact, told apart by `fact`."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from contact_events.channels import Channel
from front_door.given import CitizenGiven, Code, Identifier, LanguageCode, Mark, Moment, Name, Plain, ShortText, Submitted

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Annotated[int, Field(ge=1, le=7, strict=True)]
ChannelCode = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
OrganisationUrn = Annotated[str, StringConstraints(min_length=5, max_length=200, pattern=r"^urn:nld:\S+$")]


class QuietHoursGiven(Plain):
    """Do not disturb from `start` until `until`, local time; `until` before `start` passes midnight."""

    start: ClockTime
    until: ClockTime
    days: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)


class FactGiven(Submitted):
    """What every fact carries. `at` is when it became so; without it, when it was logged."""

    citizen: CitizenGiven
    at: Moment | None = None


class ContactWishSetGiven(FactGiven):
    """How the citizen wants to be reached, in general or for one `matter`; replaces the wish before it."""

    fact: Literal["contact-wish-set"]
    matter: Code | None = None
    preferred_channels: tuple[ChannelCode, ...] = Field(default=(), description=f"such as {', '.join(list(Channel)[:3])}")
    refused_channels: tuple[ChannelCode, ...] = ()
    quiet_hours: tuple[QuietHoursGiven, ...] = ()
    language: LanguageCode | None = None
    person_please: StrictBool = False
    through_organisation: OrganisationUrn | None = None


class ContactWishWithdrawnGiven(FactGiven):
    """The citizen took back the wish for a matter, or the general one."""

    fact: Literal["contact-wish-withdrawn"]
    matter: Code | None = None


class AddressGiven(FactGiven):
    """Which contact point: exactly one of `phone` and `email`."""

    phone: Identifier | None = None
    email: Identifier | None = None


class AddressVerifiedGiven(AddressGiven):
    """A phone number or e-mail address proved to be the citizen's, for example by a code that was sent to it."""

    fact: Literal["address-verified"]
    how: Code = "code_sent"


class AddressBouncedGiven(AddressGiven):
    """Something sent there came back."""

    fact: Literal["address-bounced"]
    reason: Code = "undeliverable"
    for_good: StrictBool = True


class MandateGrantedGiven(FactGiven):
    """The citizen lets an organisation act. Without `organisation` the sender's own is meant."""

    fact: Literal["mandate-granted"]
    mandate_id: Mark
    organisation: OrganisationUrn | None = None
    organisation_name: Name | None = None
    matters: tuple[Code, ...] = ()
    valid_until: Moment
    proof: Code
    proof_text: ShortText | None = None
    granted_by: Name | None = None


class MandateEndedGiven(FactGiven):
    """A mandate stopped before its term. Without `organisation` the sender's own is meant."""

    fact: Literal["mandate-ended"]
    mandate_id: Mark
    organisation: OrganisationUrn | None = None
    ended_by: Name | None = None
    reason: ShortText | None = None


class CircumstanceRecordedGiven(FactGiven):
    """Something a register says that changes how a citizen may be approached: `deceased`, `secret_address`."""

    fact: Literal["circumstance-recorded"]
    circumstance: Code
    register_name: Code = Field(alias="register", description="the register that says so, such as brp")


class CircumstanceEndedGiven(FactGiven):
    """A circumstance no longer holds."""

    fact: Literal["circumstance-ended"]
    circumstance: Code
    register_name: Code = Field(alias="register", description="the register that says so, such as brp")


FACT_BODIES: dict[str, type[FactGiven]] = {
    "contact-wish-set": ContactWishSetGiven,
    "contact-wish-withdrawn": ContactWishWithdrawnGiven,
    "address-verified": AddressVerifiedGiven,
    "address-bounced": AddressBouncedGiven,
    "mandate-granted": MandateGrantedGiven,
    "mandate-ended": MandateEndedGiven,
    "circumstance-recorded": CircumstanceRecordedGiven,
    "circumstance-ended": CircumstanceEndedGiven,
}
