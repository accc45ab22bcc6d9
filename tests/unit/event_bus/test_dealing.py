"""How what was read goes round the hands that are free."""

from event_bus.dealing import LEAST_A_HAND, dealt
from event_bus.records import Batch, Record


def a_batch(partition: int, count: int) -> Batch:
    return Batch("things", partition, [Record("things", partition, offset, None, b"") for offset in range(count)])


def sizes(shares: list[list[Batch]]) -> list[int]:
    return [sum(len(batch.records) for batch in share) for share in shares]


def test_each_hand_gets_about_as_many_records() -> None:
    batches = [a_batch(0, 2_000), a_batch(1, 900), a_batch(2, 700), a_batch(3, 500)]

    shares = dealt(batches, hands=2)

    assert sizes(shares) == [2_000, 2_100]
    assert sorted(batch.partition for share in shares for batch in share) == [0, 1, 2, 3]


def test_a_hand_is_not_bothered_with_few_records() -> None:
    assert sizes(dealt([a_batch(0, LEAST_A_HAND), a_batch(1, LEAST_A_HAND - 1)], hands=2)) == [2 * LEAST_A_HAND - 1]


def test_one_partition_goes_to_one_hand() -> None:
    assert sizes(dealt([a_batch(0, 5 * LEAST_A_HAND)], hands=2)) == [5 * LEAST_A_HAND]


def test_nothing_is_dealt_when_nothing_was_read() -> None:
    assert dealt([], hands=2) == []
