"""What libraries log through the standard library: the literal in their code, never a value that was put into it."""

import logging
import sys
from collections.abc import Callable
from types import FrameType

_SHORTEST_LITERAL = 4
_MOST_FRAMES = 16


class LibraryLines(logging.Handler):
    """Turns records into `library_logged` lines."""

    def __init__(self, write: Callable[..., None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        self._write(
            min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL),
            "library_logged",
            logger=record.name,
            template=literal_in(record.msg),
            where=f"{short_path(record.pathname)}:{record.lineno}",
            exc_info=record.exc_info[1] if record.exc_info else None,
        )


def short_path(path: str) -> str:
    """Returns the last folder and the file: enough to find code, nothing about the machine."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def literal_in(message: object) -> str | None:
    """Returns the longest literal of the logging code that is part of the message.

    A message may have been put together before it was logged; a literal in somebody's code holds nobody's data.
    """
    if not isinstance(message, str):
        return None
    longest = ""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        for constant in frame.f_code.co_consts:
            if isinstance(constant, str) and _SHORTEST_LITERAL <= len(constant) > len(longest) and constant in message:
                longest = constant
        frame = frame.f_back
    return longest or None
