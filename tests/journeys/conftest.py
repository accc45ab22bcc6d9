"""Journeys run on real processes: the whole embedded stack, once a session on the embedded broker and once on Apache Kafka."""

from collections.abc import Iterator

import pytest

from engines import APACHE_KAFKA, EMBEDDED, Engines
from running_town import RunningTown, a_town


@pytest.fixture(scope="session", params=[EMBEDDED, APACHE_KAFKA])
def town(engines: Engines, request: pytest.FixtureRequest) -> Iterator[RunningTown]:
    """Every service, engine and door, up and ready; what breaks it puts it back."""
    with a_town(engines, request.param, "town") as running:
        yield running
