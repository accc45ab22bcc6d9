"""`make faults`: the loss hunt. Ends with 0 only when nothing was lost, doubled or invented, and stock Faust was seen losing."""

import os
import sys
from pathlib import Path

from rich.console import Console

from engines import APACHE_KAFKA, EMBEDDED
from faults.hunt.asked import Asked, CannotAsk
from faults.hunt.every_scenario import ALL
from faults.hunt.hunting import Hunt
from faults.hunt.results import Results, show, write_figures
from plein.local.kafka import ApacheKafka
from service_runtime.logging import configure_logging

BUILD = Path("build")


def main() -> int:
    """Hunts as the environment asks."""
    console = Console(width=130)
    configure_logging("hunt", "critical")
    try:
        asked = Asked.of(os.environ, ALL)
    except CannotAsk as fault:
        console.print(str(fault), highlight=False)
        return 2
    if asked.lists:
        for each in ALL.values():
            console.print(f"{each.name:<40} {each.what}", highlight=False, soft_wrap=True)
        return 0
    results = Results(needs_stock_faust=not asked.only)
    console.print(f"seed {asked.seed}", highlight=False)
    for engine in possible(asked.engines, results):
        hunt_on(engine, asked, results, console)
    write_figures(results, BUILD / "faults.json")
    show(results, console)
    return 1 if results.broken or not results.played else 0


def possible(engines: tuple[str, ...], results: Results) -> tuple[str, ...]:
    """Returns the engines of these that this machine has, and the embedded ones when it has none; notes what is missing."""
    reason = ApacheKafka.available() if APACHE_KAFKA in engines else None
    if reason is None:
        return engines
    results.not_hunted.append(f"anything on {APACHE_KAFKA}: {reason}. What was right here says nothing about it")
    return (EMBEDDED,)


def hunt_on(engine: str, asked: Asked, results: Results, console: Console) -> None:
    """Plays everything that is asked for on one engine."""
    hunt = Hunt(engine, asked, results, console, BUILD.absolute() / "faults")
    try:
        hunt.play_chosen()
        hunt.play_mix()
    finally:
        hunt.leave()


if __name__ == "__main__":
    sys.exit(main())
