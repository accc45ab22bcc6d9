"""Facts and choices in PostgreSQL. Rows are only ever added, so their order of arrival cannot matter; folding decides."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from channel_router.domain.facts import ChannelHealth, CitizenFacts
from channel_router.domain.folding import facts_of, linked_pairs, same_person
from channel_router.domain.learned import FACT_CLASSES, ContactLearned, Learned, LinkSaid
from channel_router.edges import statements
from channel_router.ports import Kept, KeptChoice, Windows
from contact_events.citizen_ref import CitizenRef
from contact_events.erasure import erased_keys, erased_refs, is_covered
from contact_events.facts import CitizenErased
from event_bus.forgetting import Forgetting
from event_bus.forgetting.tables import (
    erased_among,
    forget_carried,
    hold_alone,
    hold_together,
    mark_erased,
    note_forgotten,
)

SCHEMA = "channel_router"
# The newest contacts of each reference that a choice looks at. Older ones say little, and a few citizens have thousands.
MOST_CONTACTS = 100

_encode = msgspec.json.Encoder().encode
_CONTACT = msgspec.json.Decoder(ContactLearned)
_FACTS: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(known) for name, known in FACT_CLASSES.items()}


class PostgresFacts:
    """Works on one connection, inside its caller's transaction."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def take_turn(self, *, erasing: bool) -> None:
        """See the port."""
        await (hold_alone if erasing else hold_together)(self._connection, SCHEMA)

    async def learn(self, rows: Sequence[Learned]) -> Kept:
        """See the port."""
        erasures = [(row.event_key, row.body) for row in rows if isinstance(row.body, CitizenErased)]
        for erasure, said in erasures:
            await self._erase(erasure, said)
        facts = [row for row in rows if not isinstance(row.body, CitizenErased)]
        erased = await self.erased_at({ref for row in facts for ref in _refs_of(row)})
        if erased:
            facts = [row for row in facts if not _is_forgotten(row, erased)]
        new = await self._insert(facts)
        count_forgotten = len(rows) - len(erasures) - len(facts)
        return Kept(kept=new + len(erasures), repeated=len(facts) - new, erased=count_forgotten)

    async def about(self, citizens: Collection[UUID], now: datetime, windows: Windows) -> Mapping[UUID, CitizenFacts]:
        """See the port. Two round trips for any number of citizens who are not linked; one more for each step of links."""
        if not citizens:
            return {}
        others = same_person(citizens, await self._linked_pairs(citizens))
        together = {citizen: (citizen, *(ref.uuid for ref in others[citizen])) for citizen in others}
        refs = list({ref for person in together.values() for ref in person})
        async with self._connection.pipeline():
            contacts = await self._connection.execute(statements.CONTACTS, (refs, MOST_CONTACTS), binary=True)
            facts = await self._connection.execute(statements.FACTS, (refs,), binary=True)
            outreaches = await self._connection.execute(statements.OUTREACHES, (refs, now - windows.outreaches), binary=True)
            sendings = await self._connection.execute(statements.HEALTH, (now - windows.health, now), binary=True)
            rows: dict[UUID, list[Learned]] = {}
            for citizen, event_key, at, logged_at, body in await contacts.fetchall():
                rows.setdefault(citizen, []).append(Learned(event_key, citizen, at, logged_at, _CONTACT.decode(body)))
            for citizen, event_key, at, logged_at, what, body in await facts.fetchall():
                rows.setdefault(citizen, []).append(Learned(event_key, citizen, at, logged_at, _FACTS[what].decode(body)))
            chosen: dict[UUID, list[datetime]] = {}
            for citizen, not_before in await outreaches.fetchall():
                chosen.setdefault(citizen, []).append(not_before)
            health = {channel: ChannelHealth(tried, failed) for channel, tried, failed in await sendings.fetchall()}
        return {
            citizen: facts_of(_of(person, rows), _of(person, chosen), health, others[citizen])
            for citizen, person in together.items()
        }

    async def erased_at(self, citizens: Collection[UUID]) -> Mapping[UUID, datetime]:
        """See the port."""
        return await erased_among(self._connection, SCHEMA, citizens)

    async def chosen(self, request_keys: Collection[UUID]) -> Mapping[UUID, bytes]:
        """See the port."""
        found = await self._connection.execute(statements.CHOSEN, (list(request_keys),), binary=True)
        return dict(await found.fetchall())

    async def keep_choices(self, choices: Sequence[KeptChoice]) -> None:
        """See the port."""
        if choices:
            await self._connection.execute(
                statements.KEEP_CHOICES,
                (
                    [made.request_key for made in choices],
                    [made.content_digest for made in choices],
                    [made.citizen for made in choices],
                    [made.channel for made in choices],
                    [made.not_before for made in choices],
                    [made.chosen_at for made in choices],
                    [made.logged_at for made in choices],
                    [made.counts for made in choices],
                ),
            )

    async def _linked_pairs(self, citizens: Collection[UUID]) -> set[tuple[CitizenRef, CitizenRef]]:
        """Follows links outwards until nobody new turns up."""
        links: dict[UUID, Learned] = {}
        seen: set[UUID] = set()
        frontier = set(citizens)
        while frontier:
            found = await self._connection.execute(statements.LINKS, (list(frontier), list(frontier)), binary=True)
            for event_key, link_id, one, one_key, other, other_key, at, logged_at, linked in await found.fetchall():
                refs = CitizenRef.from_uuid(one, one_key), CitizenRef.from_uuid(other, other_key)
                links[event_key] = Learned(event_key, one, at, logged_at, LinkSaid(link_id, *refs, linked))
            seen |= frontier
            frontier = {ref for row in links.values() for ref in _refs_of(row)} - seen
        return linked_pairs(links.values())

    async def _erase(self, erasure: UUID, said: CitizenErased) -> None:
        forgetting = Forgetting(erasure, erased_keys(said), said.erased_at)
        await mark_erased(self._connection, SCHEMA, forgetting)
        parameters = {"refs": [ref.uuid for ref in erased_refs(said)], "erased_at": said.erased_at}
        counts = {
            kind: (await self._connection.execute(statement, parameters)).rowcount
            for kind, statement in statements.FORGET.items()
        }
        counts |= await forget_carried(self._connection, SCHEMA, forgetting, is_covered)
        await note_forgotten(self._connection, SCHEMA, erasure, counts)

    async def _insert(self, rows: Sequence[Learned]) -> int:
        contacts = [row for row in rows if isinstance(row.body, ContactLearned)]
        links = [row for row in rows if isinstance(row.body, LinkSaid)]
        facts = [row for row in rows if not isinstance(row.body, ContactLearned | LinkSaid)]
        new = 0
        if contacts:
            new += await self._added(statements.ADD_CONTACTS, (*_columns(contacts), _bodies(contacts)))
            sendings = [
                (row, row.body) for row in contacts if isinstance(row.body, ContactLearned) and row.body.failed is not None
            ]
            if sendings:
                failed = [body.failed for _, body in sendings]
                columns = ([row.event_key for row, _ in sendings], [row.citizen for row, _ in sendings])
                more = ([body.channel for _, body in sendings], [row.at for row, _ in sendings], failed)
                await self._added(statements.ADD_SENDINGS, (*columns, *more))
        if facts:
            names = [type(row.body).__name__ for row in facts]
            new += await self._added(statements.ADD_FACTS, (*_columns(facts), names, _bodies(facts)))
        if links:
            said = [row.body for row in links if isinstance(row.body, LinkSaid)]
            one = ([link.one.uuid for link in said], [link.one.key_version for link in said])
            other = ([link.other.uuid for link in said], [link.other.key_version for link in said])
            parts = ([link.link_id for link in said], *one, *other, [link.linked for link in said])
            new += await self._added(statements.ADD_LINKS, (*_columns(links), *parts))
        return new

    async def _added(self, statement: str, columns: tuple[list[Any], ...]) -> int:
        return (await self._connection.execute(statement, columns)).rowcount


def _columns(rows: Sequence[Learned]) -> tuple[list[Any], ...]:
    return (
        [row.event_key for row in rows],
        [row.citizen for row in rows],
        [row.at for row in rows],
        [row.logged_at for row in rows],
    )


def _bodies(rows: Sequence[Learned]) -> list[str]:
    return [_encode(row.body).decode() for row in rows]


def _refs_of(row: Learned) -> tuple[UUID, ...]:
    return (row.body.one.uuid, row.body.other.uuid) if isinstance(row.body, LinkSaid) else (row.citizen,)


def _is_forgotten(row: Learned, erased: Mapping[UUID, datetime]) -> bool:
    return any(ref in erased and row.logged_at <= erased[ref] for ref in _refs_of(row))


def _of(person: Iterable[UUID], known: Mapping[UUID, list[Any]]) -> list[Any]:
    return [row for ref in person for row in known.get(ref, ())]
