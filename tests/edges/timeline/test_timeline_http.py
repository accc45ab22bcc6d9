"""The timeline over HTTP, on a real database: per purpose, never without a line, nothing personal in an address."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
import pytest

from builders import a_citizen, a_contact_point, a_ref, an_event, an_interaction
from contact_events.citizen_ref import RefKind
from contact_events.codec import read_event
from contact_events.identity import receipt_of
from contact_events.seen import InformationSeen
from contact_events.words import CitizenReference, ContactPoint
from handlers.timeline.timeline_callers import BSN, KEYS, SOURCE, agent, bearer, caseworker, citizen, timeline_app
from handlers.timeline.timeline_setting import Twin, a_correction, a_withdrawal
from service_runtime.database import Pool
from timeline.edges.database.timelines import PostgresTimelines
from timeline.edges.live import Followers

SHE = KEYS.ref(RefKind.BSN, BSN)
HER = CitizenReference(ref=SHE.text, kind="bsn", assurance="high")
PHONE = "0612345678"
PHONE_REF = KEYS.ref(RefKind.PHONE, PHONE)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READ = f"/v1/citizens/{SHE.text}/timeline"


@dataclass
class Door:
    """The timeline behind HTTP, and its database."""

    client: httpx2.AsyncClient
    twin: Twin
    database_url: str
    woken: list[None]

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params, headers=headers or agent())

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.post(path, json=body, headers=headers or agent())

    def rows(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def run(self, statement: LiteralString) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture
async def door(postgres_twin: Twin, timeline_pool: Pool, timeline_database: str, tmp_path: Path) -> AsyncIterator[Door]:
    woken: list[None] = []
    timelines = PostgresTimelines(timeline_pool, said=lambda: woken.append(None))
    app = timeline_app(timelines, Followers(), tmp_path)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://timeline") as client:
        yield Door(client, postgres_twin, timeline_database, woken)


async def test_a_page_shows_each_contact_with_channel_and_matter_in_words(door: Door) -> None:
    call = an_interaction(event_id="call", citizen=HER, occurred_at=NOON, recorded_at=NOON + timedelta(hours=1), summary="vraag")
    await door.twin.hear(call)

    answer = await door.get(READ, purpose="klantcontact")

    shown = answer.json()
    [entry] = shown["entries"]
    assert answer.status_code == 200
    assert entry["channel"] == {"code": "phone", "nl": "telefoon", "en": "phone"}
    assert entry["matter"]["nl"] == "Paspoort en identiteitskaart"
    assert (entry["occurredAt"], entry["recordedAt"]) == ("2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z")
    assert (entry["kind"], entry["summary"], entry["receipt"]) == ("interaction", "vraag", receipt_of(call.key))
    assert shown["purpose"]["legalBasis"].startswith("AVG")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_same_timeline_differs_for_tax_and_for_support_at_home(door: Door) -> None:
    await door.twin.hear(
        an_interaction(event_id="tax", citizen=HER, matter="belasting"),
        an_interaction(event_id="care", citizen=HER, matter="wmo-melding", confidential=True),
    )

    tax = await door.get(READ, caseworker(), purpose="belasting")
    care = await door.get(READ, caseworker(), purpose="wmo-melding")

    assert [entry["matter"]["code"] for entry in tax.json()["entries"]] == ["belasting"]
    assert [entry["matter"]["code"] for entry in care.json()["entries"]] == ["wmo-melding"]


@pytest.mark.parametrize(
    ("caller", "params", "status", "kind"),
    [
        (lambda: {"Accept": "application/json"}, {"purpose": "klantcontact"}, 401, "not-signed-in"),
        (agent, {}, 400, "invalid-input"),
        (agent, {"purpose": "nieuwsgierig"}, 400, "invalid-input"),
        (agent, {"purpose": "eigen-inzage"}, 403, "purpose-not-open"),
        (agent, {"purpose": "wmo-melding"}, 403, "purpose-not-open"),
        (lambda: agent(roles=[]), {"purpose": "klantcontact"}, 403, "purpose-not-open"),
        (agent, {"purpose": "terugbellen"}, 403, "not-for-this-purpose"),
        (lambda: agent("citizens:search"), {"purpose": "klantcontact"}, 403, "not-allowed"),
        (citizen, {"purpose": "klantcontact"}, 403, "not-allowed"),
        (agent, {"purpose": "klantcontact", "cursor": "abc"}, 400, "invalid-input"),
        (agent, {"purpose": "klantcontact", "asOf": "gisteren"}, 400, "invalid-input"),
        (agent, {"purpose": "klantcontact", "asOf": "2026-01-01T00:00:00"}, 400, "invalid-input"),
        (agent, {"purpose": "klantcontact", "limit": "0"}, 400, "invalid-input"),
    ],
)
async def test_no_purpose_that_is_yours_no_timeline_and_no_line(
    door: Door, caller: Callable[[], dict[str, str]], params: dict[str, str], status: int, kind: str
) -> None:
    """The token is made when the test runs: it lives a minute, and a whole run does not."""
    await door.twin.hear(an_interaction(citizen=HER))

    answer = await door.get(READ, caller(), **params)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:plein:problem:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert door.rows("SELECT * FROM timeline.access_log") == []


async def test_the_line_is_durable_and_said_before_the_answer(door: Door) -> None:
    await door.twin.hear(an_interaction(citizen=HER))

    answer = await door.get(READ, agent(organisation_name="Gemeente Voorbeeld"), purpose="klantcontact")

    [(raw, topic)] = door.rows("SELECT l.raw, o.topic FROM timeline.access_log l JOIN timeline.outgoing o ON o.value = l.raw")
    line = read_event(raw).data
    assert isinstance(line, InformationSeen)
    assert answer.status_code == 200
    assert (line.seen_by, line.role, line.organisation_name) == ("Anouk Bakker", "agent", "Gemeente Voorbeeld")
    assert (line.purpose, line.what, line.service, topic) == ("klantcontact", "timeline", "timeline", "access-log")
    assert line.trace_id is not None
    assert door.woken == [None]


@pytest.mark.parametrize("table", ["access_log", "outgoing"])
async def test_no_log_no_answer(door: Door, table: str) -> None:
    await door.twin.hear(an_interaction(citizen=HER, summary="geheim"))
    door.run(f"ALTER TABLE timeline.{table} RENAME TO away")
    try:
        read = await door.get(READ, purpose="klantcontact")
        sought = await door.post("/v1/citizens/_zoek", {"bsn": BSN, "purpose": "klantcontact"})
        own = await door.get("/v1/citizens/me/access-log", citizen())
        live = await door.get(f"{READ}/live", purpose="klantcontact")
    finally:
        door.run(f"ALTER TABLE timeline.away RENAME TO {table}")

    assert [each.status_code for each in (read, sought, own, live)] == [503] * 4
    assert "geheim" not in read.text
    assert SHE.text not in sought.text
    assert read.headers["retry-after"] == "2"


async def test_a_cursor_leads_to_the_next_page_until_there_is_none(door: Door) -> None:
    await door.twin.hear(*(an_interaction(event_id=str(n), citizen=HER, occurred_at=NOON + timedelta(hours=n)) for n in range(5)))

    first = (await door.get(READ, purpose="klantcontact", limit=3)).json()
    second = (await door.get(READ, purpose="klantcontact", limit=3, cursor=first["next"])).json()

    assert [len(first["entries"]), len(second["entries"])] == [3, 2]
    assert "next" not in second
    assert first["entries"][-1]["occurredAt"] > second["entries"][0]["occurredAt"]


async def test_filters_may_be_repeated(door: Door) -> None:
    await door.twin.hear(*(an_interaction(event_id=c, citizen=HER, channel=c) for c in ("web", "phone", "counter")))

    answer = await door.get(READ, purpose="klantcontact", channel=["web", "counter"])

    assert sorted(entry["channel"]["code"] for entry in answer.json()["entries"]) == ["counter", "web"]


async def test_corrections_and_withdrawals_show_who_when_and_why(door: Door) -> None:
    call = an_interaction(event_id="call", citizen=HER, summary="eerst")
    await door.twin.hear(call, a_correction(call, event_id="c", citizen=HER, summary="later"), a_withdrawal(call, event_id="w"))

    [entry] = (await door.get(READ, purpose="klantcontact")).json()["entries"]

    assert (entry["summary"], entry["corrections"][0]["earlier"]["summary"]) == ("later", "eerst")
    assert (entry["corrections"][0]["correctedBy"], entry["corrections"][0]["reason"]) == ("Anouk", "verkeerd ingevuld")
    assert (entry["withdrawn"]["withdrawnBy"], entry["withdrawn"]["reason"]) == ("Anouk", "verkeerde persoon")


async def test_a_source_that_is_silent_is_named_on_the_timeline(door: Door) -> None:
    silent = (await door.get(READ, purpose="klantcontact")).json()["sources"]
    await door.twin.hear(an_event(an_interaction(citizen=HER).data, source=SOURCE, logged_at=datetime.now(UTC)))
    door.client._transport.app.state.desk.timelines._heard = None  # type: ignore[attr-defined]  # it is kept for two seconds
    heard = (await door.get(READ, purpose="klantcontact")).json()["sources"]
    listed = (await door.get("/v1/sources")).json()["sources"]

    assert [(each["source"], each["state"]) for each in silent] == [(SOURCE, "silent")]
    assert heard == []
    assert [each["state"] for each in listed] == ["on_time"]


async def test_a_citizen_reads_the_own_timeline_and_who_looked_without_a_purpose(door: Door) -> None:
    await door.twin.hear(
        an_interaction(event_id="care", citizen=HER, matter="wmo-melding", confidential=True),
        an_interaction(event_id="hers", citizen=HER, contact_points=(a_contact_point("06"),)),
        an_interaction(event_id="housemate", citizen=a_citizen("06", kind="phone")),
    )
    await door.get(READ, purpose="klantcontact")

    own = await door.get("/v1/citizens/me/timeline", citizen())
    log = await door.get("/v1/citizens/me/access-log", citizen())

    assert len(own.json()["entries"]) == 2
    assert own.json()["perhapsAlso"] == []
    lines = log.json()["lines"]
    assert [line["seenBy"] for line in lines] == ["inwoner", "Anouk Bakker"]
    assert lines[1]["purpose"]["nl"] == "Vragen beantwoorden aan de telefoon"
    assert "De Vries" not in log.text


@pytest.mark.parametrize("level", [None, "low", "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", "heel zeker"])
async def test_a_sign_in_that_is_not_sure_enough_opens_no_timeline(door: Door, level: str | None) -> None:
    """A password alone proves too little for a whole file; a level nobody knows proves nothing."""
    await door.twin.hear(an_interaction(citizen=HER))

    for what in ("timeline", "access-log", "timeline/live"):
        answer = await door.get(f"/v1/citizens/me/{what}", citizen(acr=level))

        assert (answer.status_code, answer.json()["type"]) == (403, "urn:plein:problem:sign-in-level-too-low")


@pytest.mark.parametrize("level", ["substantial", "http://eidas.europa.eu/LoA/high"])
async def test_a_sign_in_that_is_sure_enough_opens_the_own_timeline(door: Door, level: str) -> None:
    answer = await door.get("/v1/citizens/me/timeline", citizen(acr=level))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "caller",
    [
        agent,
        lambda: citizen("123456789"),
        lambda: citizen(represents={"sub": "x", "sub_id_type": "bsn"}),
        lambda: agent(bsn=""),
    ],
)
async def test_me_is_only_for_a_citizen_who_is_signed_in_for_herself(door: Door, caller: Callable[[], dict[str, str]]) -> None:
    answer = await door.get("/v1/citizens/me/timeline", caller())

    assert answer.status_code == 403
    assert door.rows("SELECT * FROM timeline.access_log") == []


async def test_who_looked_needs_its_own_scope_for_others(door: Door) -> None:
    path = f"/v1/citizens/{SHE.text}/access-log"

    refused = await door.get(path, purpose="klantcontact")
    allowed = await door.get(path, bearer("access-log:read", roles=["privacy-officer"]), purpose="inzageverzoek")

    assert (refused.status_code, allowed.status_code) == (403, 200)


@pytest.mark.parametrize(("sought", "certain"), [({"bsn": BSN}, True), ({"ref": SHE.text}, True), ({"phone": PHONE}, False)])
async def test_a_citizen_is_found_and_the_search_leaves_a_line(door: Door, sought: dict[str, str], certain: bool) -> None:
    point = ContactPoint(kind="phone", ref=PHONE_REF.text, assurance="claimed")
    await door.twin.hear(an_interaction(event_id="call", citizen=HER, contact_points=(point,), occurred_at=NOON))

    answer = await door.post("/v1/citizens/_zoek", sought | {"purpose": "klantcontact"})

    [found] = answer.json()["citizens"]
    assert (found["citizen"], found["certain"], found["lastContactAt"]) == (SHE.text, certain, "2026-11-23T12:00:00Z")
    whats = {read_event(raw).data.what for (raw,) in door.rows("SELECT raw FROM timeline.access_log")}
    assert whats == {"search"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"purpose": "klantcontact"}, [""]),
        ({"purpose": "klantcontact", "bsn": BSN, "phone": PHONE}, [""]),
        ({"purpose": "klantcontact", "bsn": "123456789"}, ["/bsn"]),
        ({"purpose": "klantcontact", "ref": "c1-xyz"}, ["/ref"]),
        ({"bsn": BSN}, ["/purpose"]),
        ({"purpose": "klantcontact", "naam": "De Vries", "bsn": BSN}, ["/naam"]),
        ({"purpose": "onbekend", "bsn": BSN}, ["/purpose"]),
    ],
)
async def test_a_search_says_what_is_wrong_and_repeats_nothing(door: Door, body: dict[str, str], pointers: list[str]) -> None:
    answer = await door.post("/v1/citizens/_zoek", body)

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert not any(value in answer.text for value in ("123456789", "De Vries", BSN))


async def test_a_link_is_made_shown_and_undone(door: Door) -> None:
    await door.twin.hear(
        an_interaction(event_id="hers", citizen=HER),
        an_interaction(event_id="other", citizen=CitizenReference(ref=PHONE_REF.text, kind="phone", assurance="claimed")),
    )
    wanted = {"citizen": SHE.text, "other": PHONE_REF.text, "evidence": "paspoort gezien", "purpose": "klantcontact"}

    made = await door.post("/v1/links", wanted)
    again = await door.post("/v1/links", wanted)
    joined = (await door.get(READ, purpose="klantcontact")).json()
    undone = await door.post(f"/v1/links/{made.json()['linkId']}/_undo", {"reason": "vergist", "purpose": "klantcontact"})
    history = (await door.get(f"/v1/citizens/{PHONE_REF.text}/links", purpose="klantcontact")).json()["links"]

    assert (made.status_code, again.status_code, undone.status_code) == (201, 409, 200)
    assert sorted(joined["references"]) == sorted([SHE.text, PHONE_REF.text])
    assert len(joined["entries"]) == 2
    assert [(each["holds"], each["evidence"], each["undone"]["reason"]) for each in history] == [
        (False, "paspoort gezien", "vergist")
    ]
    topics = [topic for (topic,) in door.rows("SELECT topic FROM timeline.outgoing WHERE topic = 'citizen-facts'")]
    assert len(topics) == 2


async def test_a_link_made_here_comes_back_by_the_topic_as_a_repeat(door: Door) -> None:
    await door.twin.hear(
        an_interaction(event_id="hers", citizen=HER),
        an_interaction(event_id="other", citizen=CitizenReference(ref=PHONE_REF.text, kind="phone", assurance="claimed")),
    )
    wanted = {"citizen": SHE.text, "other": PHONE_REF.text, "evidence": "paspoort gezien", "purpose": "klantcontact"}
    await door.post("/v1/links", wanted)

    [(raw,)] = door.rows("SELECT value FROM timeline.outgoing WHERE topic = 'citizen-facts'")
    handled = await door.twin.hear(raw, topic="citizen-facts")

    assert (handled.kept, handled.repeated, handled.parked) == (0, 1, [])


async def test_two_bsns_are_refused_with_a_clear_conflict(door: Door) -> None:
    await door.twin.hear(an_interaction(event_id="hers", citizen=HER), an_interaction(event_id="his", citizen=a_citizen("hij")))

    answer = await door.post(
        "/v1/links", {"citizen": SHE.text, "other": a_ref("hij").text, "evidence": "zelfde huis", "purpose": "klantcontact"}
    )

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:plein:problem:two-bsns")
    assert "two different BSNs" in answer.json()["detail"]


async def test_a_receipt_that_was_read_out_leads_to_its_entry(door: Door) -> None:
    call = an_interaction(event_id="call", citizen=HER)
    await door.twin.hear(call)
    number = receipt_of(call.key)
    spoken = f"{number[:5]} {number[5:]}".lower()

    found = await door.get(f"/v1/receipts/{spoken}", purpose="klantcontact")
    mistyped = await door.get(f"/v1/receipts/{number[:-1]}{'0' if number[-1] != '0' else '1'}", purpose="klantcontact")
    hidden = await door.get(f"/v1/receipts/{number}", caseworker(), purpose="belasting")

    assert found.json()["entries"][0]["citizen"]["citizen"] == SHE.text
    assert (mistyped.status_code, hidden.status_code) == (400, 404)


async def test_the_register_says_which_purposes_are_yours(door: Door) -> None:
    answer = await door.get("/v1/purposes")

    register = {each["code"]: each for each in answer.json()["purposes"]}
    assert (register["klantcontact"]["mayUse"], register["wmo-melding"]["mayUse"]) == (True, False)


async def test_the_register_says_what_each_purpose_opens(door: Door) -> None:
    answer = await door.get("/v1/purposes")

    register = {each["code"]: each for each in answer.json()["purposes"]}
    assert (register["belasting"]["matters"][:1], register["belasting"]["mayReach"]) == (["belasting"], True)
    assert (register["terugbellen"]["matters"], register["terugbellen"]["mayReveal"]) == ([], ["phone"])
    assert "mayReveal" not in register["klantcontact"]


async def test_the_published_description_names_every_route_and_its_refusals(door: Door) -> None:
    document = (await door.client.get("/v1/openapi.json")).json()

    assert set(document["paths"]) >= {
        "/v1/citizens/_zoek",
        "/v1/citizens/{citizen}/timeline",
        "/v1/citizens/{citizen}/timeline/live",
        "/v1/citizens/{citizen}/access-log",
        "/v1/citizens/{citizen}/links",
        "/v1/links",
        "/v1/links/{linkId}/_undo",
        "/v1/sources",
        "/v1/purposes",
        "/v1/receipts/{receipt}",
    }
    assert {"400", "401", "403", "409", "503"} <= set(document["paths"]["/v1/links"]["post"]["responses"])
    assert "occurredAt" in document["components"]["schemas"]["EntryShown"]["properties"]
