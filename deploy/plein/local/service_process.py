"""A service as a child process: its own settings and nothing else, watched, and started again when it ends by itself."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2

from plein.local.ports import LOOPBACK
from plein.local.processes import LocalProcess

READY_SECONDS = 60
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# One that ran this long had started well: the next pause is short again.
RAN_WELL_SECONDS = 60.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "PYTHONPATH", "VIRTUAL_ENV")


class ServiceProcess:
    """One service, started by name with the settings given."""

    def __init__(self, name: str, port: int, settings: Mapping[str, str], *, folder: Path, logs: Path) -> None:
        self.name = name
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = LocalProcess(
            name,
            [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "plein.command", "service", name],
            folder=folder,
            environment={**passed_on, **{name.upper(): value for name, value in settings.items()}},
            log=logs / f"{name}.log",
        )
        self._started_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._start_again_at: float | None = None

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._process.log

    @property
    def is_ready(self) -> bool:
        """Asks the service itself; False when it does not answer."""
        try:
            return httpx2.get(f"{self.url}/v1/health/ready", timeout=2, trust_env=False).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._start_again_at = None
        self._process.start()

    def wait_ready(self) -> None:
        """Blocks until the service says it is ready. Raises CannotStart."""
        self._process.wait_until(lambda: self.is_ready, seconds=READY_SECONDS)

    def keep_running(self) -> str | None:
        """Starts the service again when it ended, after a pause that doubles. Returns a sentence when something happened."""
        if self.is_running:
            return None
        now = time.monotonic()
        if self._start_again_at is None:
            if now - self._started_at > RAN_WELL_SECONDS:
                self._pause = FIRST_PAUSE_SECONDS
            self._start_again_at = now + self._pause
            told = (
                f"{self.name} ended with code {self._process.exit_code}; it starts again in {self._pause:.1f} s (see {self.log})"
            )
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            return told
        if now < self._start_again_at:
            return None
        self.start()
        return f"{self.name} was started again"

    def ask_to_stop(self) -> None:
        self._process.ask_to_stop()

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        self._process.kill()
