"""Log lines: JSON on standard output, only keys that are on the list, never what an exception or a library wants to say."""

import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, cast

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

from service_runtime.library_lines import LibraryLines, short_path
from service_runtime.tracing import current_trace_id

# Keys that may be logged. None of them ever holds something about a person; that is what a review of this list asks.
ALLOWED_KEYS = frozenset[str]().union(
    {
        "event",
        "level",
        "logged_at",
        "service",
        "trace_id",
        "logger",
        "template",
        "where",
        "error_type",
        "error_frames",
        "dropped_keys",
    },
    {"method", "route", "status", "seconds", "client_id", "kind"},
    {"part", "host", "port", "version", "reason", "count", "attempt", "wait_seconds", "signal", "code", "setting"},
    {
        "topic",
        "topics",
        "partition",
        "offset",
        "first_offset",
        "next_offset",
        "log_id",
        "records",
        "bytes",
        "reader",
        "group",
        "lag",
    },
    {
        "channel",
        "event_type",
        "event_key",
        "receipt",
        "outcome",
        "purpose",
        "kept",
        "repeated",
        "ignored",
        "parked",
        "published",
        "waiting",
    },
    {"schema", "table", "revision", "sqlstate", "issuer", "algorithm", "policy", "file", "line"},
)

_EVENT = re.compile(r"[a-z][a-z0-9_]*")
_PERSONAL = re.compile(
    r"[^\s@<>\"']+@[^\s@<>\"']+"
    r"|(?<![\w.-])(?:\+|00)?\d(?:[ -]?\d){7,14}(?![\w-])"
)
_LONGEST_TEXT = 300
_encode = msgspec.json.Encoder(enc_hook=str).encode
_service = "plein"


def configure_logging(service: str, level: str) -> None:
    """Sends everything this process logs, also through the standard library and uncaught exceptions, through the list."""
    global _service
    _service = service
    number = logging.getLevelNamesMapping()[level.upper()]
    _configure_structlog(number)
    root = logging.getLogger()
    root.handlers = [LibraryLines(get_logger().log)]
    root.setLevel(max(number, logging.INFO))
    for name in list(logging.root.manager.loggerDict):
        known = logging.getLogger(name)
        known.handlers = []
        known.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda lost: _uncaught(lost.exc_type, lost.exc_value, lost.exc_traceback)
    sys.unraisablehook = lambda lost: _uncaught(lost.exc_type, lost.exc_value, lost.exc_traceback)


def get_logger() -> FilteringBoundLogger:
    """Returns the logger; events are snake_case facts in the past tense, keys come from ALLOWED_KEYS."""
    return cast(FilteringBoundLogger, structlog.get_logger())


def error_frames(error: BaseException) -> list[str]:
    """Returns where an exception came from, innermost last: type names and file:line, never a message."""
    frames: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 5:
        seen.add(id(current))
        frames.append(_type_name(current))
        traceback: TracebackType | None = current.__traceback__
        places = []
        while traceback is not None:
            places.append(f"{short_path(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}")
            traceback = traceback.tb_next
        frames.extend(places[-8:])
        if isinstance(current, BaseExceptionGroup):
            frames.extend(_type_name(member) for member in current.exceptions[:5])
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return frames


def _configure_structlog(number: int) -> None:
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, _line],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Output(),
        cache_logger_on_first_use=False,
    )


class _Output:
    """Where lines go: whatever standard output is when the line is written."""

    def msg(self, line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    debug = info = warning = warn = error = critical = exception = fatal = log = msg


def _line(_: Any, __: str, fields: MutableMapping[str, Any]) -> str:
    error = fields.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    event = str(fields.pop("event", ""))
    line: dict[str, Any] = {
        "logged_at": datetime.now(UTC).isoformat(),
        "level": fields.pop("level", "info"),
        "service": _service,
        "event": event if _EVENT.fullmatch(event) else "event_without_a_name",
    }
    trace_id = current_trace_id()
    if trace_id is not None:
        line["trace_id"] = trace_id
    dropped = []
    for key, value in fields.items():
        if key in ALLOWED_KEYS:
            line[key] = _safe(value)
        else:
            dropped.append(key)
    if isinstance(error, BaseException):
        line["error_type"] = _type_name(error)
        line["error_frames"] = error_frames(error)
    if dropped:
        line["dropped_keys"] = sorted(_masked(key) for key in dropped)
    return _encode(line).decode() + "\n"


def _safe(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _masked(value)
    if isinstance(value, BaseException):
        return _type_name(value)
    if isinstance(value, dict):
        return {_masked(str(key)): _safe(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(member) for member in value]
    return _masked(str(value))


def _masked(text: str) -> str:
    """A second net: an allowed key is still no place for a number or an address of a person."""
    return _PERSONAL.sub("[masked]", text[:_LONGEST_TEXT])


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _uncaught(kind: type[BaseException], error: BaseException | None, _: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        get_logger().critical("exception_uncaught", exc_info=error)


_configure_structlog(logging.INFO)
