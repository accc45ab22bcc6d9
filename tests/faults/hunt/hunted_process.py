"""One real service process that the hunt arms, kills, freezes and starts again."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import httpx2
import psutil

from plein.local.ports import LOOPBACK, free_port
from plein.local.processes import LocalProcess

HERE = Path(__file__).parent
TESTS = HERE.parent.parent
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.03
NO_STEP = "none"


class InVain(AssertionError):
    """Something that had to come did not come in time."""


class HuntedProcess:
    """A service by its own name; several may run the same service."""

    def __init__(self, name: str, service: str, settings: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._armed = folder / f"{name}.armed.json"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(TESTS),
            "PYTHONUNBUFFERED": "1",
            "HTTP_PORT": str(self.port),
            **{key.upper(): value for key, value in settings.items()},
        }
        command = [sys.executable, "-W", "ignore::DeprecationWarning", str(HERE / "hunted_service.py"), service]
        self.process = LocalProcess(name, [*command, str(self._armed)], folder=folder, environment=environment)

    @property
    def is_running(self) -> bool:
        return self.process.is_running

    @property
    def is_frozen(self) -> bool:
        with suppress(psutil.NoSuchProcess):
            return bool(self.is_running and psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        return False

    @property
    def is_ready(self) -> bool:
        """Asks the service itself; False when it does not answer."""
        try:
            return httpx2.get(f"{self.url}/v1/health/ready", timeout=2, trust_env=False).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    def arm(self, step: str, how: str = "kill", at: int = 1) -> None:
        """Lets the running process strike itself when it reaches the step."""
        making = self._armed.with_suffix(".new")
        making.write_text(json.dumps({"step": step, "how": how, "at": at}))
        making.replace(self._armed)

    def disarm(self) -> None:
        """Lets it forget what was armed and not reached, also when it has read that already."""
        self.arm(NO_STEP)

    def start(self) -> None:
        """Starts it, or lets it go on when it is frozen; what was armed in an earlier life is taken away."""
        if self.is_running:
            self.process.resume()
            return
        self._armed.unlink(missing_ok=True)
        self.process.start()

    def wait_ready(self, patience_s: float = PATIENCE_S) -> None:
        awaited(lambda: self.is_ready, f"{self.name} is ready", patience_s)

    def wait_gone(self, patience_s: float = PATIENCE_S) -> int:
        """Returns the exit code; negative is the signal that killed it."""
        awaited(lambda: not self.is_running, f"{self.name} has ended", patience_s)
        code = self.process.exit_code
        assert code is not None
        return code

    def wait_frozen(self) -> None:
        awaited(lambda: self.is_frozen, f"{self.name} is frozen")

    def kill(self) -> None:
        self.process.kill()

    def pause(self) -> None:
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def stop(self) -> None:
        self.process.stop()

    @property
    def lines(self) -> int:
        """How many lines its log has, over all its lives."""
        return self.said("\n")

    def said(self, text: str) -> int:
        """Returns how often its log holds a text, over all its lives."""
        return self.process.log.read_text(errors="replace").count(text) if self.process.log.exists() else 0


def awaited(is_so: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> float:
    """Returns after how many seconds it is so. Raises InVain with a sentence."""
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > patience_s:
            raise InVain(f"waited {patience_s:.0f} s in vain until {what}")
        time.sleep(LOOK_AGAIN_S)
    return time.monotonic() - started
