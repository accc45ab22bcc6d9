"""What the desk keeps of the topics: promises to phone."""

from typing import Any
from uuid import UUID

from contact_events.details import KEEPS_CALL_BACK
from contact_events.envelope import Event
from contact_events.interactions import InteractionCorrected, InteractionRecorded, InteractionWithdrawn
from contact_events.topics import CITIZEN_FACTS, INTERACTIONS
from desk.domain.call_backs import Kind, Said
from desk.edges.call_backs import delete_said, insert_said
from views.keeping import View


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
        entry = UUID(data.details[KEEPS_CALL_BACK])
    except (KeyError, ValueError):
        return None
    key = UUID(int=event.key.int ^ 1)  # the event may make a promise as well, under its own key
    return _said(event, entry, Kind.KEPT, key, data.recorded_at, kept_at=data.occurred_at)


def _said(event: Event[Any], entry: UUID, kind: Kind, key: UUID, at: Any, **more: Any) -> Said:
    return Said(key, entry, kind, event.citizen.uuid, event.citizen.key_version, at, event.logged_at, **more)


VIEW = View("desk", (INTERACTIONS.name, CITIZEN_FACTS.name), said_by, insert_said, delete_said, otherwise="no_call_back")
