"""A club sends a file: every line whole or not at all, and each says what became of it."""

from pathlib import Path

import pytest

from handlers.adapters.opened_doors import OpenDoor, a_club_token, a_token, open_door
from intermediary_adapter.domain import DOOR
from intermediary_adapter.edges import upload_routes

HEADING = "lidnummer;bsn;toestemming;onderwerp;vraag"
LINE = "L-1;;Ik vind het goed dat de club dit vraagt.;aow;Wanneer krijg ik AOW?"
OTHER_LINE = "L-2;;Ik vind het goed dat de club dit vraagt.;aow;Hoeveel AOW krijg ik?"
PATH = "/v1/interactions/_upload"


async def send(opened: OpenDoor, *lines: str, encoding: str = "utf-8", heading: str = HEADING) -> dict[str, object]:
    content = "\r\n".join((heading, *lines)).encode(encoding)
    answer = await opened.post(PATH, content=content, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_good_lines_are_accepted_and_bad_ones_say_in_plain_words_what_to_mend(tmp_path: Path) -> None:
    """The volunteer sees per line what became of it, by the number the spreadsheet shows."""
    lines = [LINE, "L-3;123456789;Akkoord;aow;Vraag", "", ";;;aow;Vraag", "L-4;;Akkoord;onzin;Hij heeft kanker", OTHER_LINE]
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        answer = await send(opened, *lines)
        said = await opened.events()

    rows = {row["row"]: row for row in answer["rows"]}  # type: ignore[attr-defined]
    assert (answer["accepted"], answer["refused"], len(said)) == (2, 3, 2)
    assert [number for number, row in rows.items() if row["outcome"] == "accepted"] == [2, 7]
    assert rows[3]["reasons"][0]["nl"] == "Dit BSN klopt niet. Controleer de negen cijfers."
    assert {reason["field"] for reason in rows[5]["reasons"]} == {"memberNumber", "mandateId"}
    assert "medisch" in rows[6]["reasons"][0]["nl"]
    assert rows[2]["receipt"]
    assert {rows[2]["eventKey"], rows[7]["eventKey"]} == {str(event.key) for event in said}
    assert [(row.get("memberNumber"), row.get("matter")) for row in (rows[2], rows[3], rows[5])] == [
        ("L-1", "aow"),
        ("L-3", "aow"),
        (None, "aow"),
    ]
    assert rows[2]["status"].endswith("/status")


async def test_a_mended_file_sent_again_adds_only_what_was_not_accepted(tmp_path: Path) -> None:
    """A line without an id of its own is known by its content."""
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        first = await send(opened, LINE, "L-2;;;aow;Vraag")
        again = await send(opened, LINE, OTHER_LINE, LINE)

    assert (first["accepted"], again["accepted"], opened.journaled()) == (1, 3, 2)
    receipts = [row["receipt"] for row in again["rows"]]  # type: ignore[attr-defined]
    assert receipts[0] == receipts[2] == first["rows"][0]["receipt"]  # type: ignore[index]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
async def test_a_spreadsheets_own_ways_of_writing_are_read(tmp_path: Path, encoding: str, separator: str) -> None:
    """BOM, Windows' letters, semicolons, commas and tabs; quotes around what holds them, a line break inside."""
    line = separator.join(['"L-1"', "", '"Goed; ja, echt"', "aow", '"Hoe zit het met café ""De Zon""?\nGroet"'])
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        await send(opened, line, encoding=encoding, heading=HEADING.replace(";", separator))
        (event,) = await opened.events()

    assert event.data.summary == 'Hoe zit het met café "De Zon"?\nGroet'
    assert event.data.on_behalf.consent_text == "Goed; ja, echt"


async def test_a_form_may_send_the_file_too(tmp_path: Path) -> None:
    """As browsers and curl -F do."""
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        answer = await opened.post(PATH, files={"file": ("vragen.csv", f"{HEADING}\n{LINE}\n", "text/csv")})
        without = await opened.post(PATH, files={"ander": ("vragen.csv", HEADING, "text/csv")})

    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert without.status_code == 400


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (HEADING.encode(), 400),
        (b"lidnummer;geheim;onderwerp;vraag\nL-1;x;aow;Vraag", 400),
        (b"lidnummer;onderwerp\nL-1;aow", 400),
        (b"vraag;vraag;onderwerp\na;b;aow", 400),
        (b"\x00\x01PK", 400),
        (f'{HEADING}\n"L-1;;Akkoord;aow;Vraag'.encode(), 400),
        ("\n".join([HEADING, *[LINE] * 501]).encode(), 413),
    ],
    ids=["empty", "no line", "unknown column", "missing column", "column twice", "binary", "open quote", "501 lines"],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(tmp_path: Path, content: bytes, status: int) -> None:
    """Nothing of it is kept, and the answer says why."""
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        answer = await opened.post(PATH, content=content, headers={"Content-Type": "text/csv"})

    assert answer.status_code == status
    assert opened.journaled() == 0


async def test_only_an_organisation_may_send_a_file(tmp_path: Path) -> None:
    """The token says who the organisation is; without one there is nobody to act for a member."""
    async with open_door(DOOR, tmp_path, more_routes=upload_routes) as opened:
        content = f"{HEADING}\n{LINE}"
        nobody = await opened.post(PATH, content=content, headers={"Content-Type": "text/csv"}, token=a_token(DOOR.scope))
        other_scope = await opened.post(
            PATH, content=content, headers={"Content-Type": "text/csv"}, token=a_club_token("interactions:web:write")
        )
        other_kind = await opened.post(PATH, json={})

    assert nobody.json()["type"] == "urn:plein:problem:no-organisation"
    assert [nobody.status_code, other_scope.status_code, other_kind.status_code] == [403, 403, 415]
