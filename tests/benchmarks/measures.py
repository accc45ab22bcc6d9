"""What is measured: the names that build/bench.json holds, what each means, and what must be reached."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `target` is the least when more is better, the most when less is."""

    name: str
    metric: str
    target: float
    better: Literal["more", "less"] = "more"

    def is_reached_by(self, value: float) -> bool:
        return value >= self.target if self.better == "more" else value <= self.target

    @property
    def target_text(self) -> str:
        return f"{'≥' if self.better == 'more' else '≤'} {self.target:g}"


MEASURES: tuple[Measure, ...] = (
    Measure("ingest_vs_copy", "rows/s ÷ raw binary COPY of the same rows", 0.50),
    Measure("ingest_vs_stock_faust", "rows/s ÷ stock Faust take(), same SQL", 4),
    Measure("ingest_vs_best_python", "rows/s ÷ the best Python peer, same SQL", 1.0),
    Measure("ingest_vs_jdbc_sink", "rows/s ÷ Kafka Connect, Debezium JDBC sink", 3),
    Measure("stream_layer_vs_getmany", "events/s counted ÷ bare aiokafka getmany", 0.85),
    Measure("latency_p50_ms", "ms from the 202 to the timeline, open loop, median", 40, "less"),
    Measure("latency_p99_ms", "ms from the 202 to the timeline, open loop, p99", 250, "less"),
    Measure("accept_vs_noop", "requests/s ÷ the same app with an empty handler", 0.5),
    Measure("accept_batch_events_per_s_vs_produce", "events/s in batches of 100 ÷ bare producer", 0.5),
    Measure("read_vs_sql_p99", "p99 of a page ÷ p99 of its SELECT", 3, "less"),
    Measure("read_page_depth", "page 1,000 ÷ page 1, median", 1.1, "less"),
    Measure("desk_first_view_p95_ms", "ms for the desk's page of a citizen of 10,000 entries, p95", 200, "less"),
    Measure("live_on_desk_p95_ms", "ms from the 202 to an open desk, p95", 1000, "less"),
    Measure("growth_ingest", "rows/s on ten times the rows ÷ rows/s", 0.8),
    Measure("growth_read_p99", "p99 of a page on ten times the rows ÷ p99", 1.3, "less"),
    Measure("choices_per_s_vs_ingest", "choices published/s ÷ rows/s", 0.4),
    Measure("rebuild_vs_ingest", "entries rebuilt/s ÷ rows/s", 0.9),
)
NAMES: tuple[str, ...] = tuple(measure.name for measure in MEASURES)


def measure_named(name: str) -> Measure:
    """Returns the measure. Raises KeyError."""
    for measure in MEASURES:
        if measure.name == name:
            return measure
    raise KeyError(name)
