"""A process that this one started: its log, its pid record, and how it ends. Never touches a process it did not start."""

import atexit
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from plein.local.ports import CannotStart

POLL_SECONDS = 0.02
LOG_LINES_SHOWN = 8
RECORD_SUFFIX = ".pid.json"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM wait: between a child's begin and the note of it they would leave a child nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers run in the main thread only
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda now, _frame: came.append(now))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for missed in came:
            signal.raise_signal(missed)


class LocalProcess:
    """One child process with a log file and a pid record in `folder`, so that a later run can clean up after a killed one."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        stop_signal: signal.Signals = signal.SIGTERM,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log or folder / f"{name}.log"
        self._command = list(command)
        self._environment = dict(environment)
        self._record = folder / f"{name}{RECORD_SUFFIX}"
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False

    @property
    def pid(self) -> int:
        """Returns the process id of the running child; raises RuntimeError when there is none."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Returns how the child ended; None while it runs or was never started."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Starts the child in its own session, after ending what a killed earlier run left behind."""
        if self.is_running:
            return
        self.end_leftover()
        self._asked_to_stop = False
        for folder in (self.log.parent, self._record.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("ab") as log, _uninterrupted():
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
            started_at = psutil.Process(self._child.pid).create_time()
            self._record.write_text(json.dumps({"pid": self._child.pid, "started_at": started_at}))
            atexit.register(self._end_with, os.getpid())

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Blocks until `is_ready`. Raises CannotStart when the child ends or the time is up, with the end of its log."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running:
                raise CannotStart(f"{self.name} ended with code {self.exit_code}; the end of {self.log}:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.name} was not ready in {seconds:.0f} s; the end of {self.log}:\n{self.log_end()}")
            time.sleep(POLL_SECONDS)

    def log_end(self) -> str:
        """Returns the last lines of the log, for a person."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])

    def ask_to_stop(self) -> None:
        """Sends the stop signal once and does not wait: a second one would mean "now". May be called twice."""
        if self.is_running and not self._asked_to_stop:
            self._asked_to_stop = True
            self._send(signal.SIGCONT)
            self._send(self._stop_signal)

    def stop(self, seconds: float = 20) -> None:
        """Stops the child in order, and by force when it does not end in time. May be called twice."""
        if self._child is not None:
            self.ask_to_stop()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._send(signal.SIGKILL)
                self._child.wait()
        self._forget()

    def kill(self) -> None:
        """Ends the child at once, as a power cut would. May be called twice."""
        if self._child is not None:
            self._send(signal.SIGKILL)
            self._child.wait()
        self._forget()

    def pause(self) -> None:
        """Freezes the child (SIGSTOP): it keeps its connections and answers nothing."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def end_leftover(self) -> bool:
        """Ends the process a killed run recorded, if it still is that process. Returns whether there was one."""
        return end_recorded(self._record, self._stop_signal)

    def _send(self, what: signal.Signals) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(what)

    def _forget(self) -> None:
        self._record.unlink(missing_ok=True)

    def _end_with(self, starter: int) -> None:
        if os.getpid() == starter and self.is_running:
            self.kill()


def end_recorded(record: Path, stop_signal: signal.Signals = signal.SIGTERM) -> bool:
    """Ends the process of a pid record when pid and moment of start both match. Returns whether there was one."""
    try:
        told = json.loads(record.read_text())
        found = psutil.Process(int(told["pid"]))
        is_ours = bool(abs(found.create_time() - float(told["started_at"])) < 1)
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        is_ours = False
    if is_ours:
        end_process(found, stop_signal)
    record.unlink(missing_ok=True)
    return is_ours


def end_process(found: psutil.Process, stop_signal: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """Ends a process that is not our child: in order first, by force after `seconds`."""
    try:
        found.send_signal(signal.SIGCONT)
        found.send_signal(stop_signal)
        found.wait(seconds)
    except psutil.TimeoutExpired:
        found.kill()
        found.wait(seconds)
    except psutil.NoSuchProcess:
        return


def end_leftovers(folder: Path) -> list[str]:
    """Ends every process that a killed run recorded below `folder` and that still is that process. Returns their names."""
    return [
        record.name.removesuffix(RECORD_SUFFIX) for record in sorted(folder.glob(f"*/*{RECORD_SUFFIX}")) if end_recorded(record)
    ]
