"""`plein simulate`: a realistic stretch of municipal contacts through the real doors."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from plein.local.folder import local_settings
from plein.local.tokens import mint_token
from plein.simulation.planned import POSTS_AS
from plein.simulation.playing import BATCH, WORKERS, play
from plein.simulation.stretch import contacts
from plein.simulation.totals import Totals
from plein.simulation.townspeople import TOWNS


def simulate(
    events: Annotated[int, typer.Option(min=1, help="how many events are to come of it")] = 1_000,
    seed: Annotated[int, typer.Option(help="the same seed, end and town give the same events, ids included")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.1, help="the most events per second; without it as fast as it goes")] = None,
    workers: Annotated[int, typer.Option(min=1, max=200, help="requests at the same time")] = WORKERS,
    batch: Annotated[int, typer.Option(min=1, max=500, help="the most events in one request")] = BATCH,
    town: Annotated[str, typer.Option(help=f"the size of the town: {', '.join(TOWNS)}")] = "stad",
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day it ends before; without it today")] = None,
    history: Annotated[
        Path | None, typer.Option(help="a file for what was told per id; without it simulation.jsonl in the stack's folder")
    ] = None,
) -> None:
    """Post the contacts of a made-up town to the stack on this machine: office hours, repeats, late notes, duplicates."""
    if town not in TOWNS:
        raise typer.BadParameter(f"there is no town {town}; choose one of {', '.join(TOWNS)}")
    end = (until or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    if end > datetime.now(UTC):
        raise typer.BadParameter("a contact cannot lie in the future: choose a day that has begun", param_hint="--until")
    settings = local_settings()
    file = history or settings.folder / "simulation.jsonl"
    posts = contacts(seed, events, end, TOWNS[town])
    addresses = {door: f"http://127.0.0.1:{settings.port_of(door)}" for door in POSTS_AS}
    tokens = {door: mint_token(settings.folder, persona) for door, persona in POSTS_AS.items()}
    with _bar() as bar:
        task = bar.add_task("posting", total=events)
        totals = asyncio.run(
            play(
                posts,
                addresses,
                tokens,
                on_progress=lambda so_far: bar.update(task, completed=so_far.events),
                history=file,
                rate=rate,
                workers=workers,
                batch=batch,
            )
        )
    _say(totals, file)
    if not totals.are_right:
        raise typer.Exit(1)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _say(totals: Totals, file: Path) -> None:
    print(
        f"posted {totals.posted}, accepted {totals.accepted} ({totals.events} events), repeated {totals.repeated}, "
        f"refused {totals.refused}, undelivered {totals.undelivered}, answered otherwise {totals.answered_otherwise}"
    )
    for kind, count in sorted(totals.refusals.items()):
        print(f"  refused {kind}: {count}")
    print(f"what was told per id: {file}")
