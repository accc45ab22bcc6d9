"""How batches that were read go round the hands that are free."""

from collections.abc import Sequence

from event_bus.records import Batch

# A transaction of fewer costs more than what two at the same time win.
LEAST_A_HAND = 1_000
# More at once win nothing, and keep HTTP waiting while they are read.
ENOUGH_A_HAND = 10_000


def dealt(batches: Sequence[Batch], hands: int) -> list[list[Batch]]:
    """Returns a share of about as many records for each of at most so many hands; none for no batches."""
    count = sum(len(batch.records) for batch in batches)
    shares: list[list[Batch]] = [[] for _ in range(max(1, min(hands, count // LEAST_A_HAND, len(batches))))]
    sizes = [0] * len(shares)
    for batch in sorted(batches, key=lambda batch: len(batch.records), reverse=True):
        least = sizes.index(min(sizes))
        shares[least].append(batch)
        sizes[least] += len(batch.records)
    return [share for share in shares if share]
