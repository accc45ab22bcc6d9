"""The answer of the router: the channel, the moment, the reasons, what was skipped and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from channel_router.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Step:
    """What happens when the channel before it fails."""

    channel: str
    not_before: datetime
    reason: Reason
    contact_point: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """How a citizen is reached. Moments are in UTC.

    `channel` is `person` when no channel can do it: an employee takes over. `skipped` has every channel of the policy
    that is neither chosen nor a next step; `since` says from when a skipped channel's reason holds, where that is known.
    The last of `next_steps` is always a person, unless the choice is one already.
    """

    channel: str
    not_before: datetime
    reasons: tuple[Reason, ...]
    policy_version: str
    language: str
    needs_person: bool
    sentence: Mapping[str, str]
    contact_point: str | None = None
    through_organisation: str | None = None
    send_before: datetime | None = None
    skipped: Mapping[str, Reason] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    next_steps: tuple[Step, ...] = ()
