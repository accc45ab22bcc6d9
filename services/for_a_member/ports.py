"""What the pages for helpers need of the world outside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from for_a_member.domain.mandates import Mandate


@dataclass(frozen=True, slots=True)
class Sent:
    """A question that an organisation sent: its receipt, for which of its own member numbers, and who sent it."""

    event_key: UUID
    organisation: str
    receipt: str
    member_number: str | None
    matter: str
    sent_by: str
    sent_at: datetime


class Book(Protocol):
    """What an organisation itself sent, and its mandates. Each method may be called twice."""

    async def note(self, sent: Sequence[Sent]) -> None:
        """Notes that questions were received, all of them or none."""
        ...

    async def sent(self, organisation: str, most: int, before: UUID | None = None) -> Sequence[Sent]:
        """Returns what this organisation sent, the newest first; `before` one of its questions, where that is said."""
        ...

    async def one(self, organisation: str, event_key: UUID) -> Sent | None:
        """Returns one question of this organisation; None for another's."""
        ...

    async def mandates(self, organisation: str) -> Sequence[Mandate]:
        """Returns every mandate this organisation ever had."""
        ...
