"""Contacts in hand, in PostgreSQL and in memory. What was typed is sealed: it can be anything."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet

from contact_events.citizen_ref import CitizenRef
from desk.domain.contact import IN_HAND, At, ContactInHand, Whom
from service_runtime.database import Pool


class _Typed(msgspec.Struct):
    whom: tuple[str, str, str | None, str | None] | None
    fields: dict[str, list[str]]


_KEEP: LiteralString = """
INSERT INTO desk.contact_in_hand (id, owner, at, purpose, opened_at, citizen, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO NOTHING
"""
_SWEEP: LiteralString = "DELETE FROM desk.contact_in_hand WHERE opened_at < %s"
_CHANGE: LiteralString = """
UPDATE desk.contact_in_hand SET citizen = %s, sealed = %s WHERE id = %s AND owner = %s
"""
_SENDING: LiteralString = """
UPDATE desk.contact_in_hand SET sent_at = coalesce(sent_at, %s) WHERE id = %s AND owner = %s RETURNING sent_at
"""
_NOT_TAKEN: LiteralString = "UPDATE desk.contact_in_hand SET sent_at = NULL WHERE id = %s AND owner = %s"
_COLUMNS: LiteralString = "SELECT id, owner, at, purpose, opened_at, sealed FROM desk.contact_in_hand"
_OF: LiteralString = f"{_COLUMNS} WHERE id = %s AND owner = %s"
_EVERY: LiteralString = f"{_COLUMNS} WHERE owner = %s ORDER BY opened_at DESC"
_DOWN: LiteralString = "DELETE FROM desk.contact_in_hand WHERE id = %s AND owner = %s"


class PostgresContactsInHand:
    """See the port."""

    def __init__(self, pool: Pool, sealer: MultiFernet) -> None:
        self._pool = pool
        self._sealer = sealer

    async def take_up(self, contact: ContactInHand) -> None:
        about = (contact.id, contact.owner, contact.at.value, contact.purpose, contact.opened_at)
        async with self._pool.connection() as connection:
            await connection.execute(_SWEEP, (contact.opened_at - IN_HAND,))
            await connection.execute(_KEEP, (*about, _citizen_of(contact), self._sealed(contact)))

    async def change(self, contact: ContactInHand) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(_CHANGE, (_citizen_of(contact), self._sealed(contact), contact.id, contact.owner))

    async def sending(self, contact: UUID, owner: str, now: datetime) -> datetime | None:
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_SENDING, (now, contact, owner))).fetchone()
        return None if row is None else row[0].astimezone(UTC)

    async def not_taken(self, contact: UUID, owner: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(_NOT_TAKEN, (contact, owner))

    async def of(self, contact: UUID, owner: str) -> ContactInHand | None:
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_OF, (contact, owner))).fetchone()
        return None if row is None else self._opened(*row)

    async def every(self, owner: str) -> Sequence[ContactInHand]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_EVERY, (owner,))).fetchall()
        return [found for row in rows if (found := self._opened(*row)) is not None]

    async def put_down(self, contact: UUID, owner: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(_DOWN, (contact, owner))

    def _sealed(self, contact: ContactInHand) -> bytes:
        whom = astuple(contact.whom) if contact.whom else None
        typed = _Typed(whom, {name: list(values) for name, values in contact.fields.items()})
        return self._sealer.encrypt(msgspec.msgpack.encode(typed))

    def _opened(self, key: UUID, owner: str, at: str, purpose: str, opened_at: datetime, sealed: bytes) -> ContactInHand | None:
        """Returns None for what a withdrawn key sealed: nobody can read it any more."""
        try:
            typed = msgspec.msgpack.decode(self._sealer.decrypt(sealed), type=_Typed)
        except (InvalidToken, msgspec.ValidationError):
            return None
        whom = Whom(*typed.whom) if typed.whom else None
        fields = {name: tuple(values) for name, values in typed.fields.items()}
        return ContactInHand(key, owner, At(at), purpose, opened_at.astimezone(UTC), whom, fields)


def _citizen_of(contact: ContactInHand) -> UUID | None:
    return CitizenRef.from_text(contact.whom.citizen).uuid if contact.whom else None


class MemoryContactsInHand:
    """The twin of `PostgresContactsInHand`, as long as the object lives."""

    def __init__(self) -> None:
        self._kept: dict[UUID, ContactInHand] = {}
        self._sent: dict[UUID, datetime] = {}

    async def take_up(self, contact: ContactInHand) -> None:
        for known in [*self._kept.values()]:
            if known.opened_at < contact.opened_at - IN_HAND:
                await self.put_down(known.id, known.owner)
        self._kept.setdefault(contact.id, contact)

    async def change(self, contact: ContactInHand) -> None:
        if await self.of(contact.id, contact.owner) is not None:
            self._kept[contact.id] = contact

    async def sending(self, contact: UUID, owner: str, now: datetime) -> datetime | None:
        return None if await self.of(contact, owner) is None else self._sent.setdefault(contact, now)

    async def not_taken(self, contact: UUID, owner: str) -> None:
        if await self.of(contact, owner) is not None:
            self._sent.pop(contact, None)

    async def of(self, contact: UUID, owner: str) -> ContactInHand | None:
        known = self._kept.get(contact)
        return known if known is not None and known.owner == owner else None

    async def every(self, owner: str) -> Sequence[ContactInHand]:
        mine = (contact for contact in self._kept.values() if contact.owner == owner)
        return sorted(mine, key=lambda contact: contact.opened_at, reverse=True)

    async def put_down(self, contact: UUID, owner: str) -> None:
        if await self.of(contact, owner) is not None:
            del self._kept[contact]
            self._sent.pop(contact, None)
