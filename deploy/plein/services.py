"""What the deployment knows of each service: its port and which secrets it may hold. Compose and `plein up` both follow this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contact_events.topics import ADAPTERS, TOPICS, Topic


class Secret(StrEnum):
    """A secret, by the name of the setting that carries it."""

    PSEUDONYM_KEYS = "pseudonym_keys"
    SEALING_KEY = "sealing_key"
    OPENING_KEY = "opening_key"
    STORAGE_KEYS = "storage_keys"
    SESSION_KEYS = "session_keys"


@dataclass(frozen=True, slots=True)
class DeployedService:
    """One process: the package that is started by its name."""

    name: str
    port: int
    secrets: frozenset[Secret]
    has_database: bool = True
    has_journal: bool = False
    # Services whose addresses it must be told, each by the name of the setting.
    asks: Mapping[str, str] = field(default_factory=dict)
    # It shows operators how every service is.
    watches: bool = False
    # The roles of the people who sign in at its pages; nobody signs in at a service without.
    roles: frozenset[str] = frozenset()

    @property
    def has_pages(self) -> bool:
        return bool(self.roles)

    @property
    def writes(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in TOPICS if self.name in topic.written_by)

    @property
    def reads(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in TOPICS if self.name in topic.read_by)

    @property
    def follows(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in TOPICS if self.name in topic.followed_by)


def _adapter(name: str, port: int) -> DeployedService:
    return DeployedService(
        name, port, frozenset({Secret.PSEUDONYM_KEYS, Secret.SEALING_KEY}), has_database=False, has_journal=True
    )


SERVICES: tuple[DeployedService, ...] = (
    *(_adapter(name, port) for name, port in zip(ADAPTERS, (8101, 8102, 8103, 8104), strict=True)),
    DeployedService("timeline", 8110, frozenset({Secret.PSEUDONYM_KEYS})),
    DeployedService("channel_router", 8111, frozenset({Secret.PSEUDONYM_KEYS})),
    # The only place that can open a sealed contact point (decision 9).
    DeployedService("address_book", 8112, frozenset({Secret.PSEUDONYM_KEYS, Secret.OPENING_KEY, Secret.STORAGE_KEYS})),
    DeployedService(
        "desk",
        8120,
        frozenset({Secret.SESSION_KEYS}),
        roles=frozenset({"agent", "counter", "caseworker", "operator"}),
        watches=True,
        asks={
            "timeline_url": "timeline",
            "phone_log_url": "phone_log_adapter",
            "counter_url": "counter_adapter",
            "router_url": "channel_router",
            "book_url": "address_book",
        },
    ),
    DeployedService(
        "my_plein",
        8121,
        frozenset({Secret.SESSION_KEYS}),
        roles=frozenset({"citizen"}),
        asks={"timeline_url": "timeline", "door_url": "web_adapter"},
    ),
    DeployedService(
        "for_a_member",
        8122,
        frozenset({Secret.SESSION_KEYS}),
        roles=frozenset({"helper"}),
        asks={"door_url": "intermediary_adapter"},
    ),
    DeployedService("insight", 8123, frozenset({Secret.SESSION_KEYS}), roles=frozenset({"adviser"})),
)


def service_named(name: str) -> DeployedService:
    """Returns the service of that name. Raises KeyError."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise KeyError(name)
