"""What My Plein keeps of the topics: wishes and mandates."""

from collections.abc import Sequence
from typing import Any

from contact_events.envelope import Event
from contact_events.topics import CITIZEN_FACTS
from my_plein.edges.facts import CLASSES, delete_facts, insert_facts
from views.keeping import View


def wishes_and_mandates(event: Event[Any]) -> Sequence[Event[Any]]:
    """Returns the event where it says how somebody wants to be reached, or who acts for them."""
    return [event] if type(event.data).__name__ in CLASSES else []


VIEW = View("my_plein", (CITIZEN_FACTS.name,), wishes_and_mandates, insert_facts, delete_facts, otherwise="of_another_kind")
