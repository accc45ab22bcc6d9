"""The channel router's HTTP side for a test: the routes on a real database, with tokens of any kind."""

import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
from joserfc import jwt
from joserfc.jwk import ECKey

from builders import MONDAY_10H, a_policy, a_ref
from channel_router.domain.learned import learned
from channel_router.edges.asking import Desk
from channel_router.edges.database import PostgresFacts
from channel_router.edges.http import RouterDoor
from contact_events.citizen_ref import PseudonymKeys
from contact_events.codec import read_event
from contact_events.purposes import read_registers
from service_runtime.database import ingest_pool
from service_runtime.http import http_app
from service_runtime.settings import DatabaseSettings, ServiceSettings
from service_runtime.tokens import Issuer, TokenChecker

DESK = "urn:nld:oin:00000001823288444000:systeem:zaken"
OTHER_DESK = "urn:nld:oin:00000001823288444000:systeem:signalen"
PSEUDONYMS = PseudonymKeys({1: b"k" * 32})
TEST_BSN = "111222333"
SHE = {"ref": a_ref().text, "kind": "bsn"}
_, PURPOSES = read_registers(None, None)
PLAIN = {"citizen": SHE, "matter": "paspoort", "purpose": "burgerzaken"}
OUTREACH = PLAIN | {"title": "Uw paspoort ligt klaar", "id": "zaak-1"}
OUTREACH_OR_CHOICE: dict[str, dict[str, Any]] = {"/v1/channel-choices": PLAIN, "/v1/outreach-requests": OUTREACH}


class Settings(ServiceSettings, DatabaseSettings):
    """What the HTTP side needs."""


@dataclass
class Door:
    """The router behind HTTP, and its database."""

    client: httpx2.AsyncClient
    key: ECKey
    database_url: str
    woken: list[None] = field(default_factory=list)

    def token(
        self,
        scope: str = "choices:try outreach:request",
        source: Any = (DESK,),
        roles: Sequence[str] = ("caseworker",),
        **more: Any,
    ) -> dict[str, str]:
        now = int(time.time())
        said = {"iss": "urn:test", "aud": "plein", "sub": "caseworker-7", "client_id": "zaken", "iat": now, "exp": now + 60}
        said |= {"scope": scope, "source": list(source), "roles": list(roles), **more}
        token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}, said, self.key)
        return {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None, **token: Any) -> httpx2.Response:
        return await self.client.post(path, json=body, headers=self.token(**token) | (headers or {}))

    def rows(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()

    def said(self, topic: str = "outreach-requests") -> list[Any]:
        rows = self.rows("SELECT topic, value FROM channel_router.outgoing ORDER BY seq")
        return [read_event(bytes(value)) for on, value in rows if on == topic]

    def looks(self) -> list[Any]:
        return [said.data for said in self.said("access-log")]

    @contextmanager
    def away_at_the_line(self) -> Iterator[None]:
        """Lets the database go away at the very line, for the time of the block."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "CREATE FUNCTION channel_router.go_away() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'admin_shutdown'; END $$"
            )
            connection.execute(
                "CREATE TRIGGER go_away BEFORE INSERT ON channel_router.outgoing EXECUTE FUNCTION channel_router.go_away()"
            )
        yield
        with psycopg.connect(self.database_url) as connection:
            connection.execute("DROP FUNCTION channel_router.go_away CASCADE")

    async def learn(self, *events: Any) -> None:
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            await PostgresFacts(connection).learn([row for event in events if (row := learned(event))])


@asynccontextmanager
async def open_door(router_database: str, tmp_path: Path) -> AsyncIterator[Door]:
    """Opens the router on a database, with a sign-in of its own."""

    key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
    jwks = tmp_path / "keys.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = Settings(http_port=8111, token_issuers_file=tmp_path / "issuers.toml", database_url=router_database)
    issuer = Issuer("urn:test", f"file:{jwks}", ("ES256",), ("at+jwt",))
    pool = ingest_pool(settings)
    await pool.open()
    app = http_app(
        service="channel_router",
        title="Plein channel router",
        description="t",
        settings=settings,
        parts=[],
        token_checker=TokenChecker([issuer], "plein"),
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://router") as client:
        made = Door(client, key, router_database)
        app.include_router(
            RouterDoor(
                pool, Desk(a_policy(), PURPOSES, PSEUDONYMS), lambda: made.woken.append(None), now=lambda: MONDAY_10H
            ).routes()
        )
        yield made
    await pool.close()
