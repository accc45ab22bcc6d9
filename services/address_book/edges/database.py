"""Contact points in PostgreSQL. Plain SQL with arrays, because the stream brings them by the thousand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from psycopg import AsyncConnection

from address_book.domain.changes import Change, Erasure, Hearing, Link, Unlink, Withdrawal
from address_book.domain.points import AddressFact, HeardPoint, contact_point_id
from address_book.domain.storage import Row, StoredText
from address_book.edges import statements
from address_book.edges.access_log import SCHEMA
from address_book.ports import Claimed
from contact_events.citizen_ref import CitizenRef
from contact_events.erasure import is_covered
from event_bus.forgetting import Forgetting
from event_bus.forgetting.tables import (
    erased_among,
    forget_carried,
    hold_alone,
    hold_together,
    mark_erased,
    note_forgotten,
)

_MOST = 500
C = TypeVar("C", bound=Change)


class PostgresContactPoints:
    """Contact points inside the transaction of this connection."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def take_turn(self, *, erasing: bool) -> None:
        await (hold_alone if erasing else hold_together)(self._connection, SCHEMA)

    async def erased_at(self, citizens: Collection[CitizenRef]) -> Mapping[CitizenRef, datetime]:
        by_uuid = {ref.uuid: ref for ref in citizens}
        found = await erased_among(self._connection, SCHEMA, by_uuid)
        return {by_uuid[ref]: erased_at for ref, erased_at in found.items()}

    async def claim(self, digests: Mapping[UUID, bytes]) -> Mapping[UUID, Claimed]:
        if not digests:
            return {}
        keys = sorted(digests)
        cursor = await self._connection.execute(statements.CLAIM, [keys, [digests[key] for key in keys]])
        fresh = {row[0] for row in await cursor.fetchall()}
        cursor = await self._connection.execute(statements.CLAIMED, [keys])
        return {key: Claimed(bytes(digest), key in fresh) for key, digest in await cursor.fetchall()}

    async def kept_texts(self, pairs: Collection[tuple[CitizenRef, CitizenRef]]) -> set[tuple[CitizenRef, CitizenRef]]:
        if not pairs:
            return set()
        asked = {contact_point_id(citizen, point): (citizen, point) for citizen, point in pairs}
        cursor = await self._connection.execute(statements.KEPT_TEXTS, [list(asked)])
        return {asked[row[0]] for row in await cursor.fetchall()}

    async def keep(self, changes: Sequence[Change]) -> None:
        erasures = _of(Erasure, changes)
        await self._many(statements.WITHDRAW, sorted({(one.event_key, one.citizen.uuid) for one in _of(Withdrawal, changes)}))
        await self._many(statements.LINK, [_link(one) for one in _of(Link, changes)])
        await self._many(statements.UNLINK, sorted({(one.link_id,) for one in _of(Unlink, changes)}))
        await self._many(statements.KEEP_FACT, [_fact(one) for one in _of(AddressFact, changes)])
        hearings = sorted(_of(Hearing, changes), key=lambda one: (one.row.citizen, one.row.point, one.event_key))
        await self._many(statements.HEAR, [_hearing(one) for one in hearings])
        await self._many(statements.KEEP_POINT, _points(hearings))
        for erasure in erasures:
            await self._erase(erasure)
        touched = {one.citizen.uuid for one in _of(Withdrawal, changes)} | {one.row.citizen.uuid for one in hearings}
        touched |= {ref.uuid for erasure in erasures for ref in erasure.refs}
        if touched:
            await self._connection.execute(statements.DROP_UNHEARD, [list(touched)])

    async def linked_to(self, citizen: CitizenRef) -> tuple[CitizenRef, ...]:
        cursor = await self._connection.execute(statements.LINKED, [citizen.uuid, citizen.key_version])
        others = {CitizenRef.from_uuid(value, version) for value, version in await cursor.fetchall()}
        return (citizen, *sorted(others - {citizen}))

    async def of_citizens(self, citizens: Collection[CitizenRef]) -> list[HeardPoint]:
        return await self._heard(statements.OF_CITIZENS, [[ref.uuid for ref in citizens], _MOST])

    async def facts_about(self, points: Collection[CitizenRef]) -> list[AddressFact]:
        cursor = await self._connection.execute(statements.FACTS, [[ref.uuid for ref in points]])
        return [
            AddressFact(
                event_key=key,
                citizen=CitizenRef.from_uuid(citizen, citizen_version),
                point=CitizenRef.from_uuid(point, point_version),
                what=what,
                at=at,
                how=how,
                for_good=for_good,
                logged_at=logged_at,
            )
            for key, citizen, citizen_version, point, point_version, what, at, how, for_good, logged_at in await cursor.fetchall()
        ]

    async def holders_of(self, points: Collection[CitizenRef]) -> list[HeardPoint]:
        return await self._heard(statements.HOLDERS, [[ref.uuid for ref in points], _MOST])

    async def one(self, contact_point: UUID) -> HeardPoint | None:
        return next(iter(await self._heard(statements.ONE, [contact_point, 1])), None)

    async def _erase(self, erasure: Erasure) -> None:
        forgetting = Forgetting(erasure.event_key, frozenset(ref.value for ref in erasure.refs), erasure.erased_at)
        await mark_erased(self._connection, SCHEMA, forgetting)
        parameters = {"refs": [ref.uuid for ref in erasure.refs], "erased_at": erasure.erased_at}
        counts = {}
        for kind, statement in statements.FORGET.items():
            (counts[kind],) = await (await self._connection.execute(statement, parameters)).fetchone() or (0,)
        counts |= await forget_carried(self._connection, SCHEMA, forgetting, is_covered)
        await note_forgotten(self._connection, SCHEMA, erasure.event_key, counts)

    async def _many(self, statement: LiteralString, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            await self._connection.execute(statement, [list(column) for column in zip(*rows, strict=True)])

    async def _heard(self, statement: LiteralString, values: list[Any]) -> list[HeardPoint]:
        cursor = await self._connection.execute(statement, values)
        return [
            HeardPoint(
                row=Row(CitizenRef.from_uuid(citizen, citizen_version), CitizenRef.from_uuid(point, point_version), kind),
                stored=StoredText(storage_version, bytes(sealed)) if sealed is not None else None,
                first_seen=first_seen,
                last_seen=last_seen,
                times_heard=times,
                assurances=tuple(sorted(assurances)),
                source=source,
                event_id=event_id,
            )
            for (
                citizen,
                citizen_version,
                point,
                point_version,
                kind,
                storage_version,
                sealed,
                first_seen,
                last_seen,
                times,
                assurances,
                source,
                event_id,
            ) in await cursor.fetchall()
        ]


def _of(kind: type[C], changes: Sequence[Change]) -> list[C]:
    return [change for change in changes if isinstance(change, kind)]


def _link(one: Link) -> tuple[Any, ...]:
    return (
        one.link_id,
        one.citizen.uuid,
        one.citizen.key_version,
        one.other.uuid,
        one.other.key_version,
        one.logged_at,
    )


def _fact(one: AddressFact) -> tuple[Any, ...]:
    return (
        one.event_key,
        one.citizen.uuid,
        one.citizen.key_version,
        one.point.uuid,
        one.point.key_version,
        one.what,
        one.at,
        one.how,
        one.for_good,
        one.logged_at,
    )


def _hearing(one: Hearing) -> tuple[Any, ...]:
    row = one.row
    return (
        row.citizen.uuid,
        row.point.uuid,
        one.event_key,
        one.source,
        one.event_id,
        one.assurance,
        one.occurred_at,
        one.logged_at,
    )


def _points(hearings: Sequence[Hearing]) -> list[tuple[Any, ...]]:
    """One row per contact point, the first text given for it."""
    rows: dict[UUID, tuple[Any, ...]] = {}
    for one in hearings:
        row, key = one.row, contact_point_id(one.row.citizen, one.row.point)
        if key not in rows or (rows[key][-1] is None and one.stored is not None):
            version, sealed = (one.stored.key_version, one.stored.sealed) if one.stored else (None, None)
            whose = (row.citizen.uuid, row.citizen.key_version, row.point.uuid, row.point.key_version)
            rows[key] = (key, *whose, row.kind, version, sealed)
    return list(rows.values())
