"""Nothing about a person reaches a log line, whatever way it tries."""

import asyncio
import gc
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from service_runtime.logging import ALLOWED_KEYS, configure_logging, get_logger
from unit.service_runtime.doors import a_service, a_token, failing_with, knock

BSN = "999990342"
PHONE = "0612345678"
MAIL = "an.devries@example.nl"
NOTE = "mevrouw belt over haar rollator"
CANARIES = (BSN, PHONE, MAIL, NOTE)
SAID = f"{NOTE} {BSN} {PHONE} {MAIL}"


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Logging belongs to the process: it is put back for the other tests."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    configure_logging("things", "debug")
    yield
    root.handlers, root.level = before[0], before[1]
    sys.excepthook, threading.excepthook, sys.unraisablehook = before[2:]
    logging.captureWarnings(capture=False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Returns the lines written, after looking for every canary in everything written."""
    out, err = capsys.readouterr()
    for canary in CANARIES:
        assert canary not in out
        assert canary not in err
    return [json.loads(line) for line in out.splitlines()]


def a_fault() -> Exception:
    try:
        int(SAID)
    except ValueError as fault:
        return fault
    raise AssertionError


def test_a_line_is_json_with_the_service_the_moment_and_the_keys_on_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("batch_kept", reader="timeline", kept=12)

    (line,) = lines(capsys)

    assert line.pop("logged_at").endswith("+00:00")
    assert line == {"level": "info", "service": "things", "event": "batch_kept", "reader": "timeline", "kept": 12}


def test_a_key_that_is_not_on_the_list_leaves_only_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("contact_kept", note=NOTE, bsn=BSN, phone=PHONE, email=MAIL)

    (line,) = lines(capsys)

    assert line["dropped_keys"] == ["bsn", "email", "note", "phone"]


def test_a_key_that_is_itself_a_number_of_a_person_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("contact_kept", **{BSN: 1, MAIL: 2})

    (line,) = lines(capsys)

    assert line["dropped_keys"] == ["[masked]", "[masked]"]


@pytest.mark.parametrize("text", [BSN, f"call {PHONE} back", "+31 6 12345678", "06-12 34 56 78", MAIL, f"<{MAIL}>", f"bsn:{BSN}"])
def test_a_key_on_the_list_is_no_place_for_a_number_of_a_person_either(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("contact_parked", reason=text, topics=[text], detail=text)

    (line,) = lines(capsys)

    assert "[masked]" in line["reason"]
    assert "12345678" not in json.dumps(line)


@pytest.mark.parametrize("text", [
    "0198c0de-1234-7567-8901-123456789012", "4bf92f3577b34da6a3ce929d0e0e4736", "2026-11-24T10:00:00+01:00", "20261124-kafka.log",
])  # fmt: skip
def test_what_only_looks_like_a_number_of_a_person_stays(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("batch_kept", log_id=text)

    (line,) = lines(capsys)

    assert line["log_id"] == text


def test_an_event_that_is_a_sentence_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info(f"kept {SAID}")

    (line,) = lines(capsys)

    assert line["event"] == "event_without_a_name"


def test_an_exception_is_its_type_and_its_places_never_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    log = get_logger()
    try:
        try:
            raise a_fault()
        except ValueError as inner:
            raise ExceptionGroup(SAID, [RuntimeError(SAID), inner]) from inner
    except ExceptionGroup:
        log.exception("batch_failed", reason=a_fault())

    (line,) = lines(capsys)

    assert line["error_type"] == "ExceptionGroup"
    assert line["reason"] == "ValueError"
    assert "ValueError" in line["error_frames"]
    assert any(frame.startswith("service_runtime/test_log_lines.py:") for frame in line["error_frames"])


def test_a_library_shows_the_literal_in_its_code_and_not_what_it_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("aiokafka").warning("cannot read %s of %d", SAID, 3)

    (line,) = lines(capsys)

    assert (line["event"], line["logger"], line["level"]) == ("library_logged", "aiokafka", "warning")
    assert line["template"] == "cannot read %s of %d"
    assert line["where"].startswith("service_runtime/test_log_lines.py:")


def test_a_library_that_puts_its_text_together_first_shows_only_the_literal_part(capsys: pytest.CaptureFixture[str]) -> None:
    said = SAID
    logging.getLogger("faust").error(f"cannot decode {said} as JSON")
    logging.getLogger("faust").error(said)
    logging.getLogger("faust").error("said: " + said, extra={"note": said})

    templates = [line.get("template") for line in lines(capsys)]

    assert templates[0] == "cannot decode "
    assert templates[2] == "said: "


def test_a_library_that_logs_an_exception_shows_its_type(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise a_fault()
    except ValueError as fault:
        logging.getLogger("kafka").exception(fault)  # noqa: TRY401 - libraries do this
        logging.getLogger("kafka").error("failed", exc_info=True, stack_info=True)

    first, second = lines(capsys)

    assert (first["template"], first["error_type"]) == (None, "ValueError")
    assert (second["template"], second["error_type"]) == ("failed", "ValueError")


def test_loggers_that_had_handlers_of_their_own_lose_them(capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.getLogger("uvicorn.error")
    own.addHandler(logging.StreamHandler(sys.stderr))
    own.propagate = False

    configure_logging("things", "info")
    own.error("failed for %s", SAID)

    (line,) = lines(capsys)
    assert line["template"] == "failed for %s"


def test_exceptions_nobody_caught_are_written_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    fault = a_fault()
    thread = threading.Thread(target=lambda: (_ for _ in ()).throw(ValueError(SAID)))

    sys.excepthook(type(fault), fault, fault.__traceback__)
    thread.start()
    thread.join()
    warnings.warn(SAID, stacklevel=1)

    events = [line["event"] for line in lines(capsys)]
    assert events == ["exception_uncaught", "exception_uncaught", "library_logged"]


async def test_a_task_that_failed_unseen_is_written_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise ValueError(SAID)

    gc.collect()  # what other tests left
    capsys.readouterr()
    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    del task
    gc.collect()

    (line,) = [line for line in lines(capsys) if line.get("logger") == "asyncio"]
    assert line["error_type"] == "ValueError"


def test_a_quieter_level_keeps_lower_lines_back(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("things", "warning")

    get_logger().info("batch_kept")
    logging.getLogger("kafka").info("connected")
    get_logger().warning("batch_failed")

    assert [line["event"] for line in lines(capsys)] == ["batch_failed"]


async def test_a_request_leaves_nothing_of_its_address_body_or_fault_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Canaries in the path, the query, a header, the body, a validation error and an exception; httpx2 logs whole addresses."""
    app = a_service(tmp_path)
    failing_with(app, a_fault)

    async with knock(app, a_token(name=NOTE, bsn=BSN)) as caller:
        await caller.get(f"/v1/things/{BSN}", params={"asOf": SAID}, headers={"x-note": MAIL})
        await caller.post("/v1/things", json={"name": BSN, "number": SAID, NOTE: MAIL})
        await caller.put(f"/v1/things/{PHONE}", json={"name": SAID, "number": NOTE})
        await caller.get(f"/v1/nothing/{MAIL}")
        await caller.get("/v1/failing", params={"bsn": BSN})
        await caller.request(BSN, "/v1/things/x")

    written = [line for line in lines(capsys) if line.get("logger") != "httpx2"]
    assert {line["event"] for line in written} == {"request_answered", "request_failed"}
    assert {line["route"] for line in written} == {"/v1/things/{thing}", "/v1/things", "/v1/failing", "unmatched"}
    assert {line["status"] for line in written if "status" in line} == {400, 404, 405, 500}
    assert all(len(line["trace_id"]) == 32 for line in written)


def test_the_list_has_no_key_that_is_made_to_hold_something_about_a_person() -> None:
    told = {
        "message",
        "detail",
        "text",
        "note",
        "body",
        "name",
        "subject",
        "bsn",
        "phone",
        "email",
        "url",
        "path",
        "query",
        "error",
    }

    assert not told & ALLOWED_KEYS


class Named(BaseModel):
    number: int


def test_a_validation_error_is_written_without_its_input(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        Named.model_validate({"number": SAID})
    except ValueError:
        get_logger().exception("body_refused")

    (line,) = lines(capsys)
    assert line["error_type"].endswith("ValidationError")
