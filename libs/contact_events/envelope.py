"""The CloudEvents envelope by the NL GOV profile 1.1, and the typed event inside it."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from contact_events import facts, interactions, outreach, seen
from contact_events.citizen_ref import CitizenRef
from contact_events.identity import EventRef, event_key, event_key_bytes
from contact_events.words import Moment

EventData = (
    interactions.InteractionRecorded
    | interactions.InteractionCorrected
    | interactions.InteractionWithdrawn
    | facts.ContactWishSet
    | facts.ContactWishWithdrawn
    | facts.AddressVerified
    | facts.AddressBounced
    | facts.ReferencesLinked
    | facts.ReferencesUnlinked
    | facts.MandateGranted
    | facts.MandateEnded
    | facts.CircumstanceRecorded
    | facts.CircumstanceEnded
    | facts.CitizenErased
    | outreach.OutreachRequested
    | outreach.ChannelChosen
    | outreach.DeliveryReported
    | seen.InformationSeen
)
D = TypeVar("D", bound=EventData, covariant=True)

EVENT_CLASSES: tuple[type[EventData], ...] = EventData.__args__


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One CloudEvent as it stands on the wire; `data` still unread. `time` is when it was logged, never when it happened."""

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    time: Moment | None = None
    subject: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    contentdigest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")] | None = None
    data: msgspec.Raw = msgspec.Raw()


class Event(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """One event with its data read. `(source, id)` identifies it for ever; `citizen` is whose timeline it belongs to."""

    id: str
    source: str
    logged_at: datetime
    data: D
    content_digest: bytes | None = None

    @property
    def key(self) -> UUID:
        return event_key(self.source, self.id)

    @property
    def key_bytes(self) -> bytes:
        return event_key_bytes(self.source, self.id)

    @property
    def ref(self) -> EventRef:
        return EventRef(source=self.source, id=self.id)

    @property
    def type(self) -> str:
        return self.data.event_type

    @property
    def citizen(self) -> CitizenRef:
        return self.data.citizen.citizen_ref
