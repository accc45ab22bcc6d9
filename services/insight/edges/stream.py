"""What advisers' pages keep of the topics: contacts, to be counted."""

from collections.abc import Sequence
from typing import Any

from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded, InteractionWithdrawn
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS
from insight.edges.contacts import delete_contacts, insert_contacts
from views.keeping import View


def what_is_counted(event: Event[Any]) -> Sequence[Event[Any]]:
    """Returns the event where it is a contact, or takes one back."""
    return [event] if isinstance(event.data, InteractionRecorded | InteractionWithdrawn) else []


VIEW = View(
    "insight",
    (INTERACTIONS.name, CITIZEN_FACTS.name),
    what_is_counted,
    insert_contacts,
    delete_contacts,
    otherwise="not_counted",
)
