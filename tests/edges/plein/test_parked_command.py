"""`plein parked` as an operator calls it: a process of its own on the tables of the real timeline."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from a_later_version import FIRST, SECOND
from an_operator import PASSED_ON, Operator
from builders import an_interaction
from contact_events.codec import write_event
from engines import Engines
from event_bus.ingest import PostgresIngest
from event_bus.records import Batch, Record, TopicPartition
from plein.local.databases import provide_databases
from service_runtime.database import ingest_pool
from service_runtime.migrations import migrate
from service_runtime.settings import DatabaseSettings
from timeline.edges.database.landing import record_contacts

P0 = TopicPartition("interactions", 0)


@pytest.fixture
def operator(fresh_database: str, tmp_path: Path) -> Operator:
    migrate("timeline", fresh_database, "timeline")
    return Operator(tmp_path, fresh_database)


def of_the_second_version(event_id: str) -> bytes:
    return write_event(an_interaction(event_id=event_id, summary="belde over haar paspoort")).replace(
        FIRST.encode(), SECOND.encode()
    )


async def read_by_the_timeline(operator: Operator, *values: bytes) -> None:
    """What the timeline of today makes of these."""
    async with ingest_pool(DatabaseSettings(database_url=operator.url)) as pool:
        ingest = PostgresIngest(pool, "timeline", "timeline", record_contacts, broker_durable=True)
        await ingest.positions("log", {P0: 0})
        await ingest.take("log", [Batch(*P0, [Record(*P0, place, b"k", value) for place, value in enumerate(values)])])


async def test_what_a_version_cannot_read_is_listed_shown_kept_and_lands_once_in_one_that_can(operator: Operator) -> None:
    await read_by_the_timeline(operator, of_the_second_version("1"), b"{", of_the_second_version("2"))

    listed = operator.runs("parked", "list")
    first = int(listed[1].splitlines()[1].split()[1])
    shown = operator.runs("parked", "show", str(first), "--service", "timeline")
    too_early = operator.runs("parked", "redrive", str(first), "--service", "timeline")
    later = operator.runs("parked", "redrive", "--all", "--service", "timeline", program="a_later_version")
    once_more = operator.runs(
        "parked", "redrive", "--reason", "unknown_major_version", "--service", "timeline", program="a_later_version"
    )

    assert listed[0] == 0
    assert "timeline: 2 unknown_major_version" in listed[1]
    assert SECOND in listed[1]
    assert "paspoort" not in listed[1]
    assert shown[0] == 0
    assert "This may hold personal data" in shown[1]
    assert '"summary": "belde over haar paspoort"' in shown[1]
    assert too_early == (1, f"{first}: still parked, unknown_major_version (tried 1 times)\ntimeline: 1 still parked\n")
    assert later[0] == 1
    assert later[1].endswith("timeline: 2 landed, 1 still parked\n")
    assert once_more == (0, "timeline: nothing is parked that was asked for\n")
    assert operator.query("SELECT count(*), count(DISTINCT event_id) FROM timeline.entry") == [(2, 2)]
    assert operator.query("SELECT reason, tries FROM timeline.parked") == [("not_json", 1)]


async def test_two_operators_at_once_land_each_entry_once_and_between_them_all(operator: Operator) -> None:
    count = 40
    await read_by_the_timeline(operator, *(of_the_second_version(str(number)) for number in range(count)))

    both = [operator.begins("parked", "redrive", "--all", "--service", "timeline", program="a_later_version") for _ in range(2)]
    told = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], told
    assert sum(line.endswith(": landed; off the list") for each in told for line in each.splitlines()) == count
    assert operator.query("SELECT count(*), count(DISTINCT event_id) FROM timeline.entry") == [(count, count)]
    assert operator.query("SELECT count(*) FROM timeline.parked") == [(0,)]


def test_what_is_not_there_or_not_said_is_told_in_a_sentence(operator: Operator) -> None:
    answers = {
        words: operator.runs("parked", *words)
        for words in (
            ("show", "7", "--service", "timeline"),
            ("list", "--service", "web_adapter"),
            ("list", "--service", "address_book"),
            ("redrive", "--service", "timeline"),
            ("redrive", "7", "--all", "--service", "timeline"),
            ("redrive", "7", "--service", "timeline"),
        )
    }

    told = list(answers.values())
    assert [code for code, _ in told] == [1, 1, 1, 2, 2, 0]
    assert "has nothing parked under 7" in told[0][1]
    assert "web_adapter reads no topic; choose one of timeline, channel_router, address_book, desk, " in told[1][1]
    assert "run `plein migrate address_book` first" in told[2][1]
    assert "7: not on the list (any more)" in told[5][1]
    assert not any("Traceback" in each for _, each in told)


@pytest.fixture
def one_role_each(engines: Engines) -> Iterator[dict[str, str]]:
    """Addresses as `plein up` and compose give them: each service's role sees its own schema."""
    roles = dict.fromkeys(("timeline", "channel_router", "address_book"), "s3cret")
    urls = provide_databases(engines.postgres().url, roles)
    for name, url in urls.items():
        migrate(name, url, name)
    yield urls
    engines.drop_database(urls["timeline"])


def test_a_list_of_all_with_one_services_role_says_whose_it_did_not_see(one_role_each: dict[str, str], tmp_path: Path) -> None:
    operator = Operator(tmp_path, one_role_each["timeline"])

    everything = operator.runs("parked", "list")
    another = operator.runs("parked", "list", "--service", "channel_router")

    assert everything[0] == 0
    assert "Not seen: The role of this DATABASE_URL may not see the tables of channel_router" in everything[1]
    assert "Not seen: The role of this DATABASE_URL may not see the tables of address_book" in everything[1]
    assert "Nothing is parked." in everything[1]
    assert another[0] == 1
    assert "docker compose exec channel_router plein" in another[1]


def test_without_settings_and_without_a_stack_it_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "plein.command", "parked", "list", "--service", "timeline"]

    ran = subprocess.run(command, cwd=tmp_path, env=PASSED_ON, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 1
    assert "docker compose exec timeline plein" in ran.stderr
    assert list(tmp_path.iterdir()) == []
