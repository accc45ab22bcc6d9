"""Journey 9: agents keep logging; everything accepted arrives later, once, in order."""

from collections import Counter

import pytest

from running_town import COUNTER, PHONE, RunningTown, a_call, a_visit

CALLS = 25


def test_with_the_database_gone_everything_accepted_arrives_once(town: RunningTown) -> None:
    bsn = town.new_citizen()
    before = town.accepted(PHONE, _call(bsn, 0))
    citizen = town.found(bsn=bsn)

    with town.without_database():
        during = [town.accepted(PHONE, _call(bsn, number)) for number in range(1, CALLS)]

    _each_once_in_order(town, citizen, town.keys([before, *during]))


@pytest.mark.parametrize("fresh", [False, True], ids=["as it was", "empty"])
def test_with_the_broker_gone_everything_accepted_arrives_once(town: RunningTown, fresh: bool) -> None:
    """It comes back as it was, which the embedded one cannot, or with nothing in it, which Apache Kafka never may."""
    if fresh == town.durable:
        pytest.skip("the embedded broker always comes back empty; a durable one that does is an operator's affair (decision 17)")
    bsn = town.new_citizen()
    before = [town.accepted(PHONE, _call(bsn, 0)), town.accepted(COUNTER, a_visit(bsn, occurredAt="2026-11-18T09:59:00+01:00"))]
    citizen = town.found(bsn=bsn)

    with town.without_broker(fresh=fresh):
        during = [town.accepted(PHONE, _call(bsn, number)) for number in range(1, CALLS)]

    _each_once_in_order(town, citizen, town.keys([*before, *during]))


def _each_once_in_order(town: RunningTown, citizen: str, keys: set[str]) -> None:
    entries = town.entries(citizen, len(keys))

    assert Counter(entry["id"] for entry in entries) == Counter(keys)
    moments = [entry["occurredAt"] for entry in entries]
    assert moments == sorted(moments, reverse=True)


def _call(bsn: str, number: int) -> dict[str, object]:
    return a_call(bsn, startedAt=f"2026-11-18T10:{number:02d}:00+01:00")
