"""How much of everything: `full` is what the targets are about, `medium` what a small machine does in half an hour,
`small` shows in minutes that it all works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Counts and durations of one size of the bench."""

    name: str
    events: int
    citizens: int
    pairs: int
    latency_events_per_s: int
    latency_seconds: int
    accept_seconds: float
    rows: int
    reads: int
    requests: int

    @property
    def few_rows(self) -> int:
        """A tenth of the rows: what growth is counted from."""
        return self.rows // 10


FULL = "full"
SIZES = {
    "small": Size(
        "small",
        events=40_000,
        citizens=4_000,
        pairs=1,
        latency_events_per_s=100,
        latency_seconds=4,
        accept_seconds=1.5,
        rows=210_000,
        reads=200,
        requests=2_000,
    ),
    "medium": Size(
        "medium",
        events=150_000,
        citizens=15_000,
        pairs=3,
        latency_events_per_s=500,
        latency_seconds=20,
        accept_seconds=5,
        rows=1_000_000,
        reads=1_000,
        requests=20_000,
    ),
    FULL: Size(
        FULL,
        events=1_000_000,
        citizens=100_000,
        pairs=3,
        latency_events_per_s=500,
        latency_seconds=60,
        accept_seconds=15,
        rows=10_000_000,
        reads=5_000,
        requests=200_000,
    ),
}
