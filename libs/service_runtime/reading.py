"""What a body may be: strict JSON, not too deep, and everything that is wrong with it said at once, in words."""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

import msgspec
from pydantic import BaseModel
from starlette.requests import Request

from service_runtime.problems import FieldFault, Problem, invalid_input, problem_of

M = TypeVar("M", bound=BaseModel)

MAX_DEPTH = 20


async def read_json(request: Request, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> object:
    """Returns the JSON of a request. Raises Problem 400, 413 or 415."""
    require_json(request.headers.get("content-type"), request.headers.get("content-encoding"))
    raw = await request.body()
    if len(raw) > max_bytes:
        raise too_large(max_bytes)
    return read_json_bytes(raw, max_depth=max_depth)


def require_json(content_type: str | None, content_encoding: str | None = None) -> None:
    """Raises Problem 415 unless the headers promise plain JSON."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise problem_of(415)
    if content_encoding and content_encoding.strip().lower() != "identity":
        raise problem_of(415)


def too_large(max_bytes: int) -> Problem:
    """Returns the 413; the connection closes, because what is left of the body is not read."""
    plain = problem_of(413)
    return Problem(413, plain.kind, plain.title, f"A body has at most {max_bytes} bytes here.", headers={"Connection": "close"})


class _Refused(ValueError):
    pass


def read_json_bytes(raw: bytes, *, max_depth: int = MAX_DEPTH) -> object:
    """Returns the JSON in the bytes. Raises Problem 400: no JSON, no UTF-8, NaN, a key twice, too deep, a NUL in text."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_json("is not text in UTF-8") from None
    try:
        found = _DECODER.decode(text)
        if "\\u" in text:
            _refuse_broken_text(raw, text)
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise _not_json(f"is not JSON; look at {place}" if text.strip() else "is empty; send JSON") from None
    except _Refused as fault:
        raise _not_json(str(fault)) from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    except ValueError:
        raise _not_json("holds a number that is too large") from None
    if text.count("{") + text.count("[") > max_depth and _deeper_than(found, max_depth):
        raise _too_deep(max_depth)
    return found


def _not_json(reason: str) -> Problem:
    return invalid_input([FieldFault("", "", reason)])


def _too_deep(max_depth: int) -> Problem:
    return _not_json(f"is nested deeper than {max_depth} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("has the same key twice in one object")
    return found


def _constant(_: str) -> NoReturn:
    raise _Refused("holds a number that JSON does not know (NaN or Infinity)")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused("holds a number that is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def _refuse_broken_text(raw: bytes, text: str) -> None:
    """Escapes can spell half a character or a NUL, which no database text holds."""
    if "\\u0000" in text:
        raise _Refused("holds a NUL character in a text")
    try:
        msgspec.json.decode(raw, type=msgspec.Raw) if "\\ud" not in text.lower() else msgspec.json.decode(raw)
    except msgspec.DecodeError:
        raise _Refused("holds half a character (a lone surrogate) in a text") from None


def _deeper_than(found: object, max_depth: int) -> bool:
    level: list[object] = [found]
    for _ in range(max_depth):
        level = [member for held in level for member in _members(held) if isinstance(member, dict | list)]
        if not level:
            return False
    return True


def _members(held: object) -> Iterable[object]:
    if isinstance(held, dict):
        return held.values()
    return held if isinstance(held, list) else ()
