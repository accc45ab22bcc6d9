"""W3C trace context in and out."""

from pathlib import Path

import pytest

from service_runtime.tracing import child_of, current_trace_id, current_traceparent
from unit.service_runtime.doors import a_service, knock

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_outside_any_trace_there_is_nothing_to_hand_on() -> None:
    assert current_traceparent() is None
    assert current_trace_id() is None


def test_a_child_stays_in_the_callers_trace_with_a_span_of_its_own() -> None:
    with child_of(GIVEN) as given:
        inside = current_traceparent()

    assert inside == given
    assert given[3:35] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert given[36:52] != "00f067aa0ba902b7"
    assert given.endswith("-01")
    assert current_traceparent() is None


def test_a_caller_that_does_not_sample_is_followed() -> None:
    with child_of(GIVEN[:-2] + "00") as given:
        assert given.endswith("-00")


def test_a_header_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    with child_of("01" + GIVEN[2:] + "-something-new") as given:
        assert given.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")


@pytest.mark.parametrize("header", [
    None, "", "hello", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
    "ff" + GIVEN[2:], GIVEN + "-more", GIVEN.upper(),
])  # fmt: skip
def test_a_header_that_cannot_be_read_starts_a_new_trace(header: str | None) -> None:
    with child_of(header) as given:
        assert "4bf92f3577b34da6a3ce929d0e0e4736" not in given
        assert len(given) == 55


async def test_an_answer_says_in_which_trace_it_was_made(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.get("/v1/nothing", headers={"traceparent": GIVEN})

    assert answer.headers["traceresponse"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in answer.json()["instance"]
