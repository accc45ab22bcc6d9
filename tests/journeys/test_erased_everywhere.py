"""A citizen is erased: what was planted is found everywhere before, and nowhere after, whatever runs or is restored meanwhile."""

import asyncio
import json
import secrets
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from kafka import KafkaAdminClient
from kafka import TopicPartition as KafkaPartition

from a_later_version import FIRST, SECOND
from builders import an_interaction
from contact_events.citizen_ref import CitizenRef
from contact_events.codec import write_event
from contact_events.topics import INTERACTIONS, broker_topics
from contact_events.words import CitizenReference
from engines import APACHE_KAFKA, EMBEDDED, Engines
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from places import records_of_topics, rows_of_tables
from plein.local.databases import DATABASE
from plein.local.postgres import binaries
from plein.services import SERVICES
from plein.story.town import POSTS_AS
from running_town import COUNTER, INTERMEDIARY, PHONE, WEB, RunningTown, a_call, a_form, a_member_question, a_town, a_visit

READERS = tuple(service.name for service in SERVICES if service.reads)
PARKERS = tuple(service.name for service in SERVICES if INTERACTIONS in service.reads)
CASE = "Z-2026-00417"
ERASED = ("erase", "--case", CASE)


@pytest.fixture(scope="module", params=[EMBEDDED, APACHE_KAFKA])
def town(engines: Engines, request: pytest.FixtureRequest) -> Iterator[RunningTown]:
    """A town of this file's own: its database is restored from dumps, and its topics are emptied."""
    with a_town(engines, request.param, "erasing") as running:
        yield running


@dataclass(frozen=True)
class Planted:
    """Somebody who left the same unmistakable word everywhere."""

    bsn: str
    mark: str
    references: tuple[str, ...]


def test_what_a_citizen_left_is_found_everywhere_and_after_the_erasure_nowhere(town: RunningTown) -> None:
    """Through every door; linked, corrected, parked, asked to be reached. Tables, files, journals, logs and topics."""
    planted = plant(town)
    found = places_of(town, planted)
    assert {
        "timeline.entry",
        "timeline.amendment",
        "timeline.link",
        "timeline.outgoing",
        "channel_router.outgoing",
        *(f"{reader}.parked" for reader in PARKERS),
    } <= {place.rsplit("_", 1)[0] if place[-1].isdigit() else place for place in found}
    assert {f"journal of {door}" for door in POSTS_AS} <= found
    assert {"the database's files", "a topic"} <= found

    code, told = town.operator(*ERASED, answers=f"{planted.bsn}\n")

    assert code == 0, told
    assert all(f"{service}: forgot" in told for service in town.stack.services), told
    assert planted.bsn not in told
    assert places_of(town, planted) <= {"the database's files", "a topic"}
    freed_bytes_are_gone(town)
    topics_have_forgotten(town)
    assert places_of(town, planted) == set()
    assert tables_that_name(town, planted) <= {"erased_ref", "access_log", "access_line", "outgoing"}


def test_an_erasure_meets_contacts_that_pour_in_and_nothing_brings_back_what_it_covers(town: RunningTown) -> None:
    """What was logged up to its moment is gone, wherever it was just then; what was logged later is a new contact."""
    planted = plant(town)
    pouring = Pouring(town, planted.bsn)
    pouring.until(100)

    code, told = town.operator(*ERASED, answers=f"{planted.bsn}\n")
    erased_at = last_erased_at(town)
    pouring.until(200)
    logged = pouring.stopped()

    assert code == 0, told
    later = {key for key, logged_at in logged.items() if logged_at > erased_at}
    assert 0 < len(later) < len(logged)
    assert shown_of(town, planted.bsn, len(later)) == later
    for reader in READERS:
        for words in (("replay", "--from-start", "--yes"), ("parked", "redrive", "--all")):
            code, told = town.operator(*words, "--service", reader)
            assert code == 0, told
    everything_was_read_again(town)
    assert shown_of(town, planted.bsn, len(later)) == later
    assert town.operator("rebuild", "--check")[0] == 0
    assert {place for place in places_of(town, planted) if "." in place or place.startswith("journal")} == set()


def test_a_service_that_is_away_is_named_and_forgets_when_it_is_back(town: RunningTown) -> None:
    planted = plant(town)
    with town.without_services("channel_router"):
        code, told = town.operator(*ERASED, "--wait", "1", answers=f"{planted.bsn}\n")

    # Others may need more than that second too; who is away is among them at any rate.
    not_yet = told.partition("Not yet forgotten by ")[2].partition(":")[0].split(", ")
    assert (code, "channel_router" in not_yet) == (1, True), told
    assert town.awaited(lambda: tables_with(town, planted), lambda left: not left) == set()


def test_a_restored_dump_forgets_again_by_itself_and_an_old_one_when_it_is_told(town: RunningTown, tmp_path: Path) -> None:
    """A dump's readers stand where they stood then, and read the erasure again while the topics have it."""
    planted = plant(town)
    dump = dumped(town, tmp_path)
    assert town.operator(*ERASED, answers=f"{planted.bsn}\n")[0] == 0

    restored(town, dump, planted)
    town.awaited(lambda: tables_with(town, planted), lambda left: not left)
    assert tables_with(town, planted) == set()

    topics_have_forgotten(town)
    restored(town, dump, planted, topics_begin_later=True)
    assert tables_with(town, planted) != set()
    code, told = town.operator("erase", "--again")
    assert code == 0, told
    assert tables_with(town, planted) == set()


def plant(town: RunningTown) -> Planted:
    """Leaves a word through every door and in every place, and returns whose it is."""
    bsn, mark = town.new_citizen(), f"kanariegeel{secrets.token_hex(8)}"
    phone = f"061{secrets.randbelow(10**7):07d}"
    note = f"Vraagt naar het {mark} formulier."
    form = a_form(bsn, summary=note, citizen={"phone": phone, "email": f"{mark}@voorbeeld.nl"})
    question = [{"matter": "aow", "summary": note}]
    town.accepted(WEB, form)
    town.accepted(PHONE, a_call(bsn, questions=question))
    town.accepted(COUNTER, a_visit(bsn, questions=question))
    town.accepted(INTERMEDIARY, a_member_question(bsn, summary=note))
    anonymous = town.accepted(PHONE, a_call(bsn, citizen={"phone": phone}, questions=question))
    amended(town, "corrections", {"corrects": {"id": form["id"]}, "corrected": {"summary": f"{note} Nu."}}, bsn, mark)
    # Corrected under another reference than the call's own, as when somebody finds out later who called.
    call = {"id": anonymous["id"], "source": anonymous["source"]}
    amended(town, "corrections", {"corrects": call, "corrected": {"summary": f"{note} Zij."}}, bsn, mark, door=PHONE)
    citizen = town.found(bsn=bsn)
    assert len(town.entries(citizen, 4)) == 4
    (caller,) = town.awaited(lambda: {one["citizen"] for one in town.find(phone=phone)} - {citizen}, bool)
    linked = {"citizen": citizen, "other": caller, "evidence": f"Noemde {mark}.", "purpose": "klantcontact"}
    assert town.http.ask("agent", "timeline", "/v1/links", linked).status_code == httpx2.codes.CREATED
    asked = {"citizen": {"bsn": bsn}, "matter": "aow", "purpose": "inkomensondersteuning", "title": f"Over {mark}"}
    assert town.http.ask("caseworker", "channel_router", "/v1/outreach-requests", asked).status_code == httpx2.codes.ACCEPTED
    parked(town, CitizenRef.from_text(citizen), mark)
    town.entries(citizen, 6)
    return Planted(bsn, mark, (citizen, caller))


def amended(town: RunningTown, what: str, body: Mapping[str, Any], bsn: str, mark: str, *, door: str = WEB) -> None:
    whole = {"id": f"corr-{secrets.token_hex(6)}", "citizen": {"bsn": bsn}, "reason": f"Het was {mark}.", **body}
    answer = town.http.ask(POSTS_AS[door], door, f"/v1/{what}", whole)
    assert answer.status_code == httpx2.codes.ACCEPTED, answer.text


def parked(town: RunningTown, ref: CitizenRef, mark: str) -> None:
    """Lets every reader park an event of a version that comes later."""
    citizen = CitizenReference(ref=ref.text, kind="bsn", assurance="high")
    event = an_interaction(event_id=mark, citizen=citizen, logged_at=datetime.now(UTC), summary=f"Later {mark}.")
    raw = write_event(event).replace(FIRST.encode(), SECOND.encode())

    async def publish() -> None:
        publisher = KafkaPublisher(town.stack.broker_settings)
        try:
            await publisher.publish([ToSay(INTERACTIONS.name, ref.value, raw, event.key)])
        finally:
            await publisher.stop()

    asyncio.run(publish())
    wanted = {f"{reader}.parked" for reader in PARKERS}
    word = mark.encode()
    seen = town.awaited(lambda: {place for place in rows_of_tables(town.stack.databases) if place in wanted}, bool)
    assert seen == wanted
    town.awaited(lambda: {place for place, rows in all_rows(town).items() if place in wanted and word in rows}, wanted.__eq__)


def all_rows(town: RunningTown) -> dict[str, bytes]:
    return {place: bytes(rows) for place, rows in rows_of_tables(town.stack.databases).items() if isinstance(rows, bytes)}


def tables_with(town: RunningTown, planted: Planted) -> set[str]:
    return {place for place, rows in all_rows(town).items() if planted.mark.encode() in rows}


def tables_that_name(town: RunningTown, planted: Planted) -> set[str]:
    """Returns the tables, of whatever service, that still hold a reference of hers."""
    named = [form for text in planted.references for form in (CitizenRef.from_text(text).value, text.encode())]
    found = (place for place, rows in all_rows(town).items() if any(form in rows for form in named))
    return {place.split(".")[1].rstrip("0123456789").rstrip("_") for place in found}


def places_of(town: RunningTown, planted: Planted) -> set[str]:
    """Returns every place where the word is: tables by their names, and the files behind them."""
    word = planted.mark.encode()
    found = tables_with(town, planted)
    if any(
        word in content for content in asyncio.run(records_of_topics(town.broker.address)).values() if isinstance(content, bytes)
    ):
        found.add("a topic")
    journals = town.stack.folder / "journals"
    found |= {f"journal of {file.name.split('.')[0]}" for file in journals.iterdir() if word in file.read_bytes()}
    found |= {f"log {file.name}" for file in town.stack.logs.iterdir() if word in file.read_bytes()}
    if any(word in content for content in contents_of(town.stack.folder / "postgres")):
        found.add("the database's files")
    return found


def contents_of(folder: Path) -> Iterator[bytes]:
    """Yields the content of every file; one that goes meanwhile is no file any more."""
    for file in folder.rglob("*"):
        if file.is_file():
            try:
                yield file.read_bytes()
            except FileNotFoundError:
                continue


def freed_bytes_are_gone(town: RunningTown) -> None:
    """Rewrites the tables, as an operator does in a quiet hour, and lets the write-ahead log be recycled."""
    for url in town.stack.databases.values():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM FULL")
    with psycopg.connect(town.stack.postgres.url, autocommit=True) as administrator:
        administrator.execute("CHECKPOINT")
        segments = len(list((town.stack.folder / "postgres").rglob("pg_wal/0*")))
        for _ in range(segments + 2):
            administrator.execute("SELECT pg_logical_emit_message(true, 'test', 'x')")
            administrator.execute("SELECT pg_switch_wal()")
            administrator.execute("CHECKPOINT")


def topics_have_forgotten(town: RunningTown) -> None:
    """Plays seven days: Apache Kafka deletes every record, the embedded broker comes back empty."""
    if town.durable:
        delete_every_record(town.broker.address)
        return
    with town.without_broker(fresh=True):
        pass
    everything_was_read_again(town)


def delete_every_record(address: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    partitions = [KafkaPartition(topic.name, number) for topic in broker_topics() for number in range(topic.partitions)]
    admin.delete_records(dict.fromkeys(partitions, -1))
    admin.close()


def dumped(town: RunningTown, folder: Path) -> Path:
    file = folder / "plein.dump"
    url = urlsplit(town.stack.postgres.url)._replace(path=f"/{DATABASE}").geturl()
    subprocess.run([binaries() / "pg_dump", "-Fc", "-f", file, url], check=True)
    return file


def restored(town: RunningTown, dump: Path, planted: Planted, *, topics_begin_later: bool = False) -> None:
    """Puts a dump in the place of the database while nobody uses it; what the topics no longer have is not waited for."""
    with town.without_services(*town.stack.databases):
        restore(town, dump)
        assert "timeline.entry" in {place.rstrip("_0123456789") for place in tables_with(town, planted)}
        if topics_begin_later:
            for reader in READERS:
                assert town.operator("replay", "--service", reader, "--from-start", "--yes")[0] == 0


def restore(town: RunningTown, dump: Path) -> None:
    town.stack.postgres.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    subprocess.run([binaries() / "pg_restore", "--create", "-d", town.stack.postgres.url, dump], check=True)


def last_erased_at(town: RunningTown) -> datetime:
    lines = (town.stack.folder / "erasures.jsonl").read_text().splitlines()
    return datetime.fromisoformat(json.loads(lines[-1])["erasedAt"])


def shown_of(town: RunningTown, bsn: str, count: int) -> set[str]:
    """Returns the keys of the entries that are shown, once there are `count`."""

    def look() -> list[dict[str, Any]]:
        return [] if not (found := town.find(bsn=bsn)) else pages_of(town, found[0]["citizen"])

    return {str(entry["id"]) for entry in town.awaited(look, lambda seen: len(seen) >= count)}


def pages_of(town: RunningTown, citizen: str) -> list[dict[str, Any]]:
    page = town.read(citizen)
    entries: list[dict[str, Any]] = page["entries"]
    while "next" in page:
        page = town.read(citizen, cursor=page["next"])
        entries += page["entries"]
    return entries


def everything_was_read_again(town: RunningTown) -> None:
    """Contacts of somebody else, posted after all that is to be read again, are read after it."""
    other = town.new_citizen()
    for _ in range(40):
        town.accepted(WEB, a_form(other))
    assert len(town.entries(town.found(bsn=other), 40)) == 40


class Pouring:
    """Somebody's contacts through the web door, one after the other, each with the moment at which it was logged."""

    def __init__(self, town: RunningTown, bsn: str) -> None:
        self._town = town
        self._bsn = bsn
        self._logged: dict[str, datetime] = {}
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._pour)
        self._thread.start()

    def until(self, count: int) -> None:
        self._town.awaited(lambda: len(self._logged), lambda seen: seen >= count)

    def stopped(self) -> dict[str, datetime]:
        self._enough.set()
        self._thread.join()
        return self._logged

    def _pour(self) -> None:
        headers = {
            "Authorization": f"Bearer {self._town.stack.token('web')}",
            "Content-Type": "application/cloudevents+json",
        }
        with httpx2.Client(headers=headers, trust_env=False, timeout=10) as client:
            while not self._enough.is_set():
                body, logged_at = a_form(self._bsn), datetime.now(UTC)
                event = {
                    "specversion": "1.0",
                    "id": body.pop("id"),
                    "source": "urn:nld:oin:00000001823288444000:systeem:website",
                    "type": "nl.plein.web-form.submitted.v1",
                    "time": logged_at.isoformat(),
                    "data": body,
                }
                answer = client.post(f"{self._town.stack.url_of(WEB)}/v1/interactions", content=json.dumps(event))
                assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
                self._logged[answer.json()["interactions"][0]["eventKey"]] = logged_at
