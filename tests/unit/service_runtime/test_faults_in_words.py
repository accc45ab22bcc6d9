"""Everything that is wrong with a body, in words, with JSON pointers that exist in what was sent."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from service_runtime.http import validated
from service_runtime.problems import FieldFault, Problem


class Phone(BaseModel):
    kind: Literal["phone"]
    number: str = Field(pattern=r"^\+?[0-9]+$")


class Mail(BaseModel):
    kind: Literal["mail"]
    address: str


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    matter: str = Field(max_length=5)
    happened: AwareDatetime | None = Field(default=None, alias="occurredAt")
    weight: int = Field(default=1, ge=1, le=9)

    @field_validator("matter")
    @classmethod
    def _known(cls, value: str) -> str:
        if value == "?":
            raise ValueError("is not in the catalogue")
        return value


class Body(BaseModel):
    questions: list[Question] = Field(min_length=1)
    reach: Annotated[Phone | Mail, Field(discriminator="kind")] | None = None
    case: UUID | None = None
    born: date | None = None
    at: datetime | None = None
    sure: bool = True
    slash: int = Field(default=0, alias="a/b~c")


def faults(raw: object, pointer: str = "") -> list[tuple[str, str]]:
    with pytest.raises(Problem) as refused:
        validated(Body, raw, pointer=pointer)
    assert (refused.value.status, refused.value.kind) == (400, "invalid-input")
    return [(fault.pointer, fault.reason) for fault in refused.value.faults]


ONE: dict[str, object] = {"questions": [{"matter": "aow"}]}


def test_a_good_body_is_the_model() -> None:
    found = validated(Body, ONE | {"reach": {"kind": "mail", "address": "x"}})

    assert found.questions[0].matter == "aow"
    assert isinstance(found.reach, Mail)


def test_faults_deep_inside_point_at_what_was_sent() -> None:
    raw = {"questions": [{"matter": "aow"}, {"matter": "too long", "occurredAt": "2026-11-24T10:00:00", "weight": 12, "note": 1}]}

    assert faults(raw) == [
        ("/questions/1/matter", "may have at most 5 characters"),
        ("/questions/1/occurredAt", "must be a moment with an offset, for example 2026-11-24T10:00:00+01:00"),
        ("/questions/1/weight", "must be at most 9"),
        ("/questions/1/note", "is not a field that is known here"),
    ]


@pytest.mark.parametrize(("given", "expected"), [
    ({"questions": []}, ("/questions", "must have at least 1 members")),
    ({"questions": "x"}, ("/questions", "must be a list")),
    ({}, ("/questions", "is missing")),
    (ONE | {"case": "x"}, ("/case", "must be a UUID")),
    (ONE | {"born": "24-11-2026"}, ("/born", "must be a date, for example 2026-11-24")),
    (ONE | {"at": "soon"}, ("/at", "must be a moment with an offset, for example 2026-11-24T10:00:00+01:00")),
    (ONE | {"sure": "perhaps"}, ("/sure", "must be true or false")),
    (ONE | {"reach": {"kind": "pigeon"}}, ("/reach", "must have one of 'phone', 'mail' in 'kind'")),
    (ONE | {"reach": {}}, ("/reach", "must say its kind in 'kind'")),
    (ONE | {"reach": {"kind": "phone"}}, ("/reach/number", "is missing")),
    (ONE | {"reach": {"kind": "phone", "number": "call me"}}, ("/reach/number", "does not have the right form")),
    (ONE | {"a/b~c": "x"}, ("/a~1b~0c", "must be a whole number")),
    ({"questions": [{"matter": "?"}]}, ("/questions/0/matter", "is not in the catalogue")),
    ([], ("", "must be an object")),
    (None, ("", "must be an object")),
])  # fmt: skip
def test_each_fault_has_its_pointer_and_its_words(given: object, expected: tuple[str, str]) -> None:
    assert faults(given) == [expected]


def test_a_part_of_a_larger_body_has_pointers_from_the_top() -> None:
    assert faults({}, pointer="/events/3/data") == [("/events/3/data/questions", "is missing")]


def test_no_reason_repeats_what_was_sent() -> None:
    note = "999990342 mevrouw"
    raw = {
        "questions": [{"matter": note, "weight": note, "occurredAt": note}],
        "reach": {"kind": "phone", "number": note},
        "case": note,
        "born": note,
        "at": note,
        "sure": note,
    }

    with pytest.raises(Problem) as refused:
        validated(Body, raw)

    assert len(refused.value.faults) == 8
    assert "999990342" not in str(refused.value) + repr(refused.value.faults)


def test_many_faults_are_all_listed_and_the_sentence_stays_short() -> None:
    with pytest.raises(Problem) as refused:
        validated(Body, {"questions": [{} for _ in range(20)]})

    assert len(refused.value.faults) == 20
    assert refused.value.faults[19] == FieldFault("matter", "/questions/19/matter", "is missing")
    assert refused.value.detail.endswith("and 15 more.")
