"""Every field of the national contact API has a place in our words, and fits."""

from typing import Any, NamedTuple

import pytest
from msgspec import inspect as shapes

from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import EVENT_CLASSES, CloudEvent
from contact_events.sealing import OpeningKey, SealingKey
from contracts.old_readers import FOLDER

CLASSES: dict[str, Any] = {each.__name__: each for each in (*EVENT_CLASSES, CloudEvent)}
# What standards.md and the API name; a field that is missing from the table would be lost.
THEIRS = {
    "Klantcontact": "uuid kanaal onderwerp inhoud reactie indicatieContactGelukt taal vertrouwelijk plaatsgevondenOp metadata "
    "referentienummer",
    "Betrokkene": "rol initiator organisatienaam",
    "Partij": "soortPartij voorkeursDigitaalAdres voorkeurstaal indicatieGeheimhouding",
    "DigitaalAdres": "adres soortDigitaalAdres verificatieDatum",
    "InterneTaak": "gevraagdeHandeling status",
    "Vertegenwoordiging": "vertegenwoordigendePartij vertegenwoordigdePartij",
}


class Row(NamedTuple):
    """One line of the table."""

    theirs: str
    at_most: str
    ours: str
    how: str


def rows() -> list[Row]:
    lines = (FOLDER / "KLANTINTERACTIES.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [Row(*line) for line in cells if line[0] not in {"theirs", "---"}]


def field_at(path: str) -> Any:
    """Returns the shape of one of our fields by its path. Raises KeyError when there is none."""
    name, *steps = path.replace("[]", ".[]").replace("{}", ".{}").split(".")
    shape: Any = shapes.type_info(CLASSES[name])
    for step in steps:
        shape = bare(shape)
        match step, shape:
            case "[]", shapes.VarTupleType():
                shape = shape.item_type
            case "{}", shapes.DictType():
                shape = shape.value_type
            case _:
                shape = {field.encode_name: field.type for field in shape.fields}[step]
    return bare(shape)


def bare(shape: Any) -> Any:
    match shape:
        case shapes.Metadata():
            return bare(shape.type)
        case shapes.UnionType():
            [one] = [member for member in shape.types if not isinstance(bare(member), shapes.NoneType)]
            return bare(one)
        case _:
            return shape


def too_narrow(row: Row) -> bool:
    """True when a text of theirs does not fit. A text by pattern without a limit of its own fits by that pattern."""
    if not row.at_most.isdecimal():
        return False
    longest = getattr(field_at(row.ours), "max_length", None)
    return longest is not None and longest < int(row.at_most)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.theirs)
def test_a_field_of_theirs_has_a_place_that_is_wide_enough(row: Row) -> None:
    assert field_at(row.ours) is not None
    assert not too_narrow(row)
    assert row.how


def test_no_field_of_theirs_is_forgotten() -> None:
    placed = {row.theirs.split(" = ")[0] for row in rows()}

    assert {f"{kind}.{field}" for kind, fields in THEIRS.items() for field in fields.split()} <= placed


def test_a_place_that_is_too_narrow_or_not_there_is_seen() -> None:
    narrow = Row("Klantcontact.inhoud", "1000", "InteractionRecorded.heading", "as it is")
    nowhere = Row("Klantcontact.inhoud", "1000", "InteractionRecorded.body", "as it is")

    assert too_narrow(narrow)
    with pytest.raises(KeyError):
        field_at(nowhere.ours)


def test_the_longest_address_of_theirs_fits_once_it_is_sealed() -> None:
    sealed = SealingKey.from_text(OpeningKey.generate().sealing_key_text).seal("é" * 80, CitizenRef(b"k" * 16, 1))

    longest = getattr(field_at("InteractionRecorded.contact_points[].sealed"), "max_length", 0)

    assert len(sealed) <= longest
