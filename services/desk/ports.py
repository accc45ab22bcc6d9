"""What the desk needs of the world outside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from desk.domain.call_backs import CallBack, Whose
from desk.domain.contact import ContactInHand


class ContactsInHand(Protocol):
    """Contacts that are not logged yet, each of one employee: nobody else ever gets one. Every method may be called twice."""

    async def take_up(self, contact: ContactInHand) -> None:
        """Keeps a new contact, and forgets those that were in hand for longer than `IN_HAND` by then."""
        ...

    async def change(self, contact: ContactInHand) -> None:
        """Keeps what changed in a contact that is still in hand; one that was put down stays down."""
        ...

    async def sending(self, contact: UUID, owner: str, now: datetime) -> datetime | None:
        """Returns when this contact was sent to its door for the first time: what is sent again is the same to the letter. None
        where it is no longer in hand.
        """
        ...

    async def not_taken(self, contact: UUID, owner: str) -> None:
        """Forgets that a contact was sent: its door refused it."""
        ...

    async def of(self, contact: UUID, owner: str) -> ContactInHand | None:
        """Returns a contact of this employee."""
        ...

    async def every(self, owner: str) -> Sequence[ContactInHand]:
        """Returns every contact of this employee, the newest first."""
        ...

    async def put_down(self, contact: UUID, owner: str) -> None:
        """Forgets a contact: it was logged, or there was nothing to log."""
        ...


class CallBacks(Protocol):
    """Promises to phone of everybody, as the topics tell them."""

    async def open_ones(self, whose: Whose, *, name: str, teams: frozenset[str], now: datetime, most: int) -> Sequence[CallBack]:
        """Returns promises that are still to be kept, the most urgent first."""
        ...

    async def of(self, entry: UUID) -> CallBack | None:
        """Returns the promise of an entry, kept or not."""
        ...

    async def counts(self, *, name: str, teams: frozenset[str], now: datetime) -> Mapping[Whose, int]:
        """Returns how many are still to be kept, of each kind."""
        ...
