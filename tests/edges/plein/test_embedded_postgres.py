"""The embedded PostgreSQL is durable, closed to strangers, and recovers from every way a run can end."""

import os
import pwd
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from plein.local import unprivileged
from plein.local.postgres import EmbeddedPostgres
from plein.local.processes import end_leftovers


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, below a folder that only its owner may enter, running."""
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    yield server
    server.kill()


def test_it_starts_in_seconds_and_never_as_root(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    started = time.monotonic()

    server.start()

    try:
        assert time.monotonic() - started < 20
        assert psutil.Process(server.pid).uids().effective != 0
        assert _value(server.url, "SHOW server_version_num") >= "180000"
    finally:
        server.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up its rights; this run is not root")
def test_who_gave_up_root_finds_its_binaries_below_a_closed_folder_and_can_write_nothing_there(tmp_path: Path) -> None:
    """A clone in a folder of root's own: access(2) must say yes to what may be read, and no to the rest."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)

    asked = f"import os, sys; sys.exit(not os.access({str(program)!r}, os.X_OK))"
    found = _as_nobody(f'{sys.executable} -I -S -c "{asked}" && {program}')
    written = _as_nobody(f"echo changed > {closed}/new")
    became_root = _as_nobody("test $(id -u) -eq 0")

    assert (found.returncode, found.stdout) == (0, "found\n")
    assert written.returncode != 0
    assert not (closed / "new").exists()
    assert became_root.returncode != 0


def test_it_listens_on_loopback_only_and_has_no_socket_file(postgres: EmbeddedPostgres) -> None:
    listening = {
        each.laddr.ip for each in psutil.Process(postgres.pid).net_connections("inet") if each.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}
    assert _value(postgres.url, "SHOW unix_socket_directories") == ""


def test_nobody_comes_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    place = postgres.url.rpartition("@")[2]

    for who in ("plein_admin", "plein_admin:guess", "nobody:"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://{who}@{place}", connect_timeout=5)


def test_what_was_committed_survives_a_kill_and_a_restart_on_the_same_port(postgres: EmbeddedPostgres) -> None:
    postgres.execute("CREATE TABLE kept (number int)")
    postgres.execute("INSERT INTO kept VALUES (67)")
    before = postgres.url

    postgres.kill()
    after = postgres.start()

    assert after == before
    assert _value(after, "SELECT number::text FROM kept") == "67"
    assert _value(after, "SHOW fsync") == "on"
    assert _value(after, "SHOW synchronous_commit") == "on"


def test_a_lock_that_names_a_process_which_is_no_postgresql_does_not_stop_the_start(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    lock = postgres.folder / "data" / "postmaster.pid"
    lock.write_text(f"{psutil.Process().pid}\n{postgres.folder / 'data'}\n0\n{postgres.port}\n\n127.0.0.1\n")

    postgres.start()

    assert _value(postgres.url, "SELECT 'up'") == "up"


def test_the_server_of_a_killed_run_makes_room_for_the_next_run(postgres: EmbeddedPostgres) -> None:
    left_behind = postgres.pid
    next_run = EmbeddedPostgres(postgres.folder, postgres.port)

    next_run.start()

    try:
        assert next_run.pid != left_behind
        assert _value(next_run.url, "SELECT 'up'") == "up"
    finally:
        next_run.kill()


def test_a_process_that_only_has_the_recorded_number_is_left_alone(tmp_path: Path) -> None:
    """A process id is used again; the moment of start tells them apart."""
    record = tmp_path / "postgres" / "postgres.pid.json"
    record.parent.mkdir()
    record.write_text(f'{{"pid": {psutil.Process().pid}, "started_at": 1.0}}')

    ended = end_leftovers(tmp_path)

    assert ended == []
    assert not record.exists()
    assert psutil.Process().is_running()


def _as_nobody(script: str) -> subprocess.CompletedProcess[str]:
    nobody = pwd.getpwnam("nobody")
    giving_up = [sys.executable, "-I", "-S", unprivileged.__file__, str(nobody.pw_uid), str(nobody.pw_gid)]
    return subprocess.run([*giving_up, "/bin/sh", "-c", script], capture_output=True, text=True, check=False)


def _value(url: str, question: str) -> str:
    with psycopg.connect(url, connect_timeout=5) as connection:
        found = connection.execute(question.encode()).fetchone()
    assert found is not None
    return str(found[0])
