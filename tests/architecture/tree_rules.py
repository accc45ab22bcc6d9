"""The rules about where things stand and what they are called. Each gives a sentence per fault, which says what to do."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
ROOT_FOLDERS = frozenset({"services", "libs", "deploy", "tests"})
DRAWERS = re.compile(r"(common|utils?|helpers?|shared|base|core|misc|managers?)(\.py)?")
SET_ONCE = re.compile(
    r"(Dockerfile.*|docker-compose.*|requirements.*|pyproject\.toml|setup\.(py|cfg)|\.?ruff\.toml|mypy\.ini|tox\.ini|pytest\.ini"
    r"|\.flake8|\.pre-commit-config\.yaml|logging\.(py|ini|ya?ml|toml|json)|Makefile)"
)
LONGEST_FILE = 400


def folders_at_the_root(paths: Iterable[str]) -> Iterator[str]:
    """The four folders are fixed; the ecosystem's root files and dot-files are free."""
    tops = {path.split("/")[0] for path in paths if "/" in path}
    for folder in sorted(tops - ROOT_FOLDERS):
        if not folder.startswith("."):
            yield f"{folder}/ stands at the root: move it into services, libs, deploy or tests"


def drawers(paths: Iterable[str]) -> Iterator[str]:
    """A name that says nothing collects everything."""
    for path in paths:
        for part in PurePosixPath(path).parts:
            if DRAWERS.fullmatch(part):
                yield f"{path}: `{part}` is a drawer; name it after the one subject it holds"


def set_up_twice(paths: Iterable[str]) -> Iterator[str]:
    """A new service brings no image, requirements, lint or logging of its own: those exist once."""
    for path in paths:
        if path.startswith("services/") and SET_ONCE.fullmatch(PurePosixPath(path).name):
            yield f"{path}: this is set up once for all services, at the root, in deploy or in service_runtime; take it away"


def logging_set_up_in_a_service(sources: Mapping[str, str]) -> Iterator[str]:
    for path, source in sources.items():
        if path.startswith("services/") and re.search(r"\b(basicConfig|dictConfig|fileConfig|structlog\.configure)\(", source):
            yield f"{path}: logging is set up once, in service_runtime.logging; take this away"


def long_files(sources: Mapping[str, str]) -> Iterator[str]:
    for path, source in sources.items():
        if (lines := source.count("\n")) > LONGEST_FILE:
            yield f"{path} has {lines} lines, the most is {LONGEST_FILE}: make it a folder of the same name, one subject a file"


def silent_packages(sources: Mapping[str, str]) -> Iterator[str]:
    """Every package says in one sentence what belongs in it."""
    for path, source in sources.items():
        if path.endswith("/__init__.py") and not path.startswith("tests/") and not ast.get_docstring(ast.parse(source)):
            yield f"{path}: say in one sentence what belongs in this package"


def services_without_readme(services: Iterable[str], paths: Iterable[str]) -> Iterator[str]:
    there = set(paths)
    for service in services:
        if f"services/{service}/README.md" not in there:
            yield f"services/{service} has no README.md: what it is for, what it reads and says, its settings"


def paths_told_that_are_not_there(documents: Mapping[str, str], paths: Iterable[str]) -> Iterator[str]:
    """A document that names a file or a folder of the project is wrong once it moves."""
    there = {part.as_posix() for path in paths for part in (PurePosixPath(path), *PurePosixPath(path).parents)}
    for document, text in documents.items():
        for told in re.findall(r"`((?:libs|services|deploy|tests)/[\w./-]+)`", text):
            if told.rstrip("/") not in there:
                yield f"{document} names {told}, which is not there: correct the one or bring back the other"


_CLOCKS_AND_DICE = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic)|uuid[1467]|uuid\.uuid[1467])")


def clocks_in_a_domain(sources: Mapping[str, str]) -> Iterator[str]:
    """A decision is a function of what it is given, the time included."""
    for path, source in sources.items():
        if not re.match(r"services/\w+/domain(\.py|/)", path):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and _CLOCKS_AND_DICE.fullmatch(ast.unparse(node.func)):
                yield f"{path}:{node.lineno} calls {ast.unparse(node.func)}: a domain is given the time and the ids"


_IRREGULAR = frozenset({"Chosen", "Seen", "Sent", "Set", "Withdrawn", "Told", "Met", "Begun", "Given", "Taken", "Kept", "Lost"})


def badly_named_events(names_and_types: Iterable[tuple[str, str]]) -> Iterator[str]:
    """An event is a sentence in the past tense, and its type is the same words in reverse DNS with one major version."""
    for name, event_type in names_and_types:
        last_word = re.findall(r"[A-Z][a-z]*", name)[-1]
        if not (last_word.endswith("ed") or last_word in _IRREGULAR):
            yield f"{name} is no sentence in the past tense, such as InteractionRecorded"
        if re.fullmatch(r"nl\.plein\.[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", event_type) is None:
            yield f"{name} has the type {event_type}: write nl.plein.<subject>.<what happened>.v<major>"
        elif _as_class(event_type) != re.sub(r"V[0-9]+$", "", name):
            yield f"{name} has the type {event_type}, which says {_as_class(event_type)}: use the same words"


def _as_class(event_type: str) -> str:
    words = re.split(r"[.-]", event_type.removeprefix("nl.plein.").rpartition(".v")[0])
    return "".join(word.capitalize() for word in words)
