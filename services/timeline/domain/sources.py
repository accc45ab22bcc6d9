"""Which sources a timeline expects to hear from, and which of them are late or silent: the honest timeline."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class SourceState(StrEnum):
    """On time; late: longer ago than expected; silent: far longer ago, or never heard."""

    ON_TIME = "on_time"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class ExpectedSource:
    """A source the municipality expects to hear from at least once per interval."""

    source: str
    nl: str
    en: str
    late_after: timedelta
    silent_after: timedelta


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How it stands with one source. `heard_at` is when it last logged something that arrived here; None for never."""

    expected: ExpectedSource
    heard_at: datetime | None
    state: SourceState


def expected_sources(text: str) -> tuple[ExpectedSource, ...]:
    """Reads `[[source]]` tables from TOML. Raises ValueError with a sentence that says what to mend."""
    try:
        tables = tomllib.loads(text).get("source", [])
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"the sources file is not TOML: {fault}") from None
    if not isinstance(tables, list):
        raise ValueError("the sources file lists its sources as [[source]]")  # noqa: TRY004 - a fault in a file
    return tuple(_expected(number, table) for number, table in enumerate(tables, start=1))


def _expected(number: int, table: Any) -> ExpectedSource:
    for field in ("urn", "nl", "en"):
        if not isinstance(table.get(field), str) or not table[field]:
            raise ValueError(f"source {number} in the sources file needs a text in `{field}`")
    for field in ("late_after_minutes", "silent_after_minutes"):
        if not isinstance(table.get(field), int) or table[field] < 1:
            raise ValueError(f"source {number} in the sources file needs a whole number of minutes in `{field}`")
    return ExpectedSource(
        source=table["urn"],
        nl=table["nl"],
        en=table["en"],
        late_after=timedelta(minutes=table["late_after_minutes"]),
        silent_after=timedelta(minutes=table["silent_after_minutes"]),
    )


def source_reports(
    expected: tuple[ExpectedSource, ...], heard: Mapping[str, datetime], now: datetime
) -> tuple[SourceReport, ...]:
    """Returns how it stands with each expected source at `now`."""
    return tuple(SourceReport(source, heard.get(source.source), _state(source, heard, now)) for source in expected)


def _state(expected: ExpectedSource, heard: Mapping[str, datetime], now: datetime) -> SourceState:
    heard_at = heard.get(expected.source)
    if heard_at is None or now - heard_at > expected.silent_after:
        return SourceState.SILENT
    return SourceState.LATE if now - heard_at > expected.late_after else SourceState.ON_TIME
