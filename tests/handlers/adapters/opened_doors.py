"""Doors for tests: a real journal in a folder of the test, a broker in memory, tokens signed with a key of the test."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey

from contact_events.citizen_ref import PseudonymKeys, RefKind
from contact_events.codec import read_event
from contact_events.envelope import Event
from contact_events.matters import Matters
from contact_events.sealing import OpeningKey, SealingKey
from contact_events.topics import TOPICS, broker_topics
from event_bus.acceptance import Acceptance
from event_bus.journal import Journal
from event_bus.memory import MemoryBus, MemoryPublisher
from front_door.app import MoreRoutes, opened
from front_door.door import ChannelDoor
from front_door.settings import DoorSettings
from front_door.submission import DoorKeys, Sender, Submission
from service_runtime.settings import read_settings

PSEUDONYM_KEYS = "1:" + "5a" * 32
PSEUDONYMS = PseudonymKeys.from_text(PSEUDONYM_KEYS)
OPENING_KEY = OpeningKey.generate()
KEYS = DoorKeys(PSEUDONYMS, SealingKey.from_text(OPENING_KEY.sealing_key_text))
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
SOURCE = "urn:nld:oin:00000001823288444000:systeem:proef"
CLUB = "urn:nld:kvknr:09220932"
CODES = ("aow", "belasting", "minimaregeling", "algemeen")
MATTERS = Matters.from_toml("\n".join(f'[{code}]\nnl = "{code}"\nen = "{code}"' for code in CODES))
ISSUER = "https://sign-in.test"
ADDRESS = "http://door.test"


def ref(kind: RefKind, identifier: str, organisation: str = "") -> str:
    """The pseudonym of an identifier under the test's key."""
    return PSEUDONYMS.ref(kind, identifier, organisation=organisation).text


def submission(door: ChannelDoor, body: dict[str, Any], *, source: str = SOURCE, **sender: Any) -> Submission[Any]:
    """A body as the door hands it to the channel's rules."""
    return Submission(
        source=source,
        id=body.get("id", "proef-1"),
        received_at=NOW,
        logged_at=NOW,
        sender=Sender(**({"name": "medewerker"} | sender)),
        body=door.contact.read(body),
    )


@cache
def _signing_key() -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": "proef"})


def a_token(scope: str, **claims: Any) -> str:
    """A token of the test's issuer; without `source` it may write as SOURCE."""
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": "plein",
        "sub": "systeem",
        "exp": now + 3600,
        "scope": scope,
        "source": [SOURCE],
        "client_id": "proef",
    }
    return jwt.encode({"alg": "ES256", "kid": "proef", "typ": "at+jwt"}, said | claims, _signing_key(), algorithms=["ES256"])


def a_club_token(scope: str = "interactions:intermediary:write", **claims: Any) -> str:
    return a_token(scope, **({"organisation": CLUB, "organisation_name": "Seniorenclub Zonzij"} | claims))


def token_for(door: ChannelDoor) -> str:
    """A token that may post at a door."""
    return a_club_token(door.scope) if door.channel == "intermediary" else a_token(door.scope)


def door_settings(folder: Path, **changes: str) -> DoorSettings:
    """Settings whose files are in the test's folder."""
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [_signing_key().as_dict(private=False)]}))
    issuers = folder / "issuers.toml"
    issuers.write_text(f'[[issuer]]\nissuer = "{ISSUER}"\njwks = "file:{jwks}"\nalgorithms = ["ES256"]\ntypes = ["at+jwt"]\n')
    environ = {
        "HTTP_PORT": "8101",
        "PUBLIC_URL": ADDRESS,
        "TOKEN_ISSUERS_FILE": str(issuers),
        "BROKER_SERVERS": "localhost:9",
        "JOURNAL_FILE": str(folder / "door.journal"),
        "PSEUDONYM_KEYS": PSEUDONYM_KEYS,
        "SEALING_KEY": OPENING_KEY.sealing_key_text,
    }
    return read_settings(DoorSettings, environ | changes)


def a_bus() -> MemoryBus:
    return MemoryBus({topic.name: 2 for topic in broker_topics()})


@dataclass(frozen=True)
class OpenDoor:
    """A door that is open, and the broker behind it."""

    client: httpx2.AsyncClient
    bus: MemoryBus
    door: ChannelDoor
    journal: Path

    async def post(self, path: str = "/v1/interactions", *, token: str | None = None, **request: Any) -> httpx2.Response:
        """Posts with a token that may, unless the test brings its own."""
        headers = {"Authorization": f"Bearer {token or token_for(self.door)}"} | request.pop("headers", {})
        return await self.client.post(path, headers=headers, **request)

    async def events(self, topic: str = "interactions") -> list[Event[Any]]:
        """What the broker holds once it has all that the journal holds, by id."""
        async with asyncio.timeout(10):
            while len(self._published_keys()) < self.journaled():  # noqa: ASYNC110 - what is awaited is a file
                await asyncio.sleep(0.005)
        return sorted((read_event(record.value or b"") for record in self.bus.records(topic)), key=lambda event: event.id)

    def journaled(self) -> int:
        """How many events the journal holds."""
        with closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM accepted").fetchone()[0])

    def _published_keys(self) -> set[UUID]:
        records = [record for topic in TOPICS for record in self.bus.records(topic.name)]
        return {read_event(record.value or b"").key for record in records}


def the_app(
    door: ChannelDoor, settings: DoorSettings, bus: MemoryBus, more_routes: MoreRoutes | None = None
) -> tuple[FastAPI, Acceptance]:
    """The app over a real journal and the broker in memory."""
    journal = Journal(settings.journal_file, most_bytes=settings.journal_most_bytes)
    acceptance = Acceptance(journal, MemoryPublisher(bus), bus, broker_durable=False, ack_timeout_ms=1000)
    return opened(door, settings, acceptance, parts=(acceptance,), more_routes=more_routes), acceptance


@asynccontextmanager
async def open_door(
    door: ChannelDoor,
    folder: Path,
    bus: MemoryBus | None = None,
    more_routes: MoreRoutes | None = None,
    **changes: str,
) -> AsyncIterator[OpenDoor]:
    """A door in this event loop; opening it again in the same folder is a restart."""
    bus = bus or a_bus()
    settings = door_settings(folder, **changes)
    app, acceptance = the_app(door, settings, bus, more_routes)
    await acceptance.start()
    try:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ADDRESS) as client:
            yield OpenDoor(client, bus, door, settings.journal_file)
    finally:
        await acceptance.stop()


@contextmanager
def door_for_sync_callers(
    door: ChannelDoor, folder: Path, more_routes: MoreRoutes | None = None, **changes: str
) -> Iterator[TestClient]:
    """The same door for a caller without an event loop."""
    app, acceptance = the_app(door, door_settings(folder, **changes), a_bus(), more_routes)

    @asynccontextmanager
    async def lived(_: FastAPI) -> AsyncIterator[None]:
        await acceptance.start()
        try:
            yield
        finally:
            await acceptance.stop()

    app.router.lifespan_context = lived
    with TestClient(app, base_url=ADDRESS) as client:
        yield client
