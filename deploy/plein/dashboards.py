"""What Grafana shows and Prometheus asks, from the one list of metrics and the services that are deployed."""

from collections.abc import Mapping
from typing import Any

from plein.services import SERVICES

PORT = 8000
_SOURCE = {"type": "prometheus", "uid": "plein"}
# Title, unit, and one query with its legend; read from left to right, top to bottom, the gravest first.
_PANELS: tuple[tuple[str, str, str, str], ...] = (
    ("Answers", "short", 'up{job="plein"}', "{{service}}"),
    ("Records still to read, by reader", "short", "sum by (reader) (stream_lag)", "{{reader}}"),
    ("Seconds since a reader kept something", "s", "time() - max by (reader) (stream_progress_timestamp_seconds)", "{{reader}}"),
    (
        "Parked, by reader and reason",
        "short",
        "sum by (reader, reason) (increase(events_parked_total[1h]))",
        "{{reader}} {{reason}}",
    ),
    ("Accepted events that wait in a journal", "short", "sum by (service) (journal_waiting)", "{{service}}"),
    ("Decided events that wait to be said", "short", "sum by (schema) (outgoing_waiting)", "{{schema}}"),
    (
        "Accepted a second, by channel and outcome",
        "short",
        "sum by (channel, outcome) (rate(events_accepted_total[5m]))",
        "{{channel}} {{outcome}}",
    ),
    ("Kept a second, by reader", "short", "sum by (reader) (rate(events_kept_total[5m]))", "{{reader}}"),
    (
        "A batch durable, 95th percentile",
        "s",
        "histogram_quantile(0.95, sum by (reader, le) (rate(batch_seconds_bucket[5m])))",
        "{{reader}}",
    ),
    (
        "An answer, 95th percentile",
        "s",
        "histogram_quantile(0.95, sum by (service, le) (rate(http_request_seconds_bucket[5m])))",
        "{{service}}",
    ),
    ("Refused a second, by kind", "short", "sum by (kind) (rate(requests_refused_total[5m]))", "{{kind}}"),
    (
        "Batches tried again: the database was away",
        "short",
        "sum by (reader) (increase(batches_retried_total[5m]))",
        "{{reader}}",
    ),
    ("Timelines shown an hour, by purpose", "short", "sum by (purpose) (increase(timelines_read_total[1h]))", "{{purpose}}"),
    ("Open live views", "short", "sum by (service) (live_readers)", "{{service}}"),
)
_WIDE, _HIGH, _COLUMNS = 12, 8, 2


def dashboard() -> dict[str, Any]:
    """Returns the dashboard as Grafana takes it in."""
    return {
        "uid": "plein",
        "title": "Plein",
        "tags": ["plein"],
        "timezone": "browser",
        "schemaVersion": 41,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "panels": [_panel(number, *panel) for number, panel in enumerate(_PANELS)],
    }


def _panel(number: int, title: str, unit: str, query: str, legend: str) -> dict[str, Any]:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": {"h": _HIGH, "w": _WIDE, "x": column * _WIDE, "y": row * _HIGH},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": _SOURCE, "expr": query, "legendFormat": legend}],
    }


def scraping() -> Mapping[str, Any]:
    """Returns what Prometheus asks: every service, under its own name."""
    return {
        "global": {"scrape_interval": "10s"},
        "scrape_configs": [
            {
                "job_name": "plein",
                "static_configs": [
                    {"targets": [f"{service.name}:{PORT}"], "labels": {"service": service.name}} for service in SERVICES
                ],
            }
        ],
    }
