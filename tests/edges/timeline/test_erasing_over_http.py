"""Forgetting a citizen over HTTP, on a real database: for a purpose, logged, said in the same transaction, told in words."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import httpx2
import psycopg
import pytest

from builders import a_ref, an_interaction
from contact_events.citizen_ref import RefKind
from contact_events.codec import read_event
from contact_events.words import CitizenReference
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from handlers.timeline.timeline_callers import BSN, KEYS, agent, bearer, timeline_app
from handlers.timeline.timeline_setting import Twin, a_link
from service_runtime.database import Pool, ingest_pool
from service_runtime.settings import DatabaseSettings
from timeline.edges.database.timelines import PostgresTimelines
from timeline.edges.live import Followers

SHE = KEYS.ref(RefKind.BSN, BSN)
HER = CitizenReference(ref=SHE.text, kind="bsn", assurance="high")
BEFORE = datetime.now(UTC) - timedelta(hours=1)
WANTED = {"purpose": "vergeten", "case": "Z-2026-00417", "bsn": BSN}
MARK = "kanariegeel"


def officer(scopes: str = "erasures:write erasures:read", **claims: Any) -> dict[str, str]:
    return bearer(scopes, **({"roles": ["privacy-officer"], "name": "Carla Smit"} | claims))


class Door:
    """The timeline behind HTTP, and its database."""

    def __init__(self, client: httpx2.AsyncClient, twin: Twin, url: str) -> None:
        self.client = client
        self.twin = twin
        self._url = url

    async def erase(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx2.Response:
        body = {name: value for name, value in (WANTED | changes).items() if value is not None}
        return await self.client.post("/v1/erasures", json=body, headers=headers or officer())

    async def told(self, erasure: object, headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.get(f"/v1/erasures/{erasure}", headers=headers or officer())

    def rows(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def run(self, statement: LiteralString) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture
async def door(postgres_twin: Twin, timeline_pool: Pool, timeline_database: str, tmp_path: Path) -> AsyncIterator[Door]:
    timelines = PostgresTimelines(timeline_pool, said=lambda: None)
    app = timeline_app(timelines, Followers(), tmp_path)
    async with ingest_pool(DatabaseSettings(database_url=timeline_database)) as pool:
        app.include_router(erasure_routes(told_from(pool, "timeline")))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://timeline") as client:
            yield Door(client, postgres_twin, timeline_database)


async def test_a_person_is_forgotten_here_at_once_and_the_erasure_is_said(door: Door) -> None:
    phone = CitizenReference(ref=a_ref("telefoon").text, kind="phone", assurance="claimed")
    await door.twin.hear(
        an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE, summary=MARK),
        an_interaction(event_id="call", citizen=phone, logged_at=BEFORE),
        a_link(HER, phone, link_id="l", at=BEFORE),
    )

    answer = await door.erase()

    shown = answer.json()
    assert (answer.status_code, shown["case"], shown["perhapsAlso"]) == (202, "z-2026-00417", [])
    assert set(shown["references"]) == {SHE.text, phone.ref}
    assert door.rows("SELECT count(*) FROM timeline.entry") == [(0,)]
    [(raw,)] = door.rows("SELECT value FROM timeline.outgoing WHERE topic = 'citizen-facts'")
    said = read_event(bytes(raw))
    assert (str(said.key), list(said.data.refs), said.data.ground) == (shown["erasureId"], shown["references"], "z-2026-00417")
    assert said.data.erased_at == datetime.fromisoformat(shown["erasedAt"])
    assert datetime.fromisoformat(shown["topicsForgetBy"]) == said.data.erased_at + timedelta(days=7)


async def test_what_was_forgotten_is_told_per_erasure_and_404_says_not_yet(door: Door) -> None:
    await door.twin.hear(an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE))
    erasure = (await door.erase()).json()["erasureId"]

    told, unknown = await door.told(erasure), await door.told(uuid4())

    assert (told.status_code, told.json()["forgotten"]["contacts"]) == (200, 1)
    assert (unknown.status_code, (await door.told("nonsense")).status_code) == (404, 404)
    assert (await door.told(erasure, officer("erasures:write"))).status_code == 403


async def test_each_of_her_references_has_a_line_that_stays(door: Door) -> None:
    await door.erase()

    lines = [read_event(bytes(raw)).data for (raw,) in door.rows("SELECT raw FROM timeline.access_log")]

    assert [(line.what, line.purpose, line.seen_by, line.role) for line in lines] == [
        ("erasure", "vergeten", "Carla Smit", "privacy-officer")
    ]


async def test_what_was_still_to_be_said_about_her_is_forgotten_and_the_line_is_not(door: Door) -> None:
    """A link made here, and its undoing, wait in the outgoing table with their words, under the other's reference."""
    phone = CitizenReference(ref=a_ref("telefoon").text, kind="phone", assurance="claimed")
    await door.twin.hear(
        an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE),
        an_interaction(event_id="call", citizen=phone, logged_at=BEFORE),
    )
    linked = {"citizen": phone.ref, "other": SHE.text, "evidence": MARK, "purpose": "klantcontact"}
    link = await door.client.post("/v1/links", json=linked, headers=agent())
    undone = {"reason": MARK, "purpose": "klantcontact"}
    undo = await door.client.post(f"/v1/links/{link.json()['linkId']}/_undo", json=undone, headers=agent())
    assert (link.status_code, undo.status_code) == (201, 200)
    assert door.rows("SELECT count(*) FROM timeline.outgoing WHERE position('kanariegeel'::bytea IN value) > 0") == [(2,)]

    erased = await door.erase()

    assert erased.json()["references"] == [SHE.text]
    assert door.rows("SELECT count(*) FROM timeline.outgoing WHERE position('kanariegeel'::bytea IN value) > 0") == [(0,)]
    assert door.rows("SELECT count(*) > 0 FROM timeline.outgoing WHERE topic = 'access-log'") == [(True,)]


async def test_an_earlier_erasure_is_said_again_though_it_was_published_before(door: Door) -> None:
    first = (await door.erase()).json()
    door.run("UPDATE timeline.outgoing SET published_in = 'log 1'")
    await door.twin.hear(an_interaction(event_id="new", citizen=HER, logged_at=datetime.now(UTC)))

    again = await door.erase(bsn=None, references=first["references"], erasedAt=first["erasedAt"])

    assert again.status_code == 202
    assert {name: again.json()[name] for name in ("erasureId", "erasedAt", "references")} == {
        name: first[name] for name in ("erasureId", "erasedAt", "references")
    }
    assert door.rows("SELECT published_in FROM timeline.outgoing WHERE topic = 'citizen-facts'") == [(None,)]
    assert door.rows("SELECT count(*) FROM timeline.entry") == [(1,)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bsn": "123456789"}, "bsn"),
        ({"bsn": None}, ""),
        ({"phone": "0612345678"}, ""),
        ({"case": None}, "case"),
        ({"case": "het dossier van mevrouw"}, "case"),
        ({"purpose": "bestaat-niet"}, "purpose"),
        ({"bsn": None, "references": [SHE.text]}, ""),
        ({"erasedAt": "2026-11-01T10:00:00Z"}, ""),
        ({"bsn": None, "references": [SHE.text], "erasedAt": "2999-01-01T00:00:00Z"}, "erasedAt"),
        ({"bsn": None, "references": ["mevrouw"], "erasedAt": "2026-11-01T10:00:00Z"}, "references"),
    ],
)
async def test_what_is_not_right_is_named_and_nothing_is_forgotten(door: Door, changes: dict[str, Any], field: str) -> None:
    await door.twin.hear(an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE))

    answer = await door.erase(**changes)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert any(field in error["name"] or field in error["pointer"] for error in answer.json()["errors"]), answer.text
    assert BSN not in answer.text
    assert door.rows("SELECT count(*) FROM timeline.entry") == [(1,)]


@pytest.mark.parametrize(
    ("caller", "purpose", "status", "kind"),
    [
        (lambda: {"Accept": "application/json"}, "vergeten", 401, "not-signed-in"),
        (lambda: officer("access-log:read"), "vergeten", 403, "not-allowed"),
        (lambda: officer(roles=["agent"]), "vergeten", 403, "purpose-not-open"),
        (officer, "inzageverzoek", 403, "not-for-this-purpose"),
    ],
)
async def test_who_may_not_is_refused_and_nothing_is_forgotten(
    door: Door, caller: Callable[[], dict[str, str]], purpose: str, status: int, kind: str
) -> None:
    await door.twin.hear(an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE))

    answer = await door.erase(caller(), purpose=purpose)

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, kind)
    assert door.rows("SELECT count(*) FROM timeline.entry") == [(1,)]


async def test_an_erasure_that_cannot_be_logged_is_not_made(door: Door) -> None:
    await door.twin.hear(an_interaction(event_id="hers", citizen=HER, logged_at=BEFORE))
    door.run("ALTER TABLE timeline.access_log RENAME TO access_log_away")
    try:
        answer = await door.erase()
    finally:
        door.run("ALTER TABLE timeline.access_log_away RENAME TO access_log")

    assert answer.status_code == 503
    assert door.rows("SELECT count(*) FROM timeline.entry") == [(1,)]
    assert door.rows("SELECT count(*) FROM timeline.erased_ref") == [(0,)]
