"""Everything that is wrong with what was sent, at once and in words, each with its JSON pointer. Never the value."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service_runtime.problems import FieldFault, invalid_input

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], raw: object, *, pointer: str = "") -> M:
    """Returns what was sent as a model. Raises Problem 400 with everything that is wrong, each with its JSON pointer."""
    try:
        return model.model_validate(raw)
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_input=False)
        raise invalid_input([_fault(error, error["loc"], raw, pointer) for error in errors]) from None


def faults_of_request(errors: Iterable[Mapping[str, Any]], body: object) -> list[FieldFault]:
    """Returns the faults of a request FastAPI could not read: body, path, query, header."""
    faults = []
    for error in errors:
        place, *loc = error["loc"] or ("body",)
        if place == "body":
            faults.append(_fault(error, loc, body, ""))
        else:
            name = ".".join(str(step) for step in loc)
            faults.append(FieldFault(name, "", f"in the {place} {_reason(error)}"))
    return faults


def _fault(error: Mapping[str, Any] | ErrorDetails, loc: Iterable[int | str], raw: object, pointer: str) -> FieldFault:
    """Walks along what was sent, because a validator's path also names the kinds it tried."""
    steps: list[str] = []
    name = ""
    absent = error["type"] in {"missing", "missing_argument"}
    where = list(loc)
    here = raw
    for number, step in enumerate(where):
        if isinstance(here, dict) and isinstance(step, str) and (step in here or (absent and number == len(where) - 1)):
            here = here.get(step)
            name = step
        elif isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here):
            here = here[step]
        else:
            continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return FieldFault(name, pointer + "".join(f"/{step}" for step in steps), _reason(error))


_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field that is known here",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "may have at most {max_length} characters",
    "string_pattern_mismatch": "does not have the right form",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length} members",
    "too_long": "may have at most {max_length} members",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "timezone_aware": "must be a moment with an offset, for example 2026-11-24T10:00:00+01:00",
    "timezone_naive": "must be a moment without an offset",
    "date_from_datetime_inexact": "must be a date, for example 2026-11-24",
    "union_tag_not_found": "must say its kind in {discriminator}",
    "union_tag_invalid": "must have one of {expected_tags} in {discriminator}",
    "json_invalid": "is not JSON",
    "frozen_field": "cannot be changed",
    "none_required": "must be left out",
}
_STARTS = {
    "datetime": "must be a moment with an offset, for example 2026-11-24T10:00:00+01:00",
    "date": "must be a date, for example 2026-11-24",
    "time": "must be a time, for example 10:00",
    "uuid": "must be a UUID",
    "url": "must be an address, for example https://example.nl",
    "decimal": "must be a number",
}


def _reason(error: Mapping[str, Any] | ErrorDetails) -> str:
    """Returns the words for a fault; a validator's own sentence only when our code wrote it."""
    kind = str(error["type"])
    context = error.get("ctx") or {}
    written = context.get("error")
    if kind in {"value_error", "assertion_error"} and isinstance(written, Exception):
        return str(written) or "is not right"
    template = _REASONS.get(kind) or _STARTS.get(kind.partition("_")[0])
    return template.format_map(context) if template else "is not right"
