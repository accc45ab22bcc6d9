"""Why somebody may look: the municipality's file, and what is wrong with it."""

from importlib.resources import files

import pytest

from address_book.domain.purposes import Purpose, Purposes, Refusal

SHIPPED = (files("address_book") / "municipality" / "purposes.toml").read_text("utf-8")


def test_the_shipped_purposes_can_be_read_and_each_names_a_legal_basis() -> None:
    purposes = Purposes.from_toml(SHIPPED)

    assert {"terugbellen", "inwoner-bereiken", "bezorging"} <= set(purposes.by_code)
    assert all(purpose.legal_basis for purpose in purposes.by_code.values())


def test_a_purpose_is_for_those_whose_role_it_names_and_for_everybody_when_it_names_none() -> None:
    purposes = Purposes.from_toml(SHIPPED)

    assert isinstance(purposes.allowed("bezorging", ["bezorging"]), Purpose)
    assert purposes.allowed("bezorging", ["counter"]) is Refusal.NOT_YOUR_PURPOSE
    assert isinstance(purposes.allowed("terugbellen", []), Purpose)
    assert purposes.allowed("nieuwsgierig", ["bezorging"]) is Refusal.UNKNOWN_PURPOSE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a", "not TOML"),
        ("", "names no purpose"),
        ('[a]\nnl = "x"\nen = "y"\nlegal_basis = " "', "no legal basis"),
        ('[a]\nnl = "x"\nen = "y"', "legal_basis"),
        ('[a]\nnl = "x"\nen = "y"\nlegal_basis = "z"\nmay_revael = []', "may_revael"),
    ],
)
def test_a_purposes_file_that_is_wrong_says_what_to_mend(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Purposes.from_toml(text)
