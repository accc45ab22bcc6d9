"""The twins in memory of what is kept in PostgreSQL, for tests and for trying a policy without a database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from channel_router.domain.facts import ChannelHealth, CitizenFacts
from channel_router.domain.folding import facts_of, linked_pairs, same_person
from channel_router.domain.learned import ContactLearned, Learned, LinkSaid
from channel_router.ports import Kept, KeptChoice, Windows
from contact_events.envelope import Event
from contact_events.erasure import erased_refs
from contact_events.facts import CitizenErased
from contact_events.seen import InformationSeen


class MemoryFacts:
    """The twin of `PostgresFacts`: keeps facts and choices as long as the object lives."""

    def __init__(self) -> None:
        self._rows: dict[UUID, Learned] = {}
        self._choices: dict[UUID, KeptChoice] = {}
        self._erased: dict[UUID, datetime] = {}

    async def take_turn(self, *, erasing: bool) -> None:
        """There is nobody to wait for."""

    async def learn(self, rows: Sequence[Learned]) -> Kept:
        """See the port."""
        for row in rows:
            if isinstance(row.body, CitizenErased):
                self._erase(row.body)
        kept = repeated = erased = 0
        for row in rows:
            if self._is_forgotten(row):
                erased += not isinstance(row.body, CitizenErased)
                kept += isinstance(row.body, CitizenErased)
            elif row.event_key in self._rows:
                repeated += 1
            else:
                self._rows[row.event_key] = row
                kept += 1
        return Kept(kept, repeated, erased)

    async def about(self, citizens: Collection[UUID], now: datetime, windows: Windows) -> Mapping[UUID, CitizenFacts]:
        """See the port."""
        others = same_person(citizens, linked_pairs(self._rows.values()))
        together = {citizen: {citizen, *(ref.uuid for ref in others[citizen])} for citizen in others}
        health = self._health(now - windows.health, now)
        since = now - windows.outreaches
        return {
            citizen: facts_of(
                [row for row in self._rows.values() if row.citizen in refs],
                [
                    made.not_before
                    for made in self._choices.values()
                    if made.citizen in refs and made.counts and made.not_before > since
                ],
                health,
                others[citizen],
            )
            for citizen, refs in together.items()
        }

    async def erased_at(self, citizens: Collection[UUID]) -> Mapping[UUID, datetime]:
        """See the port."""
        return {citizen: self._erased[citizen] for citizen in citizens if citizen in self._erased}

    async def chosen(self, request_keys: Collection[UUID]) -> Mapping[UUID, bytes]:
        """See the port."""
        return {key: self._choices[key].content_digest for key in request_keys if key in self._choices}

    async def keep_choices(self, choices: Sequence[KeptChoice]) -> None:
        """See the port."""
        self._choices.update({choice.request_key: choice for choice in choices})

    def _erase(self, said: CitizenErased) -> None:
        for ref in erased_refs(said):
            self._erased[ref.uuid] = max(self._erased.get(ref.uuid, said.erased_at), said.erased_at)
        self._rows = {key: row for key, row in self._rows.items() if not self._is_forgotten(row)}
        self._choices = {
            key: made
            for key, made in self._choices.items()
            if made.citizen not in self._erased or made.logged_at > self._erased[made.citizen]
        }

    def _is_forgotten(self, row: Learned) -> bool:
        if isinstance(row.body, CitizenErased):
            return True
        refs = (row.body.one.uuid, row.body.other.uuid) if isinstance(row.body, LinkSaid) else (row.citizen,)
        return any(ref in self._erased and row.logged_at <= self._erased[ref] for ref in refs)

    def _health(self, since: datetime, now: datetime) -> dict[str, ChannelHealth]:
        tried: dict[str, list[bool]] = {}
        for row in self._rows.values():
            if isinstance(row.body, ContactLearned) and row.body.failed is not None and since < row.at <= now:
                tried.setdefault(row.body.channel, []).append(row.body.failed)
        return {channel: ChannelHealth(len(outcomes), sum(outcomes)) for channel, outcomes in tried.items()}


class MemoryAccessLog:
    """The twin in memory of `PostgresAccessLog`."""

    def __init__(self) -> None:
        self.lines: list[Event[InformationSeen]] = []

    async def keep(self, lines: Sequence[Event[InformationSeen]]) -> None:
        """See the port."""
        self.lines += lines
