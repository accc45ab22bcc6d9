"""Who looked reads as few lines as it can, and hides no look."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from my_plein.domain.looks import TOGETHER, together

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def look(minutes_ago: int, who: str = "Bram Visser", what: str = "timeline") -> dict[str, Any]:
    return {"seenAt": (NOON - timedelta(minutes=minutes_ago)).isoformat(), "seenBy": who, "what": what}


def test_looks_right_after_each_other_are_one_line_with_their_number_and_the_first_moment() -> None:
    read = together([look(0), look(1), look(2), look(3, "Anouk Bakker"), look(4)])

    assert [(each.newest["seenBy"], each.times) for each in read] == [("Bram Visser", 3), ("Anouk Bakker", 1), ("Bram Visser", 1)]
    assert read[0].since == look(2)["seenAt"]


def test_what_was_seen_and_when_keep_looks_apart() -> None:
    read = together([look(0), look(1, what="contact_point"), look(61, what="contact_point")])

    assert [each.times for each in read] == [1, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from("ab"), st.sampled_from(["timeline", "search"]))))
def test_every_look_counts_once(said: list[tuple[int, str, str]]) -> None:
    lines = [look(minutes, who, what) for minutes, who, what in sorted(said)]

    read = together(lines)

    assert sum(each.times for each in read) == len(lines)
    for each in read:
        assert datetime.fromisoformat(each.newest["seenAt"]) - datetime.fromisoformat(each.since) < TOGETHER
