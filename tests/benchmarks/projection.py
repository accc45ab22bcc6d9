"""What a whole country would take, worked out from what one machine did. Every assumption is a field with a reason."""

import math
from dataclasses import dataclass

CITIZENS = 18_000_000
ENTRIES = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What this machine showed, on its largest tables."""

    rows_per_s: float
    rebuilt_per_s: float
    entry_bytes: float
    known_bytes: float
    events_bytes: float
    partitions: int = 12


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was not measured. `years` spreads the entries; `peak` is the busiest hour beside the average one.

    `of_measured` is what is left of the measured rate at 1.5 billion rows: `growth_ingest` for each factor of ten.
    `hot` is the part of the tables that is read or written in a day. `loaded` is how busy a worker may be at the peak.
    """

    of_measured: float
    years: float = 7
    peak: float = 10
    hot: float = 0.05
    loaded: float = 0.5
    kept_days: float = 7
    replicas: int = 3


@dataclass(frozen=True, slots=True)
class Needed:
    """What it takes: workers and partitions at the peak, disk, memory, and how long a rebuild from rows lasts.

    A rebuild is one process and has the fresh tables beside those that are shown.
    """

    average_per_s: float
    peak_per_s: float
    worker_rows_per_s: float
    workers: int
    partitions: int
    table_bytes: float
    topic_bytes: float
    memory_bytes: float
    rebuild_hours: float
    rebuild_bytes: float


def left_at(rows: float, measured_at: float, growth_ingest: float) -> float:
    """Returns the part of the measured rate that is left at `rows`, when each factor of ten costs what it did here."""
    decades = max(0.0, math.log10(rows / measured_at))
    return float(min(1.0, growth_ingest) ** decades)


def needed(seen: Seen, assumed: Assumed) -> Needed:
    average = ENTRIES / (assumed.years * 365.25 * 86_400)
    peak = average * assumed.peak
    worker = seen.rows_per_s * assumed.of_measured
    workers = max(2, math.ceil(peak / (worker * assumed.loaded)))  # two, so that one may fail
    tables = ENTRIES * (seen.entry_bytes + seen.known_bytes)
    return Needed(
        average_per_s=average,
        peak_per_s=peak,
        worker_rows_per_s=worker,
        workers=workers,
        partitions=max(seen.partitions, workers * 4),  # so that a worker more takes an even share
        table_bytes=tables,
        topic_bytes=average * assumed.kept_days * 86_400 * seen.events_bytes * assumed.replicas,
        memory_bytes=tables * assumed.hot,
        rebuild_hours=ENTRIES / (seen.rebuilt_per_s * assumed.of_measured) / 3600,
        rebuild_bytes=ENTRIES * seen.entry_bytes,
    )
