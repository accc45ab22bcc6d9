"""What the router knows about one citizen when it decides: everything it has learned, joined over linked references."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from contact_events.citizen_ref import CitizenRef
from contact_events.facts import ContactWishSet


class Circumstance(StrEnum):
    """What changes how somebody may be approached; open text in events, these are the ones the router acts on."""

    DECEASED = "deceased"
    SECRET_ADDRESS = "secret_address"  # noqa: S105 (the word is about an address)


@dataclass(frozen=True, slots=True)
class Address:
    """A contact point as the router knows it: the reference, never the text.

    `kind` is phone, email or postal. `seen_at` is when the citizen last used or gave it; `bounced_at` and
    `refused_at` are the last time something came back for good, or for a while.
    """

    contact_point: str
    kind: str
    assurance: str = "claimed"
    seen_at: datetime | None = None
    verified_at: datetime | None = None
    bounced_at: datetime | None = None
    refused_at: datetime | None = None

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def has_bounced(self) -> bool:
        """Reads as bounced until it is verified anew; being mentioned again is no proof that it works."""
        return self.bounced_at is not None and (self.verified_at is None or self.verified_at <= self.bounced_at)


@dataclass(frozen=True, slots=True)
class Contact:
    """One time that contact through a channel worked (`reached`) or did not. `signed_in`: with a proven identity."""

    channel: str
    at: datetime
    reached: bool
    inbound: bool = False
    signed_in: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate that was granted and has not been ended before `valid_until`."""

    organisation: str
    organisation_name: str
    valid_from: datetime
    valid_until: datetime
    matters: tuple[str, ...] = ()

    def covers(self, matter: str, at: datetime) -> bool:
        return self.valid_from <= at < self.valid_until and (not self.matters or matter in self.matters)


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How sendings through a channel went lately, for everybody together."""

    tried: int
    failed: int


NO_HEALTH: Mapping[str, ChannelHealth] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CitizenFacts:
    """All that `preferred_channel` looks at besides the request.

    `kinds` are the kinds of reference this person is known by (`bsn`: the register knows where to send a letter).
    `contacts` are newest first. `outreaches` are the moments of what was chosen for this citizen before. `linked_to` are the
    other references that are this person: what is known under them is in here too.
    """

    kinds: frozenset[str] = frozenset()
    wishes: tuple[ContactWishSet, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    circumstances: frozenset[str] = frozenset()
    outreaches: tuple[datetime, ...] = ()
    health: Mapping[str, ChannelHealth] = field(default_factory=lambda: NO_HEALTH)
    linked_to: frozenset[CitizenRef] = frozenset()
