"""`plein rebuild`: derives every timeline anew from the events that were kept, and compares."""

import gc
from importlib import import_module
from typing import Annotated, Any

import typer

from plein.commands.operating import ask
from plein.services import service_named

_TIMELINE = "timeline"


def rebuild(
    check: Annotated[bool, typer.Option("--check", help="only compare; changes nothing and keeps nobody from landing")] = False,
) -> None:
    """Derive all timelines anew from the kept events, beside those that are shown, and swap them where they differ.

    Contacts wait while it runs and land after it; reading goes on. With --check it exits 1 when something differs.
    """
    # As the timeline has it: a rebuild makes many objects and no cycles.
    gc.set_threshold(100_000, 20, 20)
    module = import_module(f"{_TIMELINE}.main")
    found: Any = ask(service_named(_TIMELINE), lambda connection: module.rebuild(connection, check=check))
    print(f"{found.entries} entries derived anew from their kept events")
    print(f"{found.entries_that_differ} differ from what is shown" + "".join(f"\n  {key}" for key in found.differ))
    print(f"{found.links_that_differ} differ in who is one person, {found.points_missing} contact points differ or are missing")
    if not found.is_whole:
        print(f"{found.unreadable} kept events cannot be read by this version: nothing was changed")
        raise typer.Exit(1)
    if found.swapped:
        print("What was derived anew is shown from now on.")
    elif check and found.differences:
        print("Nothing was changed. `plein rebuild` shows what was derived anew.")
        raise typer.Exit(1)
