"""The small field types the events share: each says its limits once, and marks what is personal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from contact_events.channels import Channel
from contact_events.citizen_ref import Assurance, CitizenRef, RefKind
from contact_events.personal_data import personal


def open_code(known: Iterable[str], *, max_length: int = 80) -> msgspec.Meta:
    """Returns the annotation of an open enumeration: any code may come, and the schema names the ones known today."""
    return msgspec.Meta(
        min_length=1,
        max_length=max_length,
        pattern=r"^[a-z0-9][a-z0-9_.-]*\Z",
        extra_json_schema={"x-known-values": [str(value) for value in known]},
    )


# Wider than the national contact API (inhoud 1,000, reactie 4,000 characters), so nothing is ever truncated.
FreeText = Annotated[str, personal("free text", min_length=1, max_length=10_000)]
ShortText = Annotated[str, personal("free text", min_length=1, max_length=1_000)]
Heading = Annotated[str, personal("free text", min_length=1, max_length=200)]
# \Z, because $ also matches before a line break; the published schemas say $, which means the end there.
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*\Z")]
ChannelCode = Annotated[str, open_code(Channel, max_length=50)]
KindCode = Annotated[str, open_code([*RefKind, "postal"])]
AssuranceCode = Annotated[str, open_code(Assurance)]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{3}\Z", description="ISO 639-2/B, such as dut, eng, tur")]
Employee = Annotated[str, personal("employee", min_length=1, max_length=200)]
Organisation = Annotated[str, msgspec.Meta(min_length=5, max_length=200, pattern=r"^urn:nld:[^\s]+\Z")]
OrganisationName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
RefText = Annotated[str, personal("pseudonym", pattern=r"^c[1-9][0-9]{0,3}-[0-9a-f]{32}\Z")]
Sealed = Annotated[str, personal("sealed", min_length=60, max_length=2_000)]


class CitizenReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom an event is about: the pseudonym, what it was made from, and how sure we are."""

    ref: RefText
    kind: KindCode
    assurance: AssuranceCode

    @property
    def citizen_ref(self) -> CitizenRef:
        return CitizenRef.from_text(self.ref)


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phone number, e-mail address or other identifier that came with a contact: its reference, and its sealed text.

    `kind` is a RefKind for what can be looked for, or `postal` for a letter address.
    """

    kind: Code
    ref: RefText
    assurance: Code
    sealed: Sealed | None = None


class OnBehalf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who acts for the citizen, and on which ground: a mandate or a consent text that was read aloud."""

    organisation: Organisation
    organisation_name: OrganisationName
    mandate_id: Name | None = None
    consent_text: ShortText | None = None


class CallBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A promise to phone: before when, who owns it, what was asked, and when it was kept."""

    before: Moment
    owner: Employee | None = None
    contact_point: RefText | None = None
    asked: ShortText | None = None
    kept_at: Moment | None = None
