"""What was told against what the timeline keeps, to the id, on a real database. A count that cannot see loss counts nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from contact_events.identity import event_key
from plein.simulation.history import Told
from plein.simulation.planned import CONTACT_TYPES, CORRECTION_TYPE, FACT_TYPE, WEB
from plein.simulation.reconciling import reconcile, settled
from service_runtime.migrations import migrate

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
SOURCE = "urn:nld:test:website"


def told(post_id: str, *, kind: str = CONTACT_TYPES[WEB], status: int = 202, again: bool = False) -> Told:
    keys = (str(event_key(SOURCE, post_id)),) if status == 202 else ()
    return Told(SOURCE, post_id, kind, status, "R" if keys else None, keys, again)


class Timelines:
    """The timeline's own tables, written the short way."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)

    def keep(self, post_id: str, citizen: UUID | None = None) -> None:
        self._connection.execute(
            "INSERT INTO timeline.entry"
            " (citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw)"
            " VALUES (%s, %s, %s, %s, 1, false, 'web', 'aow', '')",
            (citizen or uuid4(), AT, event_key(SOURCE, post_id), AT),
        )

    def amend(self, post_id: str) -> None:
        self._connection.execute(
            "INSERT INTO timeline.amendment (target, event_id, citizen, logged_at, raw) VALUES (%s, %s, %s, %s, '')",
            (uuid4(), event_key(SOURCE, post_id), uuid4(), AT),
        )

    def park(self, value: bytes) -> None:
        self._connection.execute(
            "INSERT INTO timeline.parked (reader, topic, partition, record_offset, log_id, value, content_digest, reason)"
            " VALUES ('timeline', 'interactions', 0, 0, 'log', %s, %s, 'test')",
            (value, value[:16]),
        )

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def timelines(fresh_database: str) -> Iterator[Timelines]:
    migrate("timeline", fresh_database, "timeline")
    found = Timelines(fresh_database)
    yield found
    found.close()


def test_what_was_accepted_and_is_there_is_right(timelines: Timelines) -> None:
    timelines.keep("1")
    timelines.amend("2")
    history = [
        told("1"),
        told("1", again=True),
        told("2", kind=CORRECTION_TYPE),
        told("3", kind=FACT_TYPE),
        told("4", status=400),
    ]

    found = reconcile(history, timelines.url)

    assert found.is_right
    assert found.sentence == "posted 5, accepted 3 (1 facts), on timelines 2, parked 0, lost = 0"


def test_an_accepted_event_that_is_nowhere_is_lost_and_named(timelines: Timelines) -> None:
    timelines.keep("1")

    found = reconcile([told("1"), told("2")], timelines.url)

    assert not found.is_right
    assert found.lost == {event_key(SOURCE, "2")}


def test_an_event_that_stands_on_two_timelines_is_seen(timelines: Timelines) -> None:
    timelines.keep("1")
    timelines.keep("1")

    found = reconcile([told("1")], timelines.url)

    assert (found.twice, len(found.lost), found.is_right) == (1, 0, False)


def test_a_parked_event_is_not_lost(timelines: Timelines) -> None:
    timelines.park(f'{{"specversion":"1.0","id":"1","source":"{SOURCE}","type":"x"}}'.encode())
    timelines.park(b"no event at all")

    found = reconcile([told("1"), told("2")], timelines.url)

    assert found.parked == 1
    assert found.lost == {event_key(SOURCE, "2")}


async def test_waiting_ends_when_all_is_there_and_gives_up_when_nothing_moves(timelines: Timelines) -> None:
    timelines.keep("1")

    assert (await settled([told("1")], timelines.url)).is_right
    assert (await settled([told("1"), told("2")], timelines.url, patience_seconds=0)).lost == {event_key(SOURCE, "2")}
