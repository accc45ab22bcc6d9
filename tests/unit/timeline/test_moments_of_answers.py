"""Moments leave in UTC, whatever the offset they came with (NL GOV REST API Design Rules)."""

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest

from builders import MONDAY_10H, an_interaction
from contact_events.matters import Matters
from timeline.domain.entries import Entry
from timeline.edges.http.entries import entry_shown
from timeline.edges.http.shown import Shown, _moments

AN_HOUR_AHEAD = timezone(timedelta(hours=1))


def test_every_moment_of_an_entry_is_shown_in_utc() -> None:
    at = MONDAY_10H.astimezone(AN_HOUR_AHEAD)
    entry = Entry.assembled(an_interaction(occurred_at=at, recorded_at=at), at)

    shown = msgspec.json.decode(entry_shown(entry, Matters({})).json_bytes())

    moments = {name: text for name, text in shown.items() if name.endswith("At")}
    assert set(moments) == {"occurredAt", "recordedAt", "keptAt", "changedAt"}
    assert set(moments.values()) == {"2026-11-23T09:00:00Z"}


def _forms(form: type[Shown]) -> list[type[Shown]]:
    return [form, *(each for below in form.__subclasses__() for each in _forms(below))]


@pytest.mark.parametrize("form", _forms(Shown), ids=lambda form: form.__name__)
def test_no_form_of_answer_has_a_moment_that_is_overlooked(form: type[Shown]) -> None:
    told: Any = {field.encode_name: str(field.type) for field in msgspec.structs.fields(form)}
    with_moments = {name for name, kind in told.items() if "datetime" in kind and "list" not in kind}

    assert {field.encode_name for field in msgspec.structs.fields(form) if field.name in _moments(form)} == with_moments
