"""A child process and what is known of it, also when a start is stopped halfway."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from plein.local.processes import LocalProcess


class _Asked(BaseException):
    """What a stop raises wherever the main thread is."""


@pytest.fixture
def stops() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Asked

    before = signal.signal(signal.SIGINT, stop)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("stops")
def test_ctrl_c_while_a_child_begins_waits_until_the_child_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody knew of went on for hours after `plein up` had stopped everything."""

    class StoppedHalfway(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", StoppedHalfway)
    waiting = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = LocalProcess("child", waiting, folder=tmp_path, environment=dict(os.environ))

    with pytest.raises(_Asked):
        child.start()

    assert child.pid
    child.stop()
    assert not child.is_running
