"""The desk: the first view of somebody with thousands of entries, and how soon a form shows on a desk that is open.

Both as an agent meets them: a session, the desk, the timeline behind it, the line in the access log. What a browser does
then is not in it.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
from cryptography.fernet import Fernet, MultiFernet

from benchmarks.figures import Outcome, percentile
from benchmarks.prefilling import Filled
from benchmarks.product import a_service
from benchmarks.stage import Stage
from benchmarks.wire import Connection, request_bytes
from desk.domain.contact import At, ContactInHand, Whom
from desk.edges.contacts import PostgresContactsInHand
from pages.session import Tokens
from pages.sessions import PostgresSessions, Sealing
from plein.local.keys import local_keys
from plein.local.ports import LOOPBACK
from plein.local.tokens import LOCAL_ISSUER, mint_token
from plein.services import service_named
from plein.theme import provide_theme
from running_town import WEB, RunningTown, a_form
from service_runtime.database import reading_pool
from service_runtime.migrations import migrate
from service_runtime.settings import DatabaseSettings
from service_runtime.tokens import Principal

NAMES = ("desk_first_view_p95_ms", "live_on_desk_p95_ms")
FEWEST_ENTRIES = 10_000
VIEWS = 200
FORMS = 60
WARM = 20
COOKIE = "plein_desk"
SUBJECT = "bench"
GIVE_UP_S = 10.0
_LONG = "SELECT citizen FROM timeline.entry GROUP BY citizen HAVING count(*) >= %s ORDER BY count(*) LIMIT 1"


def measure(stage: Stage, wanted: Collection[str]) -> Iterator[Outcome]:
    stage.tell("pages:")
    if NAMES[0] in wanted:
        yield _first_view(stage)
    if NAMES[1] in wanted:
        yield _live(stage)


def _first_view(stage: Stage) -> Outcome:
    filled = stage.filled(stage.size.rows)
    fewest = min(FEWEST_ENTRIES, stage.size.rows // 20)
    with psycopg.connect(filled.url) as connection:
        found = connection.execute(_LONG, (fewest,)).fetchone()
    assert found is not None, f"nobody has {fewest:,} entries"
    values, broken = [], []
    with _a_desk(stage, filled) as (port, keeper):
        cookie, address = asyncio.run(keeper.begin(f"c1-{found[0].hex}"))
        for _ in range(stage.size.pairs):
            seconds, faults = asyncio.run(_views(port, cookie, address))
            values.append(percentile(seconds, 95) * 1000)
            broken += faults
            stage.tell(f"  first view p50 {percentile(seconds, 50) * 1000:.0f} ms, p95 {values[-1]:.0f} ms")
    return Outcome(NAMES[0], values, broken, f"a citizen of {fewest:,} entries or more, {filled.rows:,} rows")


class _Keeper:
    """Signs an agent in, and takes up a contact, as the desk keeps them: no sign-in server is part of this measure."""

    def __init__(self, token: str, database_url: str, keys: str) -> None:
        self._token = token
        self._settings = DatabaseSettings(database_url=database_url)
        self._sealer = MultiFernet([Fernet(key) for key in keys.split(",")])

    async def begin(self, citizen: str) -> tuple[str, str]:
        """Returns the cookie of the session and the address of the contact."""
        now, day = datetime.now(UTC), timedelta(hours=10)
        agent = Principal(subject=SUBJECT, roles=frozenset({"agent"}), name="Bench", issuer=LOCAL_ISSUER)
        async with reading_pool(self._settings) as pool:
            sessions = PostgresSessions(pool, "desk", Sealing(self._sealer), idle=day, longest=day)
            secret, session = await sessions.begin(Tokens(self._token, now + day), agent, now)
            contact = ContactInHand(uuid.uuid4(), session.subject, At.PHONE, "klantcontact", now, Whom(citizen, "bsn"))
            await PostgresContactsInHand(pool, self._sealer).take_up(contact)
        return f"{COOKIE}={secret}", f"/contacten/{contact.id}"


@contextmanager
def _a_desk(stage: Stage, filled: Filled) -> Iterator[tuple[int, _Keeper]]:
    """Runs a timeline on many rows, and a desk that asks it."""
    theme, keys = stage.folder / "theme", Fernet.generate_key().decode()
    provide_theme(theme)
    filled.forget_log()
    with ExitStack() as running:
        broker = running.enter_context(stage.side_broker())
        plenty = {"requests_per_second": "1000000", "request_burst": "1000000"}
        timeline = running.enter_context(a_service(stage, "timeline", filled.url, broker, **plenty))
        database = running.enter_context(stage.empty_database())
        migrate("desk", database, "desk")
        asked = dict.fromkeys(service_named("desk").asks, f"http://{LOOPBACK}:{timeline.port}")
        pages = {
            "sign_in_issuer": "http://127.0.0.1:1",
            "sign_in_client": "desk",
            "session_keys": keys,
            "theme_folder": str(theme),
        }
        desk = running.enter_context(a_service(stage, "desk", database, broker, **plenty, **asked, **pages))
        timeline.wait_ready()
        desk.wait_ready()
        yield desk.port, _Keeper(mint_token(stage.folder / "engines", "agent"), database, keys)


async def _views(port: int, cookie: str, address: str) -> tuple[list[float], list[str]]:
    """Opens the page again and again. Returns the seconds, and a sentence when one was not right."""
    connection = await Connection.to(port)
    request = request_bytes("GET", address, "", headers={"Cookie": cookie, "Accept": "text/html"}).replace(
        b"Authorization: Bearer \r\n", b""
    )
    seconds, wrong = [], 0
    for number in range(WARM + VIEWS):
        started = time.perf_counter()
        status, body = await connection.ask(request)
        if number >= WARM:
            seconds.append(time.perf_counter() - started)
        wrong += status != 200 or body.count(b'<li id="e-') != 25
    connection.close()
    return seconds, [f"{wrong} pages were not right"] if wrong else []


def _live(stage: Stage) -> Outcome:
    """Posts forms through the website's door, and waits for each on the stream of a desk that is open."""
    town = RunningTown(stage.engines.folder / "pages", stage.engines.new_broker(stage.broker_kind))
    try:
        town.start()
        values, broken = [], []
        for _ in range(stage.size.pairs):
            seconds, faults = asyncio.run(_slid_in(town))
            values.append(percentile(seconds, 95) * 1000 if seconds else GIVE_UP_S * 1000)
            broken += faults
            stage.tell(f"  a form on an open desk: p95 {values[-1]:.0f} ms of {len(seconds)}")
    finally:
        town.stop()
        town.broker.remove()
    return Outcome(NAMES[1], values, broken, "from the 202 of the website's door to the piece of page")


async def _slid_in(town: RunningTown) -> tuple[list[float], list[str]]:
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    citizen = town.found(bsn=bsn)
    keeper = _Keeper(town.stack.token("agent"), town.stack.databases["desk"], local_keys(town.stack.folder).session_keys)
    cookie, address = await keeper.begin(citizen)
    desk = urlsplit(town.stack.url_of("desk")).port
    reader, writer = await asyncio.open_connection(LOOPBACK, desk)
    writer.write(
        f"GET {address}/nieuw HTTP/1.1\r\nHost: {LOOPBACK}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    door = await Connection.to(urlsplit(town.stack.url_of(WEB)).port or 0)
    token, seconds, missed = town.stack.token("web"), [], 0
    for number in range(FORMS):
        words = f"vraag {uuid.uuid4()}"
        body = json.dumps(a_form(bsn, summary=words)).encode()
        await door.ask(request_bytes("POST", "/v1/interactions", token, body, {"Content-Type": "application/json"}))
        accepted = time.perf_counter()
        try:
            async with asyncio.timeout(GIVE_UP_S):
                while words.encode() not in await reader.readline():
                    pass
        except TimeoutError:
            missed += 1
            continue
        if number >= FORMS // 10:
            seconds.append(time.perf_counter() - accepted)
    writer.close()
    door.close()
    return seconds, [f"{missed} forms did not show within {GIVE_UP_S:.0f} s"] if missed else []
