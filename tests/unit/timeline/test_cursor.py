"""The cursor of a page: opaque, and refused when it was not given out."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import MONDAY_10H
from timeline.domain.cursor import cursor_of, position_of

CURSOR = cursor_of((MONDAY_10H, UUID(int=7)))


@given(st.datetimes(timezones=st.just(MONDAY_10H.tzinfo)), st.uuids())
def test_a_cursor_leads_back_to_its_position(moment, key) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives both
    assert position_of(cursor_of((moment, key))) == (moment, key)


@pytest.mark.parametrize(
    "text", ["", "x", "=====", "é" * 40, CURSOR[:-1], CURSOR[1:], CURSOR[:5] + "A" + CURSOR[6:], "A" * len(CURSOR)]
)
def test_a_cursor_that_was_not_given_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="start again without a cursor"):
        position_of(text)
