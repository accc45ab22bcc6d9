"""A real Keycloak on loopback, run by Java from the distribution its makers publish on Maven Central: for tests of the realm."""

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2

from plein.local.maven import COPY_GOAL, JAVA_OPTIONS, cached, fetch_once, java_environment, why_no_java
from plein.local.ports import LOOPBACK, CannotStart, free_port, require_free
from plein.local.processes import LocalProcess

KEYCLOAK_VERSION = "26.4.7"
READY_SECONDS = 120
_NAME = f"keycloak-{KEYCLOAK_VERSION}"
_BUILD = Path("lib/quarkus")


class Keycloak:
    """One Keycloak with everything in `folder`, which takes in one realm when it starts, as the container does."""

    def __init__(self, folder: Path, realm: Path, environment: Mapping[str, str], port: int = 0) -> None:
        """`environment` is the container's own: what the realm's placeholders stand for, and KC_ settings."""
        self.folder = folder.absolute()
        self.port = port or free_port()
        self.management_port = free_port()
        self._realm = realm
        self._home = self.folder / "home"
        self._process = LocalProcess(
            "keycloak",
            ["/bin/sh", str(self._home / "bin" / "kc.sh"), "start-dev", "--import-realm"],
            folder=self.folder,
            environment={
                **java_environment(),
                **environment,
                "JAVA_OPTS": " ".join(JAVA_OPTIONS),
                "KC_HOSTNAME": self.address,
                "KC_HTTP_HOST": LOOPBACK,
                "KC_HTTP_PORT": str(self.port),
                "KC_HTTP_MANAGEMENT_PORT": str(self.management_port),
                "KC_CACHE": "local",
            },
        )

    @staticmethod
    def available() -> str | None:
        """Returns why there is no Keycloak here, in a sentence; None when there is one. Downloads it once."""
        return why_no_java("Keycloak") or fetch_once(_NAME, f"Keycloak {KEYCLOAK_VERSION}", _copy_arguments, _unpack)

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> str:
        """Starts it on a copy of the distribution and returns its address. Raises CannotStart."""
        reason = self.available()
        if reason is not None:
            raise CannotStart(f"Keycloak cannot run: {reason}")
        self._process.end_leftover()
        require_free(self.port, "Keycloak")
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.copytree(cached(_NAME), self._home)
        imported = self._home / "data" / "import"
        imported.mkdir(parents=True)
        shutil.copy(self._realm, imported / "plein-realm.json")
        self._process.start()
        try:
            self._process.wait_until(self._is_ready, seconds=READY_SECONDS)
        except CannotStart:
            self._process.kill()
            raise
        self._keep_build()
        return self.address

    def kill(self) -> None:
        self._process.kill()

    def _keep_build(self) -> None:
        """Keeps what a start works out for its settings, which takes longer than starting; other settings are worked out anew."""
        for part in (self._home / _BUILD).iterdir():
            kept = cached(_NAME) / _BUILD / part.name
            if kept.exists() and kept.read_bytes() == part.read_bytes():
                continue
            making = kept.with_name(f"{kept.name}.{self._process.pid}")
            shutil.copy(part, making)
            making.replace(kept)

    def _is_ready(self) -> bool:
        place = f"http://{LOOPBACK}:{self.management_port}/health/ready"
        try:
            return httpx2.get(place, timeout=2, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


def _copy_arguments(making: Path) -> Sequence[str]:
    return [COPY_GOAL, f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{KEYCLOAK_VERSION}:zip", f"-DoutputDirectory={making}"]


def _unpack(making: Path) -> None:
    archive = making / f"keycloak-quarkus-dist-{KEYCLOAK_VERSION}.zip"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(making)
    archive.unlink()
    unpacked = making / _NAME
    for member in unpacked.iterdir():
        member.rename(making / member.name)
    unpacked.rmdir()
