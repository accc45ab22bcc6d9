"""The address book over HTTP, on a real database: found, listed masked, revealed for a purpose, and never without a line."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from address_book.edges.http import AddressBookDoor
from address_book.edges.stream import batch_handler
from contact_events.codec import read_event, write_event
from contact_events.envelope import Event
from contact_events.purposes import read_registers
from contact_events.seen import InformationSeen
from event_bus.records import Batch, Handled, Record
from handlers.address_book.said_at_the_door import (
    HE,
    MAIL,
    MOBILE,
    MOBILE_TEXT,
    SECRETS,
    SHE,
    ago,
    contact,
    erased,
    linked,
    mail,
    mobile,
)
from service_runtime.database import async_engine
from service_runtime.http import http_app
from service_runtime.migrations import migrate
from service_runtime.settings import DatabaseSettings, ServiceSettings
from service_runtime.tokens import Issuer, TokenChecker

BOTH = "contact-points:find contact-points:reveal"


class Settings(ServiceSettings, DatabaseSettings):
    """What the HTTP side needs."""


@dataclass
class Book:
    """An address book behind HTTP, and its database."""

    client: httpx2.AsyncClient
    key: ECKey
    database_url: str
    woken: list[None]

    def token(self, scopes: str = BOTH, roles: tuple[str, ...] = ("agent",)) -> dict[str, str]:
        now = int(time.time())
        said = {
            "iss": "urn:test",
            "aud": "plein",
            "sub": "agent-7",
            "scope": scopes,
            "roles": list(roles),
            "iat": now,
            "exp": now + 60,
        }
        said["client_id"] = "desk"
        token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}, said, self.key)
        return {"Authorization": f"Bearer {token}"}

    async def hear(self, *events: Event[Any]) -> Handled:
        records = [Record("interactions", 0, place, None, write_event(event)) for place, event in enumerate(events)]
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            return await batch_handler(SECRETS)(connection, Batch("interactions", 0, records))

    def rows(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()

    async def find(self, asked: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.post("/v1/contact-points/_zoek", json=asked, headers=headers or self.token())

    async def list_of(self, citizen: str, purpose: str = "inwoner-herkennen") -> httpx2.Response:
        path = f"/v1/citizens/{citizen}/contact-points"
        return await self.client.get(path, params={"purpose": purpose}, headers=self.token())

    async def reveal(self, point: str, purpose: str = "terugbellen", headers: dict[str, str] | None = None) -> httpx2.Response:
        path = f"/v1/contact-points/{point}/_reveal"
        return await self.client.post(path, json={"purpose": purpose}, headers=headers or self.token())


@pytest.fixture
async def book(fresh_database: str, tmp_path: Path) -> AsyncIterator[Book]:
    migrate("address_book", fresh_database, "address_book")
    key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}, private=True)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = Settings(http_port=1, token_issuers_file=tmp_path / "issuers.toml", database_url=fresh_database)
    checker = TokenChecker([Issuer("urn:test", f"file:{tmp_path / 'jwks.json'}", ("ES256",))], "plein")
    app = http_app(service="address_book", title="book", description="book", settings=settings, parts=[], token_checker=checker)
    engine, woken = async_engine(settings), list[None]()
    _, purposes = read_registers(None, None)
    app.include_router(AddressBookDoor(engine, purposes, SECRETS, lambda: woken.append(None)).routes())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://book") as client:
        yield Book(client, key, fresh_database, woken)
    await engine.dispose()


async def test_a_phone_number_finds_everybody_who_gave_it_masked(book: Book) -> None:
    await book.hear(contact("1", mobile(), at=ago(3)), contact("2", mobile(), citizen=HE, at=ago(1)))

    answer = await book.find({"purpose": "inwoner-herkennen", "phone": "06-12340678"})

    assert answer.status_code == 200
    assert [one["citizen"] for one in answer.json()["citizens"]] == [HE.text, SHE.text]
    assert answer.json()["citizens"][0]["contactPoints"][0]["text"] == "06•••••678"
    assert "12340678" not in answer.text


async def test_a_bsn_finds_the_citizen_it_stands_for(book: Book) -> None:
    await book.hear(contact("1", mobile(), mail(), at=ago(3)))

    answer = await book.find({"purpose": "inwoner-herkennen", "bsn": "999990342"})

    [found] = answer.json()["citizens"]
    assert found["citizen"] == SHE.text
    assert {point["kind"] for point in found["contactPoints"]} == {"phone", "email"}


async def test_a_search_that_finds_nobody_leaves_a_line_too(book: Book) -> None:
    answer = await book.find({"purpose": "inwoner-herkennen", "phone": "0612340678"})

    assert answer.json() == {"citizens": []}
    assert book.rows("SELECT what, citizen FROM address_book.access_line") == [("search", MOBILE.uuid)]


async def test_the_list_joins_linked_references_and_says_where_each_point_came_from(book: Book) -> None:
    await book.hear(contact("1", mobile(), at=ago(3)), contact("2", mail(), citizen=MAIL, at=ago(1)))
    await book.hear(linked(other=MAIL))

    answer = (await book.list_of(SHE.text)).json()

    assert [(one["kind"], one["text"], one["eventId"]) for one in answer["contactPoints"]] == [
        ("email", "m•••@example.nl", "2"),
        ("phone", "06•••••678", "1"),
    ]
    assert all(one["current"] and one["source"].startswith("urn:nld:") for one in answer["contactPoints"])


async def test_a_list_leaves_a_line_for_every_reference_it_shows_and_they_are_one_look(book: Book) -> None:
    """When the link proves wrong, each of the two people still sees who looked."""
    await book.hear(contact("1", mobile(), at=ago(3)), contact("2", mail(), citizen=MAIL, at=ago(1)))
    await book.hear(linked(other=MAIL))

    await book.list_of(SHE.text)

    said = [read_event(bytes(value)) for (value,) in book.rows("SELECT value FROM address_book.outgoing ORDER BY seq")]
    assert {event.citizen for event in said} == {SHE, MAIL}
    assert len({event.id.partition(".")[0] for event in said}) == 1
    assert set(book.rows("SELECT line_id, citizen FROM address_book.access_line")) == {
        (event.key, event.citizen.uuid) for event in said
    }


async def test_a_reveal_shows_the_point_and_leaves_a_durable_line_that_is_said_to_everybody(book: Book) -> None:
    await book.hear(contact("1", mobile(), at=ago(3)))
    [point] = (await book.list_of(SHE.text)).json()["contactPoints"]

    answer = await book.reveal(point["id"])

    assert answer.status_code == 200
    assert answer.json()["text"] == MOBILE_TEXT
    seen = "SELECT seen_by, purpose, citizen, contact_point::text FROM address_book.access_line WHERE what = 'contact_point'"
    assert book.rows(seen) == [("agent-7", "terugbellen", SHE.uuid, point["id"])]
    said = [read_event(bytes(value)) for (value,) in book.rows("SELECT value FROM address_book.outgoing ORDER BY seq")]
    assert [(event.data.what, event.data.legal_basis != "") for event in said] == [
        ("contact_point_list", True),
        ("contact_point", True),
    ]
    assert all(isinstance(event.data, InformationSeen) and event.citizen == SHE for event in said)
    assert len(book.woken) == 2


async def test_no_line_no_answer(book: Book) -> None:
    await book.hear(contact("1", mobile(), at=ago(3)))
    [point] = (await book.list_of(SHE.text)).json()["contactPoints"]
    with psycopg.connect(book.database_url) as connection:
        connection.execute("ALTER TABLE address_book.access_line ADD CONSTRAINT full_disk CHECK (false) NOT VALID")

    answer = await book.reveal(point["id"])

    assert answer.status_code == 500
    assert "12340678" not in answer.text
    assert book.rows("SELECT count(*) FROM address_book.outgoing") == [(1,)]


@pytest.mark.parametrize(
    ("purpose", "roles", "status", "kind"),
    [
        ("nieuwsgierig", ("agent",), 400, "invalid-input"),
        ("bezorging", ("agent",), 403, "purpose-not-open"),
        ("terugbellen", (), 403, "purpose-not-open"),
        ("inwoner-herkennen", ("agent",), 403, "not-for-this-purpose"),
        ("klantcontact", ("agent",), 403, "not-for-this-purpose"),
    ],
)
async def test_a_reveal_without_the_right_purpose_is_refused_and_shows_nothing(
    book: Book, purpose: str, roles: tuple[str, ...], status: int, kind: str
) -> None:
    await book.hear(contact("1", mobile(), at=ago(3)))
    [point] = (await book.list_of(SHE.text)).json()["contactPoints"]

    answer = await book.reveal(point["id"], purpose, book.token(roles=roles))

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:plein:problem:{kind}")
    assert "12340678" not in answer.text


async def test_a_point_that_is_not_kept_is_not_found(book: Book) -> None:
    answer = await book.reveal("00000000-0000-4000-8000-000000000000")

    assert answer.status_code == 404
    assert book.rows("SELECT count(*) FROM address_book.access_line") == [(0,)]


async def test_who_may_only_find_may_not_reveal_and_nobody_may_do_without_a_token(book: Book) -> None:
    point = "00000000-0000-4000-8000-000000000000"

    assert (await book.reveal(point, headers=book.token("contact-points:find"))).status_code == 403
    assert (await book.find({"purpose": "x", "ref": SHE.text}, book.token("contact-points:reveal"))).status_code == 403
    assert (await book.client.get(f"/v1/citizens/{SHE.text}/contact-points?purpose=x")).status_code == 401


@pytest.mark.parametrize(
    "asked",
    [
        {"purpose": "inwoner-herkennen"},
        {"purpose": "inwoner-herkennen", "phone": "0612340678", "email": "m.devries@example.nl"},
        {"purpose": "inwoner-herkennen", "phone": "06999"},
        {"purpose": "inwoner-herkennen", "bsn": "999990343"},
        {"phone": "0612340678"},
    ],
)
async def test_a_search_that_is_not_right_is_400_and_repeats_nothing(book: Book, asked: dict[str, str]) -> None:
    answer = await book.find(asked)

    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert not any(value in answer.text for key, value in asked.items() if key != "purpose")


async def test_a_list_without_a_purpose_is_400(book: Book) -> None:
    answer = await book.client.get(f"/v1/citizens/{SHE.text}/contact-points", headers=book.token())

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["name"] == "purpose"


async def test_a_batch_parks_what_is_no_event_and_keeps_the_rest(book: Book) -> None:
    good = write_event(contact("1", mobile(), at=ago(3)))
    values = [b"{", good, None, good.replace(b"recorded.v1", b"recorded.v9")]
    records = [Record("interactions", 0, place, None, value) for place, value in enumerate(values)]

    async with await psycopg.AsyncConnection.connect(book.database_url) as connection:
        handled = await batch_handler(SECRETS)(connection, Batch("interactions", 0, records))

    assert (handled.kept, handled.repeated) == (1, 0)
    assert [(one.record.offset, one.reason) for one in handled.parked] == [
        (0, "not_json"),
        (2, "not_json"),
        (3, "unknown_major_version"),
    ]


async def test_what_the_table_holds_can_be_read_by_nobody_without_the_storage_key(book: Book) -> None:
    await book.hear(contact("1", mobile(), mail(), at=ago(3)))

    dump = str(book.rows("SELECT to_jsonb(kept) FROM address_book.contact_point kept"))

    assert dump.count("sealed") == 2
    assert not any(plain.encode().hex() in dump or plain in dump for plain in (MOBILE_TEXT, "m.devries@example.nl", "12340678"))


async def test_an_erasure_waits_for_the_contact_that_is_just_being_written(book: Book) -> None:
    said = [contact("1", mobile(), at=ago(3)), erased(ago(1))]
    first, second = (Batch("interactions", 0, [Record("interactions", 0, 0, None, write_event(event))]) for event in said)
    async with await psycopg.AsyncConnection.connect(book.database_url) as erasing:
        async with await psycopg.AsyncConnection.connect(book.database_url) as hearing:
            await batch_handler(SECRETS)(hearing, first)
            forgetting = asyncio.ensure_future(batch_handler(SECRETS)(erasing, second))
            await asyncio.wait([forgetting], timeout=0.2)
            assert not forgetting.done()
        async with asyncio.timeout(10):
            await forgetting

    assert book.rows("SELECT count(*) FROM address_book.contact_point") == [(0,)]
