"""Contacts in hand, in PostgreSQL and in memory. What was typed is sealed: it can be anything."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet

from contact_events.citizen_ref import CitizenRef
from desk.domain.contact import At, ContactInHand, Whom
from service_runtime.database import Pool


class _Typed(msgspec.Struct):
    whom: tuple[str, str] | None
    fields: dict[str, list[str]]


_KEEP: LiteralString = """
INSERT INTO desk.contact_in_hand AS kept (id, owner, at, purpose, opened_at, citizen, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET
    purpose = excluded.purpose, at = excluded.at, citizen = excluded.citizen, sealed = excluded.sealed, changed_at = now()
WHERE kept.owner = excluded.owner
"""
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
        citizen = CitizenRef.from_text(contact.whom.citizen).uuid if contact.whom else None
        row = (contact.id, contact.owner, contact.at.value, contact.purpose, contact.opened_at, citizen, self._sealed(contact))
        async with self._pool.connection() as connection:
            await connection.execute(_KEEP, row)

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
        whom = (contact.whom.citizen, contact.whom.kind) if contact.whom else None
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


class MemoryContactsInHand:
    """The twin of `PostgresContactsInHand`, as long as the object lives."""

    def __init__(self) -> None:
        self._kept: dict[UUID, ContactInHand] = {}

    async def take_up(self, contact: ContactInHand) -> None:
        known = self._kept.get(contact.id)
        if known is None or known.owner == contact.owner:
            self._kept[contact.id] = contact

    async def of(self, contact: UUID, owner: str) -> ContactInHand | None:
        known = self._kept.get(contact)
        return known if known is not None and known.owner == owner else None

    async def every(self, owner: str) -> Sequence[ContactInHand]:
        mine = (contact for contact in self._kept.values() if contact.owner == owner)
        return sorted(mine, key=lambda contact: contact.opened_at, reverse=True)

    async def put_down(self, contact: UUID, owner: str) -> None:
        if await self.of(contact, owner) is not None:
            del self._kept[contact]
