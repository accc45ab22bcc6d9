"""A library is for what services share: a module that one service uses lives in that service."""

from collections.abc import Iterator, Mapping

import grimp
import pytest

from architecture.tree_rules import ROOT

LIBRARIES = ("contact_events", "event_bus", "service_runtime", "front_door", "pages")
PROCESSES = (*sorted(path.parent.name for path in (ROOT / "services").glob("*/__init__.py")), "plein")

# A module that stays in a library though fewer than two processes use it, and why.
STAYS: dict[str, str] = {
    "contact_events.publish": "a tool of whoever changes an event; it writes the schemas beside the classes",
    "event_bus.redriving": "the other half of what the ingest parks; operators reach it from the command only",
    "event_bus.memory": "the memory twins, on which the tests of every reader and door stand",
    "pages.catalogues": "a tool of whoever changes a template; it writes the translations beside it",
    "front_door.check_adapter": "the conformance suite belongs to the door that it checks, and runs from the command only",
}


def lonely_modules(users: Mapping[str, frozenset[str]], stays: Mapping[str, str]) -> Iterator[str]:
    """Says of each library module with fewer than two users where it belongs."""
    for module, used_by in sorted(users.items()):
        excepted = any(module == name or module.startswith(f"{name}.") for name in stays)
        if len(used_by) < 2 and not excepted:
            whom = f"only {next(iter(used_by))} uses it: move it there" if used_by else "nobody uses it: take it away"
            yield f"{module}: {whom}"


def users_of_libraries(graph: grimp.ImportGraph) -> dict[str, frozenset[str]]:
    """Returns which processes reach each library module, directly or through another."""
    modules = sorted(module for module in graph.modules if module.split(".")[0] in LIBRARIES and "." in module)
    return {
        module: frozenset(reached.split(".")[0] for reached in graph.find_downstream_modules(module)) & frozenset(PROCESSES)
        for module in modules
    }


@pytest.fixture(scope="module")
def users() -> dict[str, frozenset[str]]:
    return users_of_libraries(grimp.build_graph(*LIBRARIES, *PROCESSES, cache_dir=None))


def test_every_library_module_is_used_by_two_services(users: dict[str, frozenset[str]]) -> None:
    assert list(lonely_modules(users, STAYS)) == []


def test_every_exception_is_still_needed(users: dict[str, frozenset[str]]) -> None:
    unneeded = [name for name in STAYS if not list(lonely_modules({m: u for m, u in users.items() if m.startswith(name)}, {}))]

    assert unneeded == []


def test_a_module_for_one_service_or_none_is_seen() -> None:
    planted = {
        "event_bus.records": frozenset({"timeline", "address_book"}),
        "event_bus.lamp": frozenset({"timeline"}),
        "event_bus.dust": frozenset[str](),
        "contact_events.publish.flow": frozenset[str](),
    }

    faults = list(lonely_modules(planted, {"contact_events.publish": "a tool"}))

    assert faults == ["event_bus.dust: nobody uses it: take it away", "event_bus.lamp: only timeline uses it: move it there"]
