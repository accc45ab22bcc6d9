"""A file as people make it: how dates, yes and no, and empty lines are read."""

import pytest

from intermediary_adapter.rows import Row, Unfit, read_rows


def the_row(heading: str, line: str) -> Row:
    rows = read_rows(f"onderwerp;vraag;{heading}\naow;Vraag;{line}".encode())
    assert not isinstance(rows, Unfit), rows
    (row,) = rows
    assert isinstance(row, Row)
    return row


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("24-11-2026 10:00", "2026-11-24T10:00:00+01:00"),
        ("24/07/2026 10:00", "2026-07-24T10:00:00+02:00"),
        ("24-11-2026", "2026-11-24T00:00:00+01:00"),
        ("2026-11-24 10:00", "2026-11-24T10:00:00+01:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("gisteren", "gisteren"),
    ],
)
def test_a_date_is_read_as_people_here_write_it(written: str, read: str) -> None:
    """Local time; what is no date is left for the door to refuse."""
    assert the_row("wanneer", written).body["occurredAt"] == read


@pytest.mark.parametrize(("written", "read"), [("ja", True), ("Nee", False), ("misschien", "misschien")])
def test_yes_and_no_are_words(written: str, read: object) -> None:
    """A spreadsheet has no true and false of ours."""
    assert the_row("vertrouwelijk", written).body["confidential"] == read


@pytest.mark.parametrize("name", ["Lidnummer", "member_number", "LID NUMMER", "memberNumber"])
def test_a_column_is_known_by_its_name_however_it_is_written(name: str) -> None:
    """Capitals, spaces and underscores make no difference."""
    assert the_row(name, "L-1").body["member"] == {"memberNumber": "L-1"}


def test_rows_bear_the_numbers_the_spreadsheet_shows() -> None:
    """Empty rows count, and a row with a line break in a cell is one row."""
    rows = read_rows(b'onderwerp;vraag\r\n\r\naow;"een\r\ntwee"\r\n;;\r\naow;drie\r\n')

    assert not isinstance(rows, Unfit)
    assert [row.number for row in rows] == [3, 5]


def test_a_row_with_more_cells_than_the_heading_is_refused_and_the_others_stand() -> None:
    """A forgotten quote shifts the cells; that must not shift what is kept."""
    rows = read_rows(b"onderwerp;vraag\naow;een;twee\naow;drie;\n")

    assert not isinstance(rows, Unfit)
    assert isinstance(rows[0], Unfit)
    assert rows[0].number == 2
    assert isinstance(rows[1], Row)


def test_a_spreadsheets_own_first_line_about_its_separator_is_understood() -> None:
    """Excel writes `sep=` for itself."""
    rows = read_rows(b'sep=,\r\nonderwerp,vraag\r\naow,"Een, twee; drie"\r\n')

    assert not isinstance(rows, Unfit)
    assert isinstance(rows[0], Row)
    assert rows[0].body["summary"] == "Een, twee; drie"
