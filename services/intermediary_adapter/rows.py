"""A file with questions for members: what a line may hold, and what it says when it is not right."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

MOST_ROWS = 500
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_LINE_BREAK = re.compile("\r\n|\r|\n")

# Column names as clubs write them, in Dutch or English, to the field of the body.
COLUMNS: dict[str, str] = {
    "id": "id",
    "kenmerk": "id",
    "lidnummer": "member.memberNumber",
    "membernumber": "member.memberNumber",
    "bsn": "member.bsn",
    "telefoon": "member.phone",
    "telefoonnummer": "member.phone",
    "phone": "member.phone",
    "email": "member.email",
    "e-mail": "member.email",
    "mail": "member.email",
    "naam": "member.name",
    "name": "member.name",
    "machtiging": "mandateId",
    "mandateid": "mandateId",
    "toestemming": "consentText",
    "toestemmingstekst": "consentText",
    "consenttext": "consentText",
    "vrijwilliger": "volunteer",
    "volunteer": "volunteer",
    "onderwerp": "matter",
    "matter": "matter",
    "kop": "heading",
    "heading": "heading",
    "vraag": "summary",
    "samenvatting": "summary",
    "summary": "summary",
    "antwoord": "answer",
    "answer": "answer",
    "taal": "language",
    "language": "language",
    "wanneer": "occurredAt",
    "occurredat": "occurredAt",
    "zaak": "relatedCase",
    "relatedcase": "relatedCase",
    "vertrouwelijk": "confidential",
    "confidential": "confidential",
    "soort": "category",
    "category": "category",
    "geenmedischofstrafrechtelijkdetail": "noMedicalOrCriminalDetail",
    "nomedicalorcriminaldetail": "noMedicalOrCriminalDetail",
}
REQUIRED = ("matter", "summary")
_YES = {"ja": True, "yes": True, "true": True, "1": True, "nee": False, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One line with something on it: its number in the file, counted from 1 with the heading, and the body it makes."""

    number: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unfit:
    """The file as a whole cannot be read, or one line of it: why, in Dutch and English."""

    nl: str
    en: str
    number: int = 0


def read_rows(raw: bytes) -> list[Row | Unfit] | Unfit:
    """Returns the lines of a CSV file, or why the file is none.

    UTF-8 with or without BOM, or Windows-1252 as spreadsheets write it; comma, semicolon or tab.
    """
    if b"\x00" in raw:
        return Unfit("Het bestand is geen CSV-bestand. Bewaar het als CSV.", "The file is no CSV file. Save it as CSV.")
    text = _decoded(raw)
    heading_line = _LINE_BREAK.split(text.lstrip("\r\n"), maxsplit=1)[0]
    separator = max(";\t,", key=heading_line.count)
    # A spreadsheet's own note to itself.
    if heading_line.startswith("sep=") and len(heading_line) == 5:
        separator, text = heading_line[4], text.lstrip("\r\n")[5:].lstrip("\r\n")
    lines = _lines(text, separator)
    try:
        _, heading = next(lines)
        fields = _fields(heading)
        if isinstance(fields, Unfit):
            return fields
        rows = [_row(number, line, fields) for number, line in lines]
    except StopIteration:
        return Unfit("Het bestand is leeg.", "The file is empty.")
    except csv.Error:
        return Unfit("Het bestand is geen goed CSV-bestand.", "The file is no proper CSV file.")
    if len(rows) > MOST_ROWS:
        return Unfit(f"Een bestand heeft hoogstens {MOST_ROWS} regels.", f"A file has at most {MOST_ROWS} rows.", MOST_ROWS)
    if not rows:
        return Unfit("Onder de kop staat geen enkele regel.", "There is no row below the heading.")
    return rows


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Undefined in Windows-1252 are five signs only; they show as replaced, and the text is refused further on.
        return raw.decode("windows-1252", errors="replace")


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yields rows with something on them, each with its number in the spreadsheet, where empty rows count too."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number, line in enumerate(reader, start=1):
        if any(cell.strip() for cell in line):
            yield number, line


def _fields(heading: list[str]) -> list[str | None] | Unfit:
    names = [name.strip() for name in heading]
    found = [COLUMNS.get(re.sub(r"[\s_]", "", name).casefold()) if name else None for name in names]
    unknown = [position for position, (name, field) in enumerate(zip(names, found, strict=True), start=1) if name and not field]
    if unknown:
        places = ", ".join(map(str, unknown))
        return Unfit(
            f"Deze kolommen kennen wij niet: nummer {places}. Kijk of de naam goed is, of haal de kolom weg.",
            f"These columns are not known: number {places}. Check the name, or remove the column.",
        )
    given = [field for field in found if field]
    if len(set(given)) != len(given):
        return Unfit("Een kolom staat er twee keer in.", "A column is there twice.")
    missing = [field for field in REQUIRED if field not in given]
    if missing:
        return Unfit("De kolommen `onderwerp` en `vraag` zijn nodig.", "The columns `matter` and `summary` are needed.")
    return found


def _row(number: int, line: list[str], fields: list[str | None]) -> Row | Unfit:
    if len(line) > len(fields) and any(cell.strip() for cell in line[len(fields) :]):
        return Unfit("Deze regel heeft meer vakken dan de kop.", "This row has more cells than the heading.", number)
    body: dict[str, Any] = {"member": {}}
    for field, cell in zip(fields, line, strict=False):
        text = cell.strip()
        if not text:
            continue
        if field is None:
            return Unfit("Deze regel heeft een vak onder een lege kop.", "This row has a cell below an empty heading.", number)
        into, _, name = field.rpartition(".")
        (body[into] if into else body)[name] = _read_cell(name, text)
    return Row(number, body)


def _read_cell(name: str, text: str) -> str | bool:
    match name:
        case "confidential":
            return _YES.get(text.casefold(), text)
        case "occurredAt":
            return _moment(text)
        case _:
            return text


def _moment(text: str) -> str:
    """Returns a moment as people write it (24-11-2026 10:00) with its offset; a day alone is its start, local time."""
    for form in ("%d-%m-%Y %H:%M", "%d-%m-%Y", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=AMSTERDAM).isoformat()
        except ValueError:
            continue
    return text


# What is wrong, said so that whoever filled the file can mend it (B1).
IN_DUTCH: dict[str, str] = {
    "/id": "Het kenmerk is te lang, of eindigt op een # met een getal.",
    "/member": "Er staat niet om welk lid het gaat. Vul een lidnummer of een BSN in.",
    "/member/memberNumber": "Er staat niet om welk lid het gaat. Vul een lidnummer of een BSN in.",
    "/member/bsn": "Dit BSN klopt niet. Controleer de negen cijfers.",
    "/member/phone": "Dit telefoonnummer klopt niet. Schrijf het als 0612345678.",
    "/member/email": "Dit e-mailadres klopt niet. Schrijf het als naam@voorbeeld.nl.",
    "/mandateId": "Er staat geen machtiging en geen toestemming. Vul een van de twee in.",
    "/consentText": "De tekst van de toestemming is te lang.",
    "/matter": "Dit onderwerp kennen wij niet. Gebruik een code uit de lijst, of `algemeen`.",
    "/summary": "Er staat geen vraag, of de vraag is te lang.",
    "/language": "Deze taal kennen wij niet. Schrijf bijvoorbeeld nl, en of tr.",
    "/occurredAt": "De datum klopt niet, of ligt in de toekomst. Schrijf bijvoorbeeld 24-11-2026 10:00.",
    "/confidential": "Schrijf ja of nee bij `vertrouwelijk`.",
    "/noMedicalOrCriminalDetail": "Leg in meer woorden uit waarom dit geen medisch of strafrechtelijk gegeven is.",
}
NOT_RIGHT_NL = "Er klopt iets niet in deze regel."
SENSITIVE_NL = (
    "Deze tekst lijkt iets medisch of strafrechtelijks over iemand te vertellen. Dat mag niet in Plein. "
    "Schrijf het anders, of leg uit waarom het geen medisch of strafrechtelijk gegeven over iemand is."
)
