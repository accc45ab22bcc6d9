"""The conformance suite for adapters, ours and other people's: what the front door promises, seen from outside over HTTP.

It posts the adapter's own documented example under ids of its own, so the adapter's sandbox gets a few test contacts.
"""

from collections.abc import Iterator

import httpx2

from front_door.check_adapter.outcomes import NotAnAdapter, Outcome
from front_door.check_adapter.rule import Rule
from front_door.check_adapter.rules_of_bodies import RULES_OF_BODIES
from front_door.check_adapter.rules_of_events import RULES_OF_EVENTS
from front_door.check_adapter.rules_of_http import RULES_OF_HTTP
from front_door.check_adapter.target import Target

__all__ = ["RULES", "NotAnAdapter", "Outcome", "check_adapter"]

RULES: tuple[Rule, ...] = (*RULES_OF_EVENTS, *RULES_OF_BODIES, *RULES_OF_HTTP)


def check_adapter(client: httpx2.Client, token: str, other_token: str | None = None) -> Iterator[Outcome]:
    """Yields the outcome of every rule, in order.

    `client` has the adapter's address as its base; `other_token` is a valid token of another channel. Raises NotAnAdapter
    with a sentence when there is nothing to check.
    """
    target = Target(client, token, other_token)
    for rule in RULES:
        try:
            yield rule.tried(target)
        except httpx2.TransportError as fault:
            yield Outcome(rule.says, passed=False, detail=f"the connection failed ({type(fault).__name__})")
        except (ValueError, KeyError, TypeError) as fault:
            yield Outcome(
                rule.says, passed=False, detail=f"the answer does not have the documented form ({type(fault).__name__})"
            )
