"""The disk of the database is full: readers are refused with 503, senders are not, and room is all that it needs."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from faults.hunt.history import Told
from faults.hunt.hunted_process import awaited
from faults.hunt.scenario import CannotHere, Ground, scenario
from faults.hunt.town import HuntedTown
from plein.local.databases import DATABASE

ROOM = 64 * 1024 * 1024
CHUNK = 65_536
TABLESPACE = "narrow"


@scenario("no-room-for-the-database")
def no_room_for_the_database(ground: Ground) -> None:
    """PostgreSQL's disk fills up: no timeline without a log line, so 503; workers wait; with room again all goes on by itself."""
    town = ground.town
    ground.burst(2)
    town.settled()
    with on_a_narrow_disk(town) as ballast:
        with ground.sending():
            ground.under_way()
            fill(ballast)
            awaited(lambda: sum(worker.said("DiskFull") for worker in town.workers) > 0, "a worker meets the full disk")
            awaited(lambda: answer(town) == httpx2.codes.SERVICE_UNAVAILABLE, "nothing is shown any more")
            ground.under_way()
            ballast.unlink()
        town.settled()
        assert all(worker.is_running for worker in town.workers), "a worker ended instead of waiting for room"
        awaited(lambda: answer(town) == httpx2.codes.OK, "timelines are shown again")


def answer(town: HuntedTown) -> int:
    """Returns what an agent is answered who asks for somebody's timeline."""
    told = next(line for line in town.history.lines if isinstance(line, Told))
    asked = f"{town.workers[0].url}/v1/citizens/c1-{told.citizen.hex}/timeline?purpose=klantcontact"
    return httpx2.get(asked, headers={"Authorization": f"Bearer {town.token('agent')}"}, timeout=10, trust_env=False).status_code


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(CHUNK))


@contextmanager
def on_a_narrow_disk(town: HuntedTown) -> Iterator[Path]:
    """Moves the database to a small file system for the time of the block; yields a file there to fill it with."""
    size = town.rows.count("SELECT pg_database_size(current_database())") + ROOM
    with mounted(town.folder / "narrow", size) as disk:
        tables = disk / "tables"
        tables.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(tables, pwd.getpwnam("nobody").pw_uid, -1)  # PostgreSQL runs as nobody when the hunt runs as root
        town.postgres.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{tables}'")
        move(town, TABLESPACE)
        yield disk / "ballast"
        move(town, "pg_default")
        town.postgres.execute(f"DROP TABLESPACE {TABLESPACE}")


def move(town: HuntedTown, tablespace: str) -> None:
    """Moves the database while nobody is in it."""
    for worker in town.workers:
        worker.stop()
    town.postgres.execute(f"ALTER DATABASE {DATABASE} SET TABLESPACE {tablespace}")
    town.all_running()


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """Mounts a file system of so many bytes. Raises CannotHere where that is not allowed."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        folder.rmdir()
        raise CannotHere(f"it needs a small file system, and mounting one is refused ({made.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
