"""What the topics say of promises to phone: the bytes of a batch, read and kept in its transaction."""

from typing import Any
from uuid import UUID

import psycopg

from contact_events.bulk import read_in_bulk
from contact_events.codec import CannotRead
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.interactions import InteractionCorrected, InteractionRecorded, InteractionWithdrawn
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS
from desk.domain.call_backs import Kind, Said
from desk.edges.call_backs import forget, keep_said
from event_bus.records import Arrivals, Handled, ToPark

READER = "desk"
TOPICS = (INTERACTIONS.name, CITIZEN_FACTS.name)
# The detail of a contact that was made to keep a promise: the id of the entry that holds it.
KEEPS = "keeps_call_back"
NO_CALL_BACK = "no_call_back"


async def keep_call_backs(connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
    """Keeps what a batch says of promises."""
    parked: list[ToPark] = []
    said: list[Said] = []
    erasures: list[tuple[UUID, CitizenErased]] = []
    for record in batch.records:
        try:
            event = read_in_bulk(record.value or b"")
        except CannotRead as fault:
            parked.append(ToPark(record, fault.reason, fault.detail))
            continue
        if isinstance(event.data, CitizenErased):
            erasures.append((event.key, event.data))
        else:
            said.extend(said_by(event))
    for key, erased in erasures:
        await forget(connection, key, erased)
    new = await keep_said(connection, said) if said else 0
    ignored = len(batch.records) - len(parked) - len(erasures) - len(said)
    return Handled(
        kept=new + len(erasures),
        repeated=len(said) - new,
        ignored={NO_CALL_BACK: ignored} if ignored > 0 else {},
        parked=tuple(parked),
    )


def said_by(event: Event[Any]) -> list[Said]:
    """Returns what an event says of promises; one event may keep a promise and make another."""
    match event.data:
        case InteractionRecorded() as data:
            made = _of(event, event.key, Kind.MADE, event.key, data.recorded_at, data.matter, data.confidential, data.call_back)
            kept = _kept(event, data)
            return [one for one in (made, kept) if one is not None]
        case InteractionCorrected(corrects=corrects, corrected=new) as data:
            changed = new.call_back is not None or new.matter is not None or new.confidential is not None
            if not changed:
                return []
            found = _of(
                event, corrects.key, Kind.CHANGED, event.key, data.recorded_at, new.matter, new.confidential, new.call_back
            )
            return [found] if found is not None else []
        case InteractionWithdrawn() as data:
            return [_said(event, data.withdraws.key, Kind.WITHDRAWN, event.key, data.recorded_at)]
        case _:
            return []


def _of(
    event: Event[Any], entry: UUID, kind: Kind, key: UUID, at: Any, matter: str | None, confidential: bool | None, call_back: Any
) -> Said | None:
    if call_back is None:
        return None if kind is Kind.MADE else _said(event, entry, kind, key, at, matter=matter, confidential=confidential)
    return _said(
        event, entry, kind, key, at,
        matter=matter, before=call_back.before, owner=call_back.owner, confidential=confidential, kept_at=call_back.kept_at,
    )  # fmt: skip


def _kept(event: Event[Any], data: InteractionRecorded) -> Said | None:
    try:
        entry = UUID(data.details[KEEPS])
    except (KeyError, ValueError):
        return None
    key = UUID(int=event.key.int ^ 1)  # the event may make a promise as well, under its own key
    return _said(event, entry, Kind.KEPT, key, data.recorded_at, kept_at=data.occurred_at)


def _said(event: Event[Any], entry: UUID, kind: Kind, key: UUID, at: Any, **more: Any) -> Said:
    return Said(key, entry, kind, event.citizen.uuid, event.citizen.key_version, at, event.logged_at, **more)
