"""What the README prints works as printed: its curl lines, run by a shell against a running Plein."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plein.local.folder import LocalSettings
from running_town import RunningTown

ROOT = Path(__file__).parents[2]


def curl_lines() -> list[str]:
    """Returns each curl command of the README's shell blocks, whole."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    commands: list[str] = []
    for block in blocks:
        for line in block.splitlines():
            if line.startswith("curl "):
                commands.append(line)
            elif commands and line.strip() and not line.startswith(("#", "make")):
                commands[-1] += f"\n{line}"
    return commands


@pytest.mark.parametrize("command", curl_lines(), ids=lambda command: re.sub(r"\W+", "-", command.split()[2])[-40:])
def test_a_curl_line_of_the_readme_works_as_printed(town: RunningTown, command: str) -> None:
    """Only the ports differ: this town has its own."""
    for name, port in LocalSettings().ports.items():
        command = command.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{town.stack.settings.port_of(name)}/")
    command = command.replace(".venv/bin/plein", f"{Path(sys.executable).parent}/plein")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PLEIN_HOME": str(town.stack.folder)}

    done = subprocess.run(
        ["sh", "-c", command + " -w '\\n%{http_code}'"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    body, _, status = done.stdout.rpartition("\n")
    assert done.returncode == 0, done.stderr
    assert status in {"200", "202"}, body
    assert json.loads(body)


def test_the_readme_shows_all_four_doors() -> None:
    doors = {port for port in ("8101", "8102", "8103", "8104") if any(f":{port}/" in line for line in curl_lines())}

    assert len(doors) == 4
