"""The folder of the embedded stack, `.plein`: who may run in it, where things are, and the ports that are asked for."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from plein.local.ports import CannotStart, can_be_bound

Port = Annotated[int, Field(ge=1, le=65535)]


class LocalSettings(BaseSettings):
    """Where the embedded stack lives and listens: the environment, and nothing else. `PLEIN_HOME` is the folder."""

    model_config = SettingsConfigDict(env_prefix="PLEIN_", extra="ignore")

    home: Path = Path(".plein")
    web_adapter_port: Port = 8101
    phone_log_adapter_port: Port = 8102
    counter_adapter_port: Port = 8103
    intermediary_adapter_port: Port = 8104
    timeline_port: Port = 8110
    channel_router_port: Port = 8111
    address_book_port: Port = 8112
    desk_port: Port = 8120
    my_plein_port: Port = 8121
    for_a_member_port: Port = 8122
    insight_port: Port = 8123
    start_page_port: Port = 8100
    people_register_port: Port = 8130
    sign_in_port: Port = 8190
    broker_port: Port = 8192
    postgres_port: Port = 8194
    log_level: str = "info"
    # A folder that `plein theme` filled; without it the stack fetches its own.
    theme: Path | None = None

    @property
    def folder(self) -> Path:
        return self.home.absolute()

    @property
    def theme_folder(self) -> Path:
        return (self.theme or self.folder / "theme").absolute()

    def port_of(self, name: str) -> int:
        """Returns the port of a service or engine by its name."""
        return int(getattr(self, f"{name}_port"))

    @property
    def ports(self) -> dict[str, int]:
        """Every port that has to be free, by the name of who listens there."""
        return {
            name.removesuffix("_port"): self.port_of(name.removesuffix("_port"))
            for name in type(self).model_fields
            if name.endswith("_port")
        }


def local_settings() -> LocalSettings:
    """Reads the settings. Raises CannotStart with one sentence per fault."""
    try:
        return LocalSettings()
    except ValidationError as faults:
        told = [f"PLEIN_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in faults.errors()]
        raise CannotStart("Set these differently:\n" + "\n".join(told)) from None


@contextmanager
def sole_run(folder: Path) -> Iterator[None]:
    """Holds the folder for one run; the lock goes with the process, so a killed run leaves none. Raises CannotStart."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"Plein already runs in {folder} (process {holder}): stop it with Ctrl-C, or set PLEIN_HOME to another folder "
            "and the PLEIN_*_PORT variables to other ports for a second one."
        ) from None
    with lock:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_ports(settings: LocalSettings) -> None:
    """Raises CannotStart when ports are taken, naming each and the variable that moves it."""
    wanted = settings.ports
    twice = {port for port in wanted.values() if list(wanted.values()).count(port) > 1}
    if twice:
        raise CannotStart(f"Port {min(twice)} is asked for twice: give each PLEIN_*_PORT variable a port of its own.")
    taken = {name: port for name, port in wanted.items() if not can_be_bound(port)}
    if taken:
        told = "\n".join(f"  port {port} for {name} (PLEIN_{name.upper()}_PORT)" for name, port in taken.items())
        raise CannotStart(
            f"Something else already listens on\n{told}\n"
            "Stop it, or set the variable in brackets to a free port, and start again. Nothing was started."
        )
