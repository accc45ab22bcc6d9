"""What worked before: which channels brought contact, and which got no answer."""

from datetime import datetime

from channel_router.domain.facts import CitizenFacts
from channel_router.domain.policy import Policy
from contact_events.channels import Channel


def history_of(channel: str, facts: CitizenFacts, policy: Policy, now: datetime) -> tuple[bool, int]:
    """Returns whether a channel worked within the policy's look-back, and how many tries in a row got no answer since."""
    worked, tries = False, 0
    for contact in facts.contacts:
        if contact.at < now - policy.history.look_back or _channel_of(contact.channel, contact.signed_in) != channel:
            continue
        if contact.reached:
            worked = True
            break
        tries += 1
    return worked, tries


def _channel_of(channel: str, signed_in: bool) -> str:
    return Channel.PORTAL if channel == Channel.WEB and signed_in else channel
