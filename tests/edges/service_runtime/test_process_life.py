"""A service as a real process: it starts, says so, stops in order, and its exit code says how it ended."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from unit.service_runtime.doors import ISSUER, write_keys

PROGRAM = Path(__file__).with_name("a_process.py")
DEADLINE_SECONDS = 30


class Running:
    """The process and what it writes, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._readers = [threading.Thread(target=self._read, args=(pipe,)) for pipe in (process.stdout, process.stderr)]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe: Any) -> None:
        for line in pipe:
            self._lines.put(line.strip())
        self._lines.put(None)

    def until(self, part: str) -> str:
        """Returns the next line with this in it."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        closed = 0
        while closed < 2:
            line = self._lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            if line is None:
                closed += 1
                continue
            self.said.append(line)
            if part in line:
                return line
        raise AssertionError(f"{part!r} was not said; said were {self.said}")

    def end(self) -> int:
        """Waits for the end and returns the exit code, with everything said."""
        code = self.process.wait(DEADLINE_SECONDS)
        for reader in self._readers:
            reader.join(DEADLINE_SECONDS)
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                self.said.append(line)
        return code

    def told(self, *events: str) -> list[dict[str, Any]]:
        logged = [json.loads(line) for line in self.said if line.startswith("{")]
        return [line for line in logged if line["event"] in events]


@contextmanager
def a_process(folder: Path, plan: str, changes: Mapping[str, str | None] | None = None) -> Iterator[Running]:
    issuers = folder / "issuers.toml"
    issuers.write_text(f'[[issuer]]\nissuer = "{ISSUER}"\njwks = "file:{write_keys(folder)}"\nalgorithms = ["ES256"]\n')
    settings = {"HTTP_PORT": "0", "TOKEN_ISSUERS_FILE": str(issuers)} | dict(changes or {})
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    environment |= {name: value for name, value in settings.items() if value is not None}
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), plan], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        running.end()


def address_of(running: Running) -> str:
    return f"http://127.0.0.1:{json.loads(running.until('service_started'))['port']}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_told_to_stop_finishes_what_it_has_in_hand_and_ends_with_0(
    number: signal.Signals, tmp_path: Path
) -> None:
    with a_process(tmp_path, "") as running:
        address = address_of(running)
        answers: list[httpx2.Response] = []
        asking = threading.Thread(target=lambda: answers.append(httpx2.get(f"{address}/v1/slow", timeout=20)))
        asking.start()
        running.until("slow asked")
        running.process.send_signal(number)
        asking.join(20)
        code = running.end()

    assert code == 0
    assert answers[0].json() == {"answered": "whole"}
    heard = [line for line in running.said if line.startswith(("first", "second"))]
    assert heard == ["first starting", "first started", "second starting", "second started", "second stopped", "first stopped"]
    assert [line["signal"] for line in running.told("stop_asked")] == [number.name]


def test_a_live_view_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with (
        a_process(tmp_path, "") as running,
        httpx2.Client(base_url=address_of(running), timeout=20) as client,
        client.stream("GET", "/v1/live") as live,
    ):
        chunks = live.iter_bytes()
        first = next(chunks)
        begun = time.monotonic()
        running.process.terminate()
        rest = list(chunks)
        code = running.end()

    assert (first, rest, code) == (b"data: 1\n\n", [], 0)
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("plan", ["ends", "returns"])
def test_a_part_that_ends_ends_the_process_with_1_after_an_orderly_stop(plan: str, tmp_path: Path) -> None:
    with a_process(tmp_path, plan) as running:
        code = running.end()

    assert code == 1
    assert [line["part"] for line in running.told("part_ended")] == ["second"]
    assert [line for line in running.said if line.endswith("stopped")] == ["second stopped", "first stopped"]
    assert not any("999990342" in line for line in running.said)


def test_a_part_that_does_not_start_lets_go_of_those_that_did(tmp_path: Path) -> None:
    with a_process(tmp_path, "does not start") as running:
        code = running.end()

    assert code == 1
    assert [line["error_type"] for line in running.told("part_not_started")] == ["RuntimeError"]
    assert [line for line in running.said if line.endswith("stopped")] == ["first stopped"]
    assert not any("999990342" in line for line in running.said)


def test_being_told_to_stop_while_starting_is_heard(tmp_path: Path) -> None:
    with a_process(tmp_path, "starts for ever") as running:
        running.until("second starting")
        running.process.terminate()
        code = running.end()

    assert code == 0
    assert "second let go" in running.said
    assert "first stopped" in running.said


def test_a_part_that_does_not_stop_does_not_keep_the_others_from_stopping(tmp_path: Path) -> None:
    with a_process(tmp_path, "does not stop") as running:
        address_of(running)
        running.process.terminate()
        code = running.end()

    assert code == 1
    assert "first stopped" in running.said
    assert not any("999990342" in line for line in running.said)


def test_a_service_that_cannot_be_built_ends_with_1_and_a_line(tmp_path: Path) -> None:
    with a_process(tmp_path, "cannot be built") as running:
        code = running.end()

    assert code == 1
    assert [line["error_type"] for line in running.told("service_not_built")] == ["RuntimeError"]
    assert not any("999990342" in line for line in running.said)


def test_being_told_to_stop_while_being_built_is_heard(tmp_path: Path) -> None:
    with a_process(tmp_path, "is built for ever") as running:
        running.until("building")
        running.process.terminate()
        code = running.end()

    assert code == 0


def test_settings_that_do_not_suffice_end_with_78_and_one_sentence_each(tmp_path: Path) -> None:
    with a_process(tmp_path, "", {"HTTP_PORT": None, "LOG_LEVEL": "loud"}) as running:
        code = running.end()

    assert code == 78
    assert sorted(running.said) == [
        "told: LOG_LEVEL cannot be read. Set LOG_LEVEL to debug, info, warning or error.",
        "told: Set HTTP_PORT to the port to listen on, for example 8101.",
    ]


def test_an_issuers_file_that_is_not_there_ends_with_78_and_a_sentence(tmp_path: Path) -> None:
    with a_process(tmp_path, "", {"TOKEN_ISSUERS_FILE": str(tmp_path / "none.toml")}) as running:
        code = running.end()

    assert code == 78
    (sentence,) = [line for line in running.said if not line.startswith("{")]
    assert sentence.startswith("told: Set TOKEN_ISSUERS_FILE to a TOML file")


def test_a_port_that_is_taken_is_one_sentence_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with a_process(tmp_path, "", {"HTTP_PORT": str(port)}) as running:
            code = running.end()

    assert code == 1
    assert f"told: Set HTTP_PORT to a free port; {port} cannot be listened on." in running.said
    assert not any(line.startswith("first") for line in running.said)


def test_over_a_real_connection_a_body_that_is_too_large_is_refused_and_the_connection_closed(tmp_path: Path) -> None:
    """With a Content-Length and without one."""

    def chunks() -> Iterator[bytes]:
        for _ in range(8):
            yield b"[" + b" " * 999

    headers = {"content-type": "application/json"}
    with a_process(tmp_path, "", {"MAX_BODY_BYTES": "5000"}) as running:
        address = address_of(running)
        counted = httpx2.post(f"{address}/v1/read", content=chunks(), headers=headers, timeout=20)
        announced = httpx2.post(f"{address}/v1/read", content=b"[" + b" " * 6000, headers=headers, timeout=20)

    for answer in (counted, announced):
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "server" not in answer.headers
