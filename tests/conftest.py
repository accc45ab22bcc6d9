"""Engines for tests, and the loud lines about those that were not exercised."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from engines import APACHE_KAFKA, EMBEDDED, KAFKA_CONTAINER, BrokerUnderTest, Engines

BROKERS = [EMBEDDED, APACHE_KAFKA, KAFKA_CONTAINER]
LOUD = "NOT EXERCISED"


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """All engines of this session; they start when first asked for."""
    started = Engines()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def postgres_url(engines: Engines) -> str:
    """The administrator's address of the session's PostgreSQL."""
    return engines.postgres().url


@pytest.fixture
def fresh_database(engines: Engines) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    url = engines.fresh_database()
    yield url
    engines.drop_database(url)


@pytest.fixture(params=BROKERS)
def broker(engines: Engines, request: pytest.FixtureRequest) -> BrokerUnderTest:
    """A running broker: the embedded one, and Apache Kafka from Maven and in a container where this machine can.

    Use topic names of your own.
    """
    found = engines.broker(request.param)
    if found is None:
        pytest.skip(f"NOT EXERCISED on {request.param}: {engines.why_no_broker(request.param)}")
    return found


@pytest.fixture
def embedded_broker(engines: Engines) -> BrokerUnderTest:
    """The embedded broker alone, running: for tests whose subject is not the broker."""
    found = engines.broker(EMBEDDED)
    assert found is not None
    return found


@pytest.fixture(params=BROKERS)
def breakable_broker(engines: Engines, request: pytest.FixtureRequest) -> Iterator[BrokerUnderTest]:
    """A broker of this test's own, running, to kill, freeze and empty."""
    if engines.why_no_broker(request.param) is not None:
        pytest.skip(f"NOT EXERCISED on {request.param}: {engines.why_no_broker(request.param)}")
    made = engines.new_broker(request.param)
    made.start()
    yield made
    made.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly what this run did not exercise, from the reasons of the tests that were skipped for it."""
    skipped = Counter(_reason(report.longrepr) for report in terminalreporter.getreports("skipped"))
    for reason, tests in sorted(skipped.items()):
        if reason.startswith(LOUD):
            engine, _, why = reason.partition(": ")
            terminalreporter.write_sep("!", engine, red=True, bold=True)
            terminalreporter.write_line(f"{why}. What passed here says nothing about it; tests skipped: {tests}.")


def _reason(skipped: Any) -> str:
    """Returns why a test was skipped, of pytest's place, line and reason."""
    return str(skipped[2]).removeprefix("Skipped: ")
