"""Says what is wrong with the shape of the policy file, in sentences for who wrote it."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a setting of the policy; is it a typing error?",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text between quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "may have at most {max_length} characters",
    "string_pattern_mismatch": 'must be a language code of three letters, such as "dut"',
    "literal_error": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "may be at most {le}",
    "tuple_type": "must be a list between square brackets",
    "too_long": "has more members than the {max_length} that fit",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}
_OPENINGS = 'must be "always", "office_hours" or a table of days'


def shape_faults(refused: ValidationError) -> list[str]:
    """Returns a sentence for each fault, each once."""
    return list(dict.fromkeys(_sentence(fault) for fault in refused.errors(include_url=False) if not _is_other_branch(fault)))


def _is_other_branch(fault: ErrorDetails) -> bool:
    """Opening hours are a word or a table: what a table lacks to be a word is no fault."""
    return fault["type"] == "literal_error" and isinstance(fault["input"], dict)


def _sentence(fault: ErrorDetails) -> str:
    where = ".".join(str(step) for step in fault["loc"] if not _names_a_branch(step))
    if fault["loc"] and _names_a_branch(fault["loc"][-1]):
        return f"`{where}` {_OPENINGS}."
    if fault["type"] == "value_error":
        return f"`{where.rstrip('.0123456789')}`: {fault['ctx']['error']}."
    words = _WORDS.get(fault["type"], "is not right")
    sentence = f"`{where}` {words.format_map(fault.get('ctx', {}))}"
    return sentence if sentence.endswith("?") else f"{sentence}."


def _names_a_branch(step: int | str) -> bool:
    return isinstance(step, str) and (step == "WeekTable" or step.startswith("literal["))
