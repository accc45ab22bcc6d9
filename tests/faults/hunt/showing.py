"""What timelines show: whole from the rows of PostgreSQL, and for some citizens through HTTP as an agent sees it."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import psycopg

from contact_events.citizen_ref import CitizenRef
from faults.hunt.checking import ShownEntry, ShownParked

PORTION = 20_000
PAGE = 200
_KNOWN = "SELECT event_id FROM timeline.known_event WHERE event_id = ANY(%s)"
_ENTRIES = "SELECT citizen, event_id, occurred_at FROM timeline.entry ORDER BY citizen, occurred_at DESC, event_id DESC"


class Rows:
    """Reads the timeline's tables on a connection that can only read. Raises psycopg.OperationalError when there is none."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._found: set[UUID] = set()

    def missing(self, keys: Iterable[UUID]) -> set[UUID]:
        """Returns which of these are not known yet; all that are not known to be there when the database is away."""
        sought = sorted(set(keys) - self._found)
        try:
            with self._connected() as connection:
                for start in range(0, len(sought), PORTION):
                    rows = connection.execute(_KNOWN, (sought[start : start + PORTION],)).fetchall()
                    self._found.update(row[0] for row in rows)
        except psycopg.OperationalError:
            return set(sought)
        return set(sought) - self._found

    def timelines(self) -> dict[UUID, list[ShownEntry]]:
        """Returns every timeline, newest first, in the order that PostgreSQL gives."""
        shown: dict[UUID, list[ShownEntry]] = {}
        with self._connected() as connection:
            for citizen, key, occurred_at in connection.execute(_ENTRIES):
                shown.setdefault(citizen, []).append(ShownEntry(key, occurred_at))
        return shown

    def parked(self) -> list[ShownParked]:
        """Returns what is parked."""
        rows = self.query("SELECT value, reason FROM timeline.parked")
        return [ShownParked(digest_of(value), reason) for value, reason in rows]

    def count(self, what: str) -> int:
        """Returns the one number that a query gives."""
        [[number]] = self.query(what)
        return int(number)

    def query(self, what: str) -> list[Any]:
        with self._connected() as connection:
            return connection.execute(what.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Changes something, as an operator would by hand."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self.database_url, connect_timeout=3, options="-c default_transaction_read_only=on")


def digest_of(value: bytes | None) -> str:
    return hashlib.sha256(value or b"").hexdigest()


def timeline_over_http(client: httpx2.Client, url: str, token: str, citizen: UUID, most: float = math.inf) -> list[ShownEntry]:
    """Returns all pages of one citizen's timeline, or pages up to `most`, without what linked references have on it."""
    shown: list[ShownEntry] = []
    asked: dict[str, str | int] = {"purpose": "klantcontact", "limit": PAGE}
    ref = CitizenRef(citizen.bytes, 1).text
    while True:
        answer = client.get(f"{url}/v1/citizens/{ref}/timeline", params=asked, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        page = answer.json()
        own = [each for each in page["entries"] if each["citizen"]["citizen"] == ref]
        shown += [ShownEntry(UUID(each["id"]), datetime.fromisoformat(each["occurredAt"])) for each in own]
        if not page.get("next") or len(shown) >= most:
            return shown
        asked["cursor"] = page["next"]
