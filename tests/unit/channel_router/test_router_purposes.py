"""Why somebody may ask how to reach a citizen: the municipality's file, and what is wrong with it."""

import tomllib
from importlib.resources import files

import pytest

from channel_router.domain.purposes import Purpose, Purposes, Refusal

SHIPPED = (files("channel_router") / "municipality" / "purposes.toml").read_text("utf-8")
OF_THE_TIMELINE = (files("timeline") / "municipality" / "purposes.toml").read_text("utf-8")
OF_THE_ADDRESS_BOOK = (files("address_book") / "municipality" / "purposes.toml").read_text("utf-8")


def test_the_shipped_purposes_are_for_the_contact_centre_and_for_caseworkers() -> None:
    purposes = Purposes.from_toml(SHIPPED)

    assert isinstance(purposes.allowed("klantcontact", ["agent"]), Purpose)
    assert isinstance(purposes.allowed("inkomensondersteuning", ["caseworker"]), Purpose)
    assert purposes.allowed("inkomensondersteuning", ["agent"]) is Refusal.PURPOSE_NOT_OPEN
    assert purposes.allowed("nieuwsgierig", ["agent"]) is Refusal.NO_SUCH_PURPOSE


def test_a_purpose_reads_the_same_to_a_citizen_wherever_somebody_looked() -> None:
    said = ("nl", "en", "legal_basis", "roles")
    ours, timeline, address_book = (tomllib.loads(text) for text in (SHIPPED, OF_THE_TIMELINE, OF_THE_ADDRESS_BOOK))

    assert {code: {name: ours[code][name] for name in said} for code in ours} == {
        code: {name: timeline.get(code, {}).get(name) for name in said} for code in ours
    }
    assert all(address_book[code][name] == ours[code][name] for code in ours.keys() & address_book.keys() for name in said)


def test_a_purpose_that_names_no_role_is_for_everybody_and_a_line_holds_a_role_only_as_a_code() -> None:
    purpose = Purpose(code="a", nl="x", en="y", legal_basis="z")

    assert purpose.is_open_to([])
    assert purpose.role_among(["Default Roles", "offline"]) == "offline"
    assert purpose.role_among(["Default Roles"]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a", "not TOML"),
        ("", "names no purpose"),
        ("a = 1", "`a` of the channel router is not right"),
        ('["A b"]\nnl = "x"\nen = "y"\nlegal_basis = "z"', "cannot be the code"),
        ('[a]\nnl = "x"\nen = "y"\nlegal_basis = " "', "no legal basis"),
        ('[a]\nnl = "x"\nen = "y"', "legal_basis"),
        ('[a]\nnl = "x"\nen = "y"\nlegal_basis = "z"\nroles = ["De balie"]', "roles"),
        ('[a]\nnl = "x"\nen = "y"\nlegal_basis = "z"\nrolls = []', "rolls"),
    ],
)
def test_a_purposes_file_that_is_wrong_says_what_to_mend(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Purposes.from_toml(text)
