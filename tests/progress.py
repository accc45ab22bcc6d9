"""Progress awaited with a deadline, instead of a sleep that is long enough today."""

import asyncio
import inspect
import time
from collections.abc import Callable


async def until(claim: Callable[[], object], *, seconds: float = 30) -> None:
    """Returns when a claim holds, which may be a question that is awaited; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not (await held if inspect.isawaitable(held := claim()) else held):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain"
        await asyncio.sleep(0.02)
