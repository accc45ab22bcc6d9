"""What is asked for in one turn of the event loop goes on together: handing over costs more than most of what is handed over."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Asked(NamedTuple, Generic[T]):
    """One thing that was asked for, and who waits for what comes of it."""

    what: T
    answer: asyncio.Future[Any]


class Gathering(Generic[T]):
    """Calls `hand_over` once for all that was asked since the last time; whoever takes it sets every answer."""

    def __init__(self, hand_over: Callable[[list[Asked[T]]], None]) -> None:
        self._hand_over = hand_over
        self._asked: list[Asked[T]] = []
        self._turn_of: asyncio.AbstractEventLoop | None = None

    def ask(self, what: T) -> asyncio.Future[Any]:
        """Returns the answer to come."""
        loop = asyncio.get_running_loop()
        if not self._asked or self._turn_of is not loop:
            self._turn_of = loop
            loop.call_soon(self.hand_over_now)
        asked = Asked(what, loop.create_future())
        self._asked.append(asked)
        return asked.answer

    def hand_over_now(self) -> None:
        """Hands over what waits, if anything does."""
        asked, self._asked = self._asked, []
        if asked:
            self._hand_over(asked)
