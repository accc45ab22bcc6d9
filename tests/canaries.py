"""Planted personal data, and the search for it in whatever a run left behind.

Plant the canaries through the doors, then give `traces` everything that may not hold them: log lines, records of topics, dumps
of tables, URLs, error bodies. It finds the spellings and the encodings in which such data usually escape.
"""

import base64
import binascii
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Canaries:
    """What was planted: real in form (a valid test BSN, an existing number range), unmistakable in content."""

    bsns: tuple[str, ...] = ("999990342", "123456782")
    phones: tuple[str, ...] = ("+31612345678",)
    emails: tuple[str, ...] = ("kanarie.devries@voorbeeld.nl",)
    notes: tuple[str, ...] = ("Kanariegele franje zingt zacht achter dertig blauwe erkers",)
    names: tuple[str, ...] = ("Kanarieveer-Oosterhuis",)


@dataclass(frozen=True, order=True)
class Trace:
    """A canary that was found: where, which kind, and in which form it had escaped. It never repeats the canary."""

    where: str
    kind: str
    form: str


@dataclass(frozen=True)
class _Needle:
    kind: str
    pattern: re.Pattern[str]
    plain: str = field(repr=False)


# Between the digits of a number people and programs put these, also encoded in a URL.
_GAP = r"(?:[\s.\-/()_\u00a0]|%20|%2D|\+){0,3}"
_PHONE_STARTS = (r"\+", "%2B", "00", "")


def traces(places: Mapping[str, str | bytes], canaries: Canaries = Canaries()) -> list[Trace]:
    """Returns every canary found in the texts and bytes given, by the name of the place. An empty list is the good news."""
    needles = list(_needles(canaries))
    return sorted({trace for where, content in places.items() for trace in _in(where, content, needles)})


def traces_in_files(paths: Iterable[Path], canaries: Canaries = Canaries()) -> list[Trace]:
    """Returns every canary found in files, and in everything under folders: log files, database files, dumps."""
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    needles = list(_needles(canaries))
    return sorted({trace for file in files for trace in _in(file.name, file.read_bytes(), needles)})


def _needles(canaries: Canaries) -> Iterator[_Needle]:
    for bsn in canaries.bsns:
        yield _Needle("bsn", re.compile(rf"(?<!\d){_digits(bsn)}(?!\d)"), bsn)
    for phone in canaries.phones:
        national = phone.removeprefix("+31")
        starts = "|".join([*(rf"{re.escape(start)}31{_GAP}(?:\(?0\)?)?" for start in _PHONE_STARTS), "0"])
        yield _Needle("phone", re.compile(rf"(?<!\d)(?:{starts}){_GAP}{_digits(national)}(?!\d)", re.IGNORECASE), phone)
    for email in canaries.emails:
        yield _Needle("email", _loosely(email), email)
    for note in canaries.notes:
        yield _Needle("note", _loosely(note), note)
        for piece in _pieces(note):
            yield _Needle("note", _loosely(piece), piece)
    for name in canaries.names:
        yield _Needle("name", _loosely(name), name)


def _digits(number: str) -> str:
    return _GAP.join(number)


def _loosely(text: str) -> re.Pattern[str]:
    """Matches whatever the case, the white space and the sign that stands for a space."""
    return re.compile(r"(?:[\s+_]|%20)+".join(re.escape(word) for word in text.split()), re.IGNORECASE)


def _pieces(note: str) -> Iterator[str]:
    """A note that was cut off is still a note: any three words of it in a row."""
    words = note.split()
    for start in range(len(words) - 2):
        yield " ".join(words[start : start + 3])


def _in(where: str, content: str | bytes, needles: list[_Needle]) -> Iterator[Trace]:
    for form, text in _readings(content):
        for needle in needles:
            if needle.pattern.search(text):
                yield Trace(where, needle.kind, form)


def _readings(content: str | bytes) -> Iterator[tuple[str, str]]:
    """Yields a content as it stands, and as it reads once each usual encoding is undone."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    text = raw.decode("utf-8", "replace")
    yield "plain", text
    if b"\x00" in raw:
        yield "UTF-16", raw.decode("utf-16-le", "ignore")
        yield "UTF-16", raw[1:].decode("utf-16-le", "ignore")
    yield from _undone(text, depth=2)


def _undone(text: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    for form, decoded in _decoded(text):
        if decoded != text:
            yield form, decoded
            yield from ((f"{form} of {inner}", again) for inner, again in _undone(decoded, depth - 1))


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    if "%" in text or "+" in text:
        yield "URL encoding", urllib.parse.unquote_plus(text, errors="replace")
    if "\\" in text:
        yield "JSON escapes", _JSON_ESCAPE.sub(_unescaped, text)
    if "&" in text:
        yield "HTML escapes", html.unescape(text)
    if hexadecimal := " ".join(_from_hex(text)):
        yield "hexadecimal", hexadecimal
    if base64ed := " ".join(_from_base64(text)):
        yield "base64", base64ed


_JSON_ESCAPE = re.compile(r'\\+(u[0-9a-fA-F]{4}|["\\/bfnrt])')
_HEX = re.compile(r"(?:\\x|0x)?((?:[0-9a-fA-F]{2}){9,})")
_HEX_BY_BYTE = re.compile(r"(?:\\x[0-9a-fA-F]{2}){9,}|[0-9a-fA-F]{2}(?:[ :][0-9a-fA-F]{2}){8,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")


def _unescaped(match: re.Match[str]) -> str:
    return str(json.loads(f'"\\{match[1]}"'))


def _from_hex(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        # A run of hexadecimal digits may begin in the middle of a byte.
        for digits in (match[1], match[1][1:-1]):
            yield bytes.fromhex(digits).decode("utf-8", "replace")
    for match in _HEX_BY_BYTE.finditer(text):
        yield bytes.fromhex(re.sub(r"\\x|[ :]", "", match[0])).decode("utf-8", "replace")


def _from_base64(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        letters = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        # What was planted may begin at any of the four places of a longer encoding.
        for start in range(4):
            part = letters[start:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            try:
                decoded = base64.b64decode(part + "=" * (-len(part) % 4))
            except (binascii.Error, ValueError):
                continue
            yield decoded.decode("utf-8", "replace")
