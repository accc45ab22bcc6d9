"""The marker of text a person typed, and the walk that finds all of it, so that no channel can forget to have it checked."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel


class TypedByAPerson:
    """Marks a field whose text is read for medical and criminal details."""


TYPED_BY_A_PERSON = TypedByAPerson()


def free_texts(body: BaseModel, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yields `(pointer, text)` of every marked text in a body, nested ones included."""
    for name, (alias, marked) in _fields(type(body)).items():
        yield from _found(getattr(body, name), f"{pointer}/{alias}", marked)


def _found(value: Any, pointer: str, marked: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        yield from free_texts(value, pointer)
    elif isinstance(value, tuple):
        for position, member in enumerate(value):
            yield from _found(member, f"{pointer}/{position}", marked)
    elif marked and isinstance(value, str):
        yield pointer, value


@cache
def _fields(body: type[BaseModel]) -> dict[str, tuple[str, bool]]:
    return {
        name: (field.alias or name, any(_marks(part) for part in (*field.metadata, field.annotation)))
        for name, field in body.model_fields.items()
        if any(_can_hold_text(part) for part in (*field.metadata, field.annotation))
    }


def _can_hold_text(annotation: Any) -> bool:
    """Says whether a walk into a field can find marked text: the mark itself, or a part that has fields of its own."""
    is_part = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation is TYPED_BY_A_PERSON or is_part or any(_can_hold_text(part) for part in get_args(annotation))


def _marks(annotation: Any) -> bool:
    return annotation is TYPED_BY_A_PERSON or any(_marks(part) for part in get_args(annotation))
