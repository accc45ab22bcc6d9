"""One thing to post: to which door, in which words, and when it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

WEB, PHONE, COUNTER, INTERMEDIARY = "web_adapter", "phone_log_adapter", "counter_adapter", "intermediary_adapter"

# Which persona of the embedded stack posts at a door.
POSTS_AS = {WEB: "web", PHONE: "phone-log", COUNTER: "counter", INTERMEDIARY: "intermediary"}
CONTACT_TYPES = {
    WEB: "nl.plein.web-form.submitted.v1",
    PHONE: "nl.plein.phone-call.submitted.v1",
    COUNTER: "nl.plein.counter-visit.submitted.v1",
    INTERMEDIARY: "nl.plein.member-question.submitted.v1",
}
FACT_TYPE = "nl.plein.citizen-fact.submitted.v1"
CORRECTION_TYPE = "nl.plein.correction.submitted.v1"
WITHDRAWAL_TYPE = "nl.plein.withdrawal.submitted.v1"
_PATHS = {
    FACT_TYPE: "/v1/citizen-facts",
    CORRECTION_TYPE: "/v1/corrections",
    WITHDRAWAL_TYPE: "/v1/withdrawals",
}


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A submission of one door. `events` is how many events come of it; `alone` asks for a request of its own.

    `again` says that the same id and body were planned before: nothing new may come of it.
    """

    door: str
    type: str
    id: str
    written_at: datetime
    body: Mapping[str, Any]
    events: int = 1
    alone: bool = False
    again: bool = False

    @property
    def path(self) -> str:
        return _PATHS.get(self.type, "/v1/interactions")

    @property
    def is_contact(self) -> bool:
        return self.type not in _PATHS

    def repeated(self) -> Self:
        """Returns the same post once more."""
        return replace(self, again=True)
