"""What part of a timeline an address asks for: a day is a day in the Netherlands, and what is no day asks for nothing."""

from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from desk.edges.pages.at_desk import view_of


def asked(**query: str) -> Request:
    return Request({"type": "http", "query_string": urlencode(query).encode(), "headers": []})


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-01-01", "2026-01-01T23:59:59+01:00"),
        ("2026-07-01", "2026-07-01T23:59:59+02:00"),
        ("2026-02-30", None),
        ("gisteren", None),
        ("", None),
    ],
)
def test_as_of_a_day_is_its_end_here(day: str, end: str | None) -> None:
    assert view_of(asked(op=day), "dienstverlening")["asOf"] == end


def test_an_address_without_anything_asks_for_the_newest_of_all() -> None:
    assert view_of(asked(), "dienstverlening") == {
        "purpose": "dienstverlening",
        "channel": None,
        "matter": None,
        "asOf": None,
        "cursor": None,
    }
