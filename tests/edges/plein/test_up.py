"""`plein up` as a person uses it: started, disturbed, started twice, killed and started again, on ports of this test's own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from plein.local.folder import LocalSettings
from plein.local.ports import free_ports, is_listened_on
from plein.services import SERVICES, Secret

PATIENCE_SECONDS = 240


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a stack in a folder of this test's own; whatever still runs there is ended afterwards."""
    names = [name for name in LocalSettings.model_fields if name.endswith("_port")]
    ports = {f"PLEIN_{name.upper()}": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    yield {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PLEIN_HOME": str(tmp_path / "plein"), **ports}
    for pid in _recorded(tmp_path / "plein").values():
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()


def test_the_story_is_right_a_dead_service_comes_back_and_a_killed_run_leaves_nothing_in_the_way(
    home: dict[str, str], tmp_path: Path
) -> None:
    """One long test, because each start costs half a minute."""
    first = _Run(home, tmp_path / "first.txt")
    first.wait_for("Plein is up")
    assert "lost = 0" in first.said
    assert "not as it must be" not in first.said
    _each_service_hears_only_its_own_secrets(tmp_path / "plein")

    os.kill(_recorded(tmp_path / "plein")["timeline"], signal.SIGKILL)
    first.wait_for("timeline was started again")

    second = _Run(home, tmp_path / "second.txt")
    assert second.exit_code() == 1
    assert "Plein already runs in" in second.said
    assert "Traceback" not in second.said

    left_behind = _recorded(tmp_path / "plein")
    first.kill()
    third = _Run(home, tmp_path / "third.txt", "--once")
    assert third.exit_code() == 0, third.said
    assert "ended what a killed run left behind" in third.said
    assert "lost = 0" in third.said
    assert not any(psutil.pid_exists(pid) for pid in left_behind.values())
    assert not any(is_listened_on(int(port)) for name, port in home.items() if name.endswith("_PORT"))


def test_ctrl_c_halfway_the_start_stops_everything_in_order(home: dict[str, str], tmp_path: Path) -> None:
    run = _Run(home, tmp_path / "run.txt")
    run.wait_for("tables")

    run.interrupt()

    assert run.exit_code() == 0, run.said
    assert "everything stopped" in run.said
    assert "Traceback" not in run.said
    assert _recorded(tmp_path / "plein") == {}


def test_ctrl_c_inside_a_text_that_is_run_does_not_end_the_process_by_the_signal_after_all() -> None:
    """Importing a dataclass runs such a text; a KeyboardInterrupt there made a start that was stopped in order exit with -2."""
    stopped_halfway = (
        "import signal\n"
        "from plein.commands.up import StopAsked, stop_signal\n"
        "stop_signal()\n"
        "try:\n"
        "    exec('signal.raise_signal(signal.SIGINT)')\n"
        "except StopAsked:\n"
        "    print('stopped in order')\n"
    )

    child = subprocess.run([sys.executable, "-c", stopped_halfway], capture_output=True, text=True, timeout=60, check=False)

    assert (child.returncode, child.stdout) == (0, "stopped in order\n"), child.stderr


def _each_service_hears_only_its_own_secrets(folder: Path) -> None:
    running = _recorded(folder)
    for service in SERVICES:
        heard = psutil.Process(running[service.name]).environ()
        assert {secret.upper() for secret in Secret} & heard.keys() == {secret.upper() for secret in service.secrets}
        assert ("DATABASE_URL" in heard) is service.has_database


class _Run:
    """A `plein up` as a child, its output in a file."""

    def __init__(self, environment: Mapping[str, str], file: Path, *options: str) -> None:
        self._file = file
        with file.open("w") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "plein.command", "up", *options],
                env=dict(environment),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._file.read_text()

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.said:
            assert self._child.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def exit_code(self) -> int:
        return self._child.wait(PATIENCE_SECONDS)

    def interrupt(self) -> None:
        self._child.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()


def _recorded(folder: Path) -> dict[str, int]:
    """Returns the processes that a run has recorded, by name."""
    return {
        record.name.removesuffix(".pid.json"): int(json.loads(record.read_text())["pid"])
        for record in folder.glob("*/*.pid.json")
    }
