"""Journeys run on real processes: the whole embedded stack, once a session on the embedded broker and once on Apache Kafka."""

from collections.abc import Iterator

import pytest

from engines import APACHE_KAFKA, EMBEDDED, Engines
from running_town import RunningTown


@pytest.fixture(scope="session", params=[EMBEDDED, APACHE_KAFKA])
def town(engines: Engines, request: pytest.FixtureRequest) -> Iterator[RunningTown]:
    """Every service, engine and door, up and ready; what breaks it puts it back."""
    if request.param == APACHE_KAFKA and engines.why_no_apache_kafka() is not None:
        pytest.skip(f"NOT EXERCISED on Apache Kafka: {engines.why_no_apache_kafka()}")
    running = RunningTown(engines.folder / f"town-{request.param}", engines.new_broker(request.param))
    running.start()
    yield running
    running.stop()
