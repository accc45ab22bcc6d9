"""Two runs do not share a folder, ports are named when they are taken, and settings come from the environment alone."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from plein.local.folder import LocalSettings, check_ports, local_settings, sole_run
from plein.local.ports import CannotStart, free_port, free_ports


def test_a_second_run_in_the_same_folder_hears_which_process_has_it(tmp_path: Path) -> None:
    with (
        sole_run(tmp_path),
        pytest.raises(CannotStart, match=rf"already runs in .*process {os.getpid()}.*PLEIN_HOME"),
        sole_run(tmp_path),
    ):
        raise AssertionError("two runs in one folder")


def test_a_folder_is_free_again_after_its_run_and_only_its_owner_may_enter(tmp_path: Path) -> None:
    folder = tmp_path / "plein"
    with sole_run(folder):
        pass

    with sole_run(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_named_together_with_the_variable_that_moves_it() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotStart, match=rf"port {port} for timeline \(PLEIN_TIMELINE_PORT\)"):
            check_ports(_on_free_ports(timeline_port=port))


def test_a_port_that_is_asked_for_twice_is_refused() -> None:
    port = free_port()

    with pytest.raises(CannotStart, match=f"Port {port} is asked for twice"):
        check_ports(_on_free_ports(timeline_port=port, broker_port=port))


def test_free_ports_are_no_complaint() -> None:
    check_ports(_on_free_ports())


def test_settings_come_from_the_environment_and_a_fault_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEIN_TIMELINE_PORT", "18110")
    assert local_settings().timeline_port == 18110

    monkeypatch.setenv("PLEIN_TIMELINE_PORT", "0")
    with pytest.raises(CannotStart, match="PLEIN_TIMELINE_PORT"):
        local_settings()


def _on_free_ports(**chosen: int) -> LocalSettings:
    names = [name for name in LocalSettings.model_fields if name.endswith("_port")]
    return LocalSettings.model_validate(dict(zip(names, free_ports(len(names)), strict=True)) | chosen)
