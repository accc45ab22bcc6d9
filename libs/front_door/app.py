"""Puts one channel's door together: settings to keys, keys to rules, rules to addresses, and the parts behind them."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, FastAPI

from contact_events.erasure import erased_keys, erasure_in, is_covered
from contact_events.topics import CITIZEN_FACTS
from event_bus.acceptance import Acceptance
from event_bus.broker_view import BrokerView
from event_bus.forgetting import Forgetting
from event_bus.forgetting.following import Following
from event_bus.forgetting.routes import erasure_routes
from event_bus.journal import Journal
from event_bus.publisher import KafkaPublisher
from front_door.admission import Accepts, Admission
from front_door.door import ChannelDoor
from front_door.routes import door_routes
from front_door.settings import DoorSettings, read_keys, read_matters
from service_runtime.http import http_app
from service_runtime.parts import Part
from service_runtime.process import Service
from service_runtime.tokens import TokenChecker

MoreRoutes = Callable[[Admission], APIRouter]


async def door_app(door: ChannelDoor, settings: DoorSettings, more_routes: MoreRoutes | None = None) -> Service:
    """Returns the whole adapter of a channel. Raises BadSettings with a sentence."""
    publisher = KafkaPublisher(settings)
    journal = Journal(settings.journal_file, most_bytes=settings.journal_most_bytes)
    acceptance = Acceptance(
        journal,
        publisher,
        BrokerView(settings),
        broker_durable=settings.broker_durable,
        ack_timeout_ms=settings.broker_ack_timeout_ms,
    )
    following = Following(settings, CITIZEN_FACTS.name, journal, _asked_to_forget, is_covered)
    parts: tuple[Part, ...] = (publisher, acceptance, following)
    app = opened(door, settings, acceptance, parts=parts, more_routes=more_routes)
    app.include_router(erasure_routes(following.told_of))
    return Service(app, parts)


def opened(
    door: ChannelDoor,
    settings: DoorSettings,
    accepts: Accepts,
    *,
    parts: tuple[Part, ...] = (),
    more_routes: MoreRoutes | None = None,
    token_checker: TokenChecker | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Returns the HTTP side of a door over whatever accepts its events."""
    app = http_app(
        service=door.service,
        title=door.title,
        description=door.description,
        settings=settings,
        parts=parts,
        token_checker=token_checker,
    )
    admission = Admission(door, read_keys(settings), read_matters(settings), accepts, address=settings.address, now=now)
    app.include_router(door_routes(admission, requests_per_minute=int(settings.requests_per_second * 60)))
    if more_routes is not None:
        app.include_router(more_routes(admission))
    return app


def _asked_to_forget(raw: bytes | None) -> Forgetting | None:
    event = erasure_in(raw)
    return None if event is None else Forgetting(event.key, erased_keys(event.data), event.data.erased_at)
