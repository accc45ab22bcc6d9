"""What the pages of helpers keep of the topics: mandates."""

from collections.abc import Sequence
from typing import Any

from contact_events.envelope import Event
from contact_events.facts import MandateEnded, MandateGranted
from contact_events.topics import CITIZEN_FACTS
from for_a_member.edges.book import delete_mandates, insert_mandates
from views.keeping import View


def mandates(event: Event[Any]) -> Sequence[Event[Any]]:
    """Returns the event where it gives or ends a mandate."""
    return [event] if isinstance(event.data, MandateGranted | MandateEnded) else []


VIEW = View("for_a_member", (CITIZEN_FACTS.name,), mandates, insert_mandates, delete_mandates, otherwise="no_mandate")
