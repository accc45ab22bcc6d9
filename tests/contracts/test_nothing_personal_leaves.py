"""The search for planted personal data finds every way in which it usually escapes, and stays quiet about what is not there.

The journeys call `canaries.traces` on the logs, topics, tables, URLs and errors of a real run; here the search itself is tried.
"""

import base64
import binascii
import html
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from canaries import Canaries, Trace, traces, traces_in_files
from contact_events.citizen_ref import PseudonymKeys, RefKind
from contact_events.sealing import OpeningKey, SealingKey

PLANTED = Canaries()
BSN, PHONE, EMAIL, NOTE = PLANTED.bsns[0], PLANTED.phones[0], PLANTED.emails[0], PLANTED.notes[0]

SPELLINGS = {
    "bsn": [
        BSN,
        "999.990.342",
        "9999.90.342",
        "999 990 342",
        "999-990-342",
        f"bsn={BSN}&x=1",
        f"/citizens/{BSN}/timeline",
        f"x{BSN}x",
    ],
    "phone": [
        "+31612345678",
        "0612345678",
        "06 12 34 56 78",
        "06-12345678",
        "0031 6 12345678",
        "+31 (0)6 1234 5678",
        "31612345678",
        "%2B31612345678",
        "tel:+31-6-12-34-56-78",
    ],
    "email": [EMAIL, EMAIL.upper(), f"mailto:{EMAIL}", EMAIL.replace("@", "%40")],
    "note": [NOTE, NOTE.upper(), NOTE[:30], NOTE.replace(" ", "+"), NOTE.replace(" ", "  \n"), "achter dertig blauwe erkers"],
    "name": ["Mw. Kanarieveer-Oosterhuis"],
}

ENCODINGS: dict[str, Callable[[str], str | bytes]] = {
    "plain": str,
    "bytes": str.encode,
    "inside a line": lambda text: f'{{"event":"x","detail":"voor {text} na"}}',
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"summary": text})),
    "URL encoding": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "URL encoding twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe="")),
    "HTML escapes": lambda text: html.escape("".join(f"&#{ord(letter)};" for letter in text)).replace("&amp;", "&"),
    "hexadecimal": lambda text: text.encode().hex(),
    "a bytea in a dump": lambda text: f"\t\\\\x00ff{text.encode().hex()}00\t",
    "bytes shown by Python": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "hexadecimal with spaces": lambda text: text.encode().hex(" "),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"~{text}~".encode()).decode().rstrip("="),
    "base64 of a longer text": lambda text: base64.b64encode(f'{{"a":"b","bsn":"{text}"}}'.encode()).decode(),
    "base64 that begins elsewhere": lambda text: "QQ" + base64.b64encode(text.encode()).decode(),
    "base64 in hexadecimal": lambda text: base64.b64encode(text.encode()).hex(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "in bytes that are no text": lambda text: b"\x00\xff\x10" + text.encode() + b"\x93\x00",
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SPELLINGS.items() for text in texts])
def test_every_spelling_is_found(kind: str, text: str) -> None:
    found = traces({"log": f'{{"event":"x","detail":"{text}"}}'})

    assert kind in {trace.kind for trace in found}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(("kind", "text"), [("bsn", BSN), ("phone", PHONE), ("email", EMAIL), ("note", NOTE)])
def test_every_encoding_is_found(kind: str, text: str, encode: Callable[[str], str | bytes]) -> None:
    found = traces({"topic interactions": encode(text)})

    assert kind in {trace.kind for trace in found}


def test_a_trace_says_where_and_how_and_never_repeats_what_it_found() -> None:
    found = traces({"timeline.entry": BSN.encode().hex(), "log": "all is well"})

    assert found == [Trace("timeline.entry", "bsn", "hexadecimal")]
    assert BSN not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all is well",
        "1" + BSN,
        BSN + "7",
        "999990343",
        "2026-03-02T10:41:00.999990Z",
        "kanarie@voorbeeld.nl",
        "dertig franjes achter de erker",
        '{"citizen":"c1-a3f0c9d2b1e4f5061728394a5b6c7d8e","kind":"phone"}',
    ],
)
def test_it_stays_quiet_about_what_was_not_planted(text: str) -> None:
    assert traces({"log": text}) == []


def test_it_stays_quiet_about_pseudonyms_digests_and_sealed_points() -> None:
    keys = PseudonymKeys({1: b"k" * 32})
    ref = keys.ref(RefKind.PHONE, PHONE)
    sealed = SealingKey.from_text(OpeningKey.generate().sealing_key_text).seal(PHONE, ref)

    found = traces(
        {"ref": keys.ref(RefKind.BSN, BSN).text, "digest": binascii.hexlify(keys.digest(BSN.encode())), "sealed": sealed}
    )

    assert found == []


def test_files_and_folders_are_searched_whole(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "journal.sqlite").write_bytes(b"SQLite\x00\x01" + NOTE.encode() + b"\x00")
    (tmp_path / "service.log").write_text("all is well\n")

    found = traces_in_files([tmp_path])

    assert {(trace.where, trace.kind) for trace in found} == {("journal.sqlite", "note")}
