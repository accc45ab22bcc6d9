"""The catalogue: every topic, what it says, who writes it and who reads it. Access rules, pictures and checks come from here."""

from collections.abc import Iterable
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


KEPT = timedelta(days=7)
# An event of the codec's limit, with room for its key, its headers and the batch around it; parked, also for the reason.
MAX_MESSAGE_BYTES = 1_048_576
PARKED_PARTITIONS = 1


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `written_by` and `read_by` are services that exist; `kept` is how long the broker keeps it (decision 4).

    `followed_by` are services that look on it for erasures only, each by itself, to forget what it holds; they say nothing of it.

    The key of every message is the 16 bytes of the citizen's reference, so one citizen's events stay in order.
    """

    name: str
    says: str
    events: tuple[type[EventData], ...]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    followed_by: tuple[str, ...] = ()
    partitions: int = 12
    kept: timedelta = KEPT
    max_message_bytes: int = MAX_MESSAGE_BYTES

    @property
    def parked(self) -> str:
        """The topic that shows operators what a reader of this one could not process."""
        return f"{self.name}-parked"


@dataclass(frozen=True, slots=True)
class BrokerTopic:
    """What the broker must know of a topic."""

    name: str
    partitions: int
    kept_ms: int
    max_message_bytes: int


INTERACTIONS = Topic(
    name="interactions",
    says="a contact was recorded, corrected or withdrawn, with sealed contact points",
    events=(InteractionRecorded, InteractionCorrected, InteractionWithdrawn),
    written_by=ADAPTERS,
    read_by=("timeline", "channel_router", "address_book", "desk", "insight"),
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
    read_by=("timeline", "channel_router", "address_book", "desk", "my_plein", "for_a_member", "insight"),
    followed_by=ADAPTERS,
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
    written_by=("timeline", "channel_router", "address_book"),
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

# Every round an event can make through services. Each is wanted, and named here so that a new one is seen.
PERMITTED_LOOPS: dict[str, str] = {
    "channel_router > outreach-requests > channel_router": (
        "its HTTP door writes the request down before its own reader decides on it; a choice asks for nothing new"
    ),
    "timeline > citizen-facts > timeline": "a link made over HTTP is said to everybody, its own projection included",
    "timeline > access-log > timeline": "its own lines go out for others, and those of others come in for the citizen's list",
    "address_book > access-log > timeline > citizen-facts > address_book": (
        "the timeline keeps access lines for reading, and says facts only when a person asks it to over HTTP"
    ),
    "channel_router > access-log > timeline > citizen-facts > channel_router": (
        "the timeline keeps access lines for reading, and says facts only when a person asks it to over HTTP"
    ),
    "channel_router > channel-choices > timeline > citizen-facts > channel_router": (
        "the timeline keeps choices for reading, and says facts only when a person asks it to over HTTP"
    ),
}


def topic_of(event_class: type[EventData]) -> Topic:
    """Returns the topic an event class travels on."""
    return next(topic for topic in TOPICS if event_class in topic.events)


def broker_topics() -> tuple[BrokerTopic, ...]:
    """Returns every topic the broker carries: those of the catalogue, and the parked neighbour of each that is read."""
    carried = []
    for topic in TOPICS:
        kept_ms = int(topic.kept.total_seconds() * 1000)
        carried.append(BrokerTopic(topic.name, topic.partitions, kept_ms, topic.max_message_bytes))
        if topic.read_by:
            carried.append(BrokerTopic(topic.parked, PARKED_PARTITIONS, kept_ms, topic.max_message_bytes))
    return tuple(carried)


def loops(topics: Iterable[Topic]) -> frozenset[str]:
    """Returns every round from a service over topics back to itself, as `service > topic > … > service`.

    A round starts at the service whose name comes first, so that each is named once.
    """
    found: set[str] = set()
    said = [(writer, topic.name, reader) for topic in topics for writer in topic.written_by for reader in topic.read_by]

    def follow(start: str, here: str, path: tuple[str, ...]) -> None:
        for writer, topic_name, reader in said:
            if writer != here or topic_name in path:
                continue
            if reader == start:
                found.add(" > ".join((*path, topic_name, reader)))
            elif reader > start and reader not in path:
                follow(start, reader, (*path, topic_name, reader))

    for service in {writer for writer, _, _ in said}:
        follow(service, service, (service,))
    return frozenset(found)
