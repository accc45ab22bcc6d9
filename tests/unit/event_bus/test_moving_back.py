"""A replay goes back, never forward over what was not read, and to the begin where the log is not the one that was read."""

import pytest

from event_bus.positions import Move, Stood, moves_back
from event_bus.records import TopicPartition

P0, P1 = TopicPartition("things", 0), TopicPartition("things", 1)
LOG = "log 1"
BEGINS, ENDS = {P0: 10, P1: 0}, {P0: 100, P1: 50}


def test_a_replay_from_the_start_goes_to_the_begin_of_each_log() -> None:
    stored = {P0: Stood(LOG, 90), P1: Stood(LOG, 50)}

    assert moves_back(stored, LOG, BEGINS, ENDS) == (Move(P0, 90, 10, 80), Move(P1, 50, 0, 50))


def test_a_replay_since_a_moment_goes_to_the_first_event_of_it() -> None:
    stored = {P0: Stood(LOG, 90), P1: Stood(LOG, 50)}

    assert moves_back(stored, LOG, BEGINS, ENDS, {P0: 70, P1: 0}) == (Move(P0, 90, 70, 20), Move(P1, 50, 0, 50))


def test_a_reader_that_is_behind_that_moment_stays_where_it_is() -> None:
    """Going forward would lose what it has not read."""
    assert moves_back({P0: Stood(LOG, 30)}, LOG, {P0: 10}, ENDS, {P0: 70}) == (Move(P0, 30, 30, 0),)


@pytest.mark.parametrize(
    "stored",
    [{}, {P0: Stood("log 0", 30)}, {P0: Stood(LOG, 9)}, {P0: Stood(LOG, 101)}],
    ids=["none", "other", "before", "beyond"],
)
@pytest.mark.parametrize("since", [None, {P0: 70}])
def test_what_has_no_place_in_this_log_goes_to_its_begin(
    stored: dict[TopicPartition, Stood], since: dict[TopicPartition, int] | None
) -> None:
    """Whatever moment was asked for: what came before it was never read from this log."""
    assert moves_back(stored, LOG, {P0: 10}, ENDS, since) == (Move(P0, None, 10, 90),)


def test_an_end_that_the_embedded_broker_understates_is_no_reason_to_go_to_the_begin() -> None:
    stored = {P0: Stood(LOG, 101)}

    assert moves_back(stored, LOG, {P0: 10}, ENDS, {P0: 70}, broker_durable=False) == (Move(P0, 101, 70, 31),)
    assert moves_back({}, LOG, {P0: 10}, {P0: 4}, broker_durable=False) == (Move(P0, None, 10, 0),)
