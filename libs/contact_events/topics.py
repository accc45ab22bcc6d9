"""The catalogue: every topic, what it says, who writes it and who reads it. Access rules, pictures and checks come from here."""

from dataclasses import dataclass
from datetime import timedelta

from contact_events.envelope import EventData
from contact_events.facts import (
    AddressBounced,
    AddressVerified,
    CircumstanceEnded,
    CircumstanceRecorded,
    CitizenErased,
    ContactWishSet,
    ContactWishWithdrawn,
    MandateEnded,
    MandateGranted,
    ReferencesLinked,
    ReferencesUnlinked,
)
from contact_events.interactions import InteractionCorrected, InteractionRecorded, InteractionWithdrawn
from contact_events.outreach import ChannelChosen, DeliveryReported, OutreachRequested
from contact_events.seen import InformationSeen

ADAPTERS = ("web_adapter", "phone_log_adapter", "counter_adapter", "intermediary_adapter")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `written_by` and `read_by` are services that exist; `kept` is how long the broker keeps it (decision 4)."""

    name: str
    says: str
    events: tuple[type[EventData], ...]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    partitions: int = 12
    kept: timedelta = timedelta(days=7)

    @property
    def parked(self) -> str:
        """The topic that shows operators what a reader of this one could not process."""
        return f"{self.name}-parked"


INTERACTIONS = Topic(
    name="interactions",
    says="a contact was recorded, corrected or withdrawn, with sealed contact points",
    events=(InteractionRecorded, InteractionCorrected, InteractionWithdrawn),
    written_by=ADAPTERS,
    read_by=("timeline", "channel_router", "address_book"),
)
CITIZEN_FACTS = Topic(
    name="citizen-facts",
    says="wishes, addresses verified or bounced, mandates, links, circumstances, erasure",
    events=(
        ContactWishSet,
        ContactWishWithdrawn,
        AddressVerified,
        AddressBounced,
        ReferencesLinked,
        ReferencesUnlinked,
        MandateGranted,
        MandateEnded,
        CircumstanceRecorded,
        CircumstanceEnded,
        CitizenErased,
    ),
    written_by=(*ADAPTERS, "timeline"),
    read_by=("timeline", "channel_router", "address_book"),
)
OUTREACH_REQUESTS = Topic(
    name="outreach-requests",
    says="somebody wants to tell a citizen something",
    events=(OutreachRequested,),
    written_by=("channel_router",),
    read_by=("channel_router",),
)
CHANNEL_CHOICES = Topic(
    name="channel-choices",
    says="the channel that was chosen, why, what was skipped and what comes next",
    events=(ChannelChosen,),
    written_by=("channel_router",),
    read_by=("timeline",),
)
DELIVERIES = Topic(
    name="deliveries",
    says="how a sending went",
    events=(DeliveryReported,),
    written_by=(),
    read_by=("timeline", "channel_router"),
)
ACCESS_LOG = Topic(
    name="access-log",
    says="who saw what of a citizen, for which purpose",
    events=(InformationSeen,),
    written_by=("timeline", "address_book"),
    read_by=("timeline",),
)

TOPICS: tuple[Topic, ...] = (
    INTERACTIONS,
    CITIZEN_FACTS,
    OUTREACH_REQUESTS,
    CHANNEL_CHOICES,
    DELIVERIES,
    ACCESS_LOG,
)

# A service that reads what it writes. Each is wanted, and named here so that a new one is seen.
PERMITTED_LOOPS: dict[str, str] = {
    "channel_router: outreach-requests": "its HTTP door writes the request down before its own reader decides on it",
    "timeline: citizen-facts": "a link made over HTTP is said to everybody, its own projection included",
    "timeline: access-log": "its own lines go out for others, and the address book's lines come in for the citizen's list",
}


def topic_of(event_class: type[EventData]) -> Topic:
    """Returns the topic an event class travels on."""
    return next(topic for topic in TOPICS if event_class in topic.events)
