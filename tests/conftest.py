"""Engines for tests, and the loud line about those that were not exercised."""

from collections.abc import Iterator

import pytest

from engines import APACHE_KAFKA, EMBEDDED, KAFKA_CONTAINER, BrokerUnderTest, Engines

BROKERS = [EMBEDDED, APACHE_KAFKA, KAFKA_CONTAINER]
_ENGINES = pytest.StashKey[Engines]()


@pytest.fixture(scope="session")
def engines(pytestconfig: pytest.Config) -> Iterator[Engines]:
    """All engines of this session; they start when first asked for."""
    started = Engines()
    pytestconfig.stash[_ENGINES] = started
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says loudly which engines this run did not exercise."""
    started = config.stash.get(_ENGINES, None)
    if started is None:
        return
    for engine, reason in started.not_exercised.items():
        terminalreporter.write_sep("!", f"NOT EXERCISED: {engine}", red=True, bold=True)
        terminalreporter.write_line(f"{reason}. What passed here says nothing about it.")
