"""Who imports whom: the sentences of `.importlinter` hold, and each was seen to break."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.tree_rules import ROOT

CONTRACTS = ROOT / ".importlinter"
TREES = ("libs", "services", "deploy")

# Per file of the project: what is planted at its end, so that together every contract breaks.
PLANTED: dict[str, str] = {
    "libs/service_runtime/settings.py": "import event_bus.records",
    "libs/contact_events/codec.py": "import psycopg",
    "libs/event_bus/records.py": "import contact_events.codec",
    "services/timeline/main.py": "import address_book.ports",
    "libs/front_door/settings.py": "import web_adapter.domain",
    "deploy/plein/command.py": "import timeline.ports",
    "services/web_adapter/domain.py": "import plein.command\nimport time",
    "services/channel_router/ports.py": "import channel_router.main",
    "libs/event_bus/settings.py": "import faust",
    "libs/pages/session.py": "import contact_events.words",
}


def check_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter on a copy or on the project itself, whichever `root` is."""
    paths = os.pathsep.join(str(root / tree) for tree in TREES)
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        str(CONTRACTS),
        "--no-cache",
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)


def contract_names() -> list[str]:
    return [line.removeprefix("name = ") for line in CONTRACTS.read_text().splitlines() if line.startswith("name = ")]


def test_every_import_contract_holds() -> None:
    checked = check_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(contract_names())} kept, 0 broken" in checked.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the project with a fault planted for every contract."""
    copy = tmp_path_factory.mktemp("planted")
    for tree in TREES:
        shutil.copytree(
            ROOT / tree, copy / tree, ignore=lambda folder, names: [n for n in names if not is_code(Path(folder) / n)]
        )
    for path, line in PLANTED.items():
        with (copy / path).open("a") as file:
            file.write(f"\n{line}\n")
    checked = check_imports(copy)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    return " ".join(checked.stdout.split())


@pytest.mark.parametrize("sentence", contract_names())
def test_a_broken_contract_is_told_by_its_sentence(told: str, sentence: str) -> None:
    assert f"{sentence} BROKEN" in told


def test_every_service_is_under_the_contracts() -> None:
    """A list that names one service names them all; a pure domain is listed per service."""
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    services = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}

    for section in contracts.sections():
        for key, value in contracts[section].items():
            listed = {line.removesuffix(".domain") for line in value.split()}
            with_words = {service for service in services if (ROOT / "services" / service / "ports.py").exists()}
            expected = with_words if key == "containers" else services
            if key != "ignore_imports" and listed & services:
                assert expected <= listed, f"add {sorted(expected - listed)} to {key} of [{section}] in .importlinter"


@pytest.mark.parametrize("sentence", contract_names())
def test_the_name_of_a_contract_is_a_sentence(sentence: str) -> None:
    assert sentence[0].isupper()
    assert len(sentence.split()) >= 5


def is_code(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
