"""Canaries: what identifies or exposes a person is in no log, header, address, topic or file."""

from pathlib import Path

import pytest

from handlers.adapters.opened_doors import open_door
from service_runtime.logging import configure_logging
from web_adapter.domain import DOOR

BSN, PHONE, EMAIL, NAME = "999990342", "0612345678", "kanarie@example.nl", "Kanarina de Vries"
SECRET = "Mijn strafblad is Kanariegeel"


def every_byte_in(folder: Path) -> str:
    return b"".join(path.read_bytes() for path in folder.iterdir()).decode("latin-1")


async def test_refused_text_is_neither_kept_nor_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing of it, anywhere: journal, topics, log lines, the answer itself."""
    configure_logging("web_adapter", "debug")
    async with open_door(DOOR, tmp_path) as opened:
        answer = await opened.post(json={"id": "1", "matter": "aow", "summary": SECRET, "citizen": {"bsn": BSN}})
        kept = opened.journaled()
    files = every_byte_in(tmp_path)

    assert (answer.status_code, kept) == (400, 0)
    assert answer.json()["type"] == "urn:plein:problem:medical-or-criminal"
    logged = capfd.readouterr().out
    assert "request_answered" in logged
    for told in (answer.text, logged, files):
        assert "Kanariegeel" not in told
        assert BSN not in told


async def test_identifiers_of_accepted_contacts_are_only_pseudonyms_and_seals(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the journal and the topics too; the name that came along is kept nowhere."""
    configure_logging("web_adapter", "debug")
    citizen = {"bsn": BSN, "phone": PHONE, "email": EMAIL, "name": NAME}
    async with open_door(DOOR, tmp_path) as opened:
        answer = await opened.post(json={"id": "1", "matter": "aow", "summary": "Vraag", "citizen": citizen})
        await opened.events()
        topics = b"".join((record.value or b"") + repr(record.headers).encode() for record in opened.bus.records("interactions"))
    files = every_byte_in(tmp_path)

    assert answer.status_code == 202
    for told in (answer.text, capfd.readouterr().out, files, topics.decode()):
        assert not any(canary in told for canary in (BSN, PHONE, PHONE[1:], EMAIL, NAME))


async def test_faults_in_identifiers_repeat_none_of_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A mistyped BSN is still somebody's."""
    configure_logging("web_adapter", "debug")
    citizen = {"bsn": "999990343", "phone": "06123456789012", "email": "kanarie@@example"}
    async with open_door(DOOR, tmp_path) as opened:
        answer = await opened.post(json={"matter": "aow", "summary": "Vraag", "citizen": citizen})

    assert answer.status_code == 400
    for told in (answer.text, capfd.readouterr().out):
        assert not any(text in told for text in citizen.values())
