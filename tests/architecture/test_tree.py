"""Where things stand and what they are called. Every rule is seen red on a planted fault."""

import subprocess

import pytest

from architecture.tree_rules import (
    ROOT,
    badly_named_events,
    clocks_in_a_domain,
    drawers,
    folders_at_the_root,
    logging_set_up_in_a_service,
    long_files,
    paths_told_that_are_not_there,
    services_without_readme,
    set_up_twice,
    silent_packages,
)
from contact_events.envelope import EVENT_CLASSES


@pytest.fixture(scope="module")
def paths() -> list[str]:
    """Every file of the project: those in git, and those that are about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in listed.splitlines() if (ROOT / path).is_file()]


@pytest.fixture(scope="module")
def sources(paths: list[str]) -> dict[str, str]:
    return {path: (ROOT / path).read_text() for path in paths if path.endswith(".py")}


@pytest.fixture(scope="module")
def services() -> list[str]:
    return sorted(folder.name for folder in (ROOT / "services").iterdir() if (folder / "__init__.py").exists())


def test_no_folder_is_added_at_the_root(paths: list[str]) -> None:
    assert list(folders_at_the_root(paths)) == []


def test_a_folder_added_at_the_root_is_seen() -> None:
    faults = list(folders_at_the_root(["README.md", ".ci/run", "libs/a.py", "scripts/go.sh"]))

    assert faults == ["scripts/ stands at the root: move it into services, libs, deploy or tests"]


def test_nothing_is_called_after_a_drawer(paths: list[str]) -> None:
    assert list(drawers(paths)) == []


@pytest.mark.parametrize(
    "path", ["libs/event_bus/utils.py", "services/timeline/common/x.py", "tests/helpers.py", "libs/core/x.py"]
)
def test_a_drawer_is_seen(path: str) -> None:
    assert len(list(drawers([path]))) == 1


def test_a_service_brings_no_set_up_of_its_own(paths: list[str], sources: dict[str, str]) -> None:
    assert [*set_up_twice(paths), *logging_set_up_in_a_service(sources)] == []


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt", "pyproject.toml", "ruff.toml", "logging.yaml", "mypy.ini"])
def test_set_up_that_a_service_brings_is_seen(name: str) -> None:
    assert len(list(set_up_twice([f"services/desk/{name}"]))) == 1


def test_logging_that_a_service_sets_up_is_seen() -> None:
    sources = {
        "services/desk/main.py": "logging.basicConfig(level=10)\n",
        "libs/service_runtime/logging.py": "structlog.configure()\n",
    }

    assert len(list(logging_set_up_in_a_service(sources))) == 1


def test_no_file_is_longer_than_a_subject(sources: dict[str, str]) -> None:
    assert list(long_files(sources)) == []


def test_a_long_file_is_seen() -> None:
    faults = list(long_files({"a.py": "x = 1\n" * 401, "b.py": "x = 1\n" * 400}))

    assert len(faults) == 1
    assert faults[0].startswith("a.py has 401 lines")


def test_every_package_says_what_belongs_in_it(sources: dict[str, str]) -> None:
    assert list(silent_packages(sources)) == []


def test_a_package_that_says_nothing_is_seen() -> None:
    faults = list(silent_packages({"services/desk/__init__.py": "", "libs/a/__init__.py": '"""Says."""\n'}))

    assert faults == ["services/desk/__init__.py: say in one sentence what belongs in this package"]


def test_every_service_has_its_readme(services: list[str], paths: list[str]) -> None:
    assert list(services_without_readme(services, paths)) == []


def test_a_service_without_readme_is_seen() -> None:
    assert len(list(services_without_readme(["desk", "timeline"], ["services/timeline/README.md"]))) == 1


def test_documents_name_files_that_are_there(paths: list[str]) -> None:
    documents = {path: (ROOT / path).read_text() for path in paths if path.endswith(".md")}

    assert list(paths_told_that_are_not_there(documents, paths)) == []


def test_a_document_that_names_a_file_that_moved_is_seen() -> None:
    documents = {"README.md": "See `libs/a/b.py`, `libs/a/` and `libs/c.py`; `services/<name>` is any service."}

    assert list(paths_told_that_are_not_there(documents, ["libs/a/b.py"])) == [
        "README.md names libs/c.py, which is not there: correct the one or bring back the other"
    ]


def test_no_domain_reads_a_clock_or_throws_dice(sources: dict[str, str]) -> None:
    assert list(clocks_in_a_domain(sources)) == []


@pytest.mark.parametrize("call", ["datetime.now(UTC)", "date.today()", "uuid4()", "time.time()"])
def test_a_clock_in_a_domain_is_seen(call: str) -> None:
    sources = {"services/desk/domain/rules.py": f"x = {call}\n", "services/desk/handlers.py": f"x = {call}\n"}

    faults = list(clocks_in_a_domain(sources))

    assert len(faults) == 1
    assert faults[0].startswith("services/desk/domain/rules.py:1 calls")


def test_every_event_is_named_as_a_sentence_and_typed_by_the_same_words() -> None:
    assert list(badly_named_events((event_class.__name__, event_class.event_type) for event_class in EVENT_CLASSES)) == []


@pytest.mark.parametrize(
    ("name", "event_type"),
    [
        ("InteractionEvent", "nl.plein.interaction.event.v1"),
        ("RecordInteraction", "nl.plein.record.interaction.v1"),
        ("InteractionRecorded", "nl.gemeente.interaction.recorded.v1"),
        ("InteractionRecorded", "nl.plein.interaction.recorded"),
        ("InteractionRecorded", "nl.plein.interaction_recorded.v1"),
        ("InteractionRecorded", "nl.plein.contact.recorded.v1"),
    ],
)
def test_an_event_that_is_badly_named_is_seen(name: str, event_type: str) -> None:
    assert len(list(badly_named_events([(name, event_type)]))) == 1
