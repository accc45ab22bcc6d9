"""Any order, any repeats, any cut into batches: the same timeline (decision 8)."""

import asyncio
from typing import Any

from hypothesis import given, settings

from contact_events.envelope import Event
from handlers.timeline.timeline_histories import a_memory_twin, arrivals, shown_after


@settings(max_examples=150, deadline=None)
@given(arrivals())
def test_any_order_and_any_repeats_give_the_same_timelines(arrival: tuple[list[Event[Any]], list[list[Event[Any]]]]) -> None:
    history, batches = arrival

    in_order = asyncio.run(shown_after(a_memory_twin(), [history]))
    as_it_came = asyncio.run(shown_after(a_memory_twin(), batches))

    assert as_it_came == in_order
