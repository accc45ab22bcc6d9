"""`plein parked list|show|redrive`: what readers set aside, why, and handing it to them again after a fix."""

from collections.abc import Sequence
from typing import Annotated, Any

import psycopg
import typer

from event_bus.redriving import Outcome, ParkedRecord, Redriven, parked_record, parked_records, redrive
from plein.commands.operating import READER_NAMES, READERS, ask, reader_named, reader_of
from plein.commands.parked_shown import Listed, listing, shown
from plein.local.ports import CannotStart
from plein.services import DeployedService

parked = typer.Typer(
    name="parked", help="List, show and redrive what readers could not process and kept whole.", no_args_is_help=True
)

Service = Annotated[str, typer.Option("--service", help=f"whose: {READER_NAMES}")]


@parked.command("list")
def list_parked(
    service: Annotated[str | None, typer.Option("--service", help=f"one of {READER_NAMES}; else all of them")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="only what was parked for this reason")] = None,
) -> None:
    """List what is parked, oldest first, and count it per reason. Shows nothing personal."""
    found: list[Listed] = []
    not_seen: list[CannotStart] = []
    asked = READERS if service is None else (reader_named(service),)
    for each in asked:
        try:
            found += _listed(each, reason)
        except CannotStart as fault:
            not_seen.append(fault)
    if len(not_seen) == len(asked):
        raise not_seen[0]
    for line in listing(found):
        print(line)
    for each_fault in not_seen:
        print(f"Not seen: {each_fault}")


@parked.command("show")
def show_parked(
    parked_id: Annotated[int, typer.Argument(metavar="ID", help="its number on the list")],
    service: Service,
) -> None:
    """Show one parked record whole: why, where it stood, its headers and its bytes."""
    chosen = reader_named(service)

    async def find(connection: psycopg.AsyncConnection[Any]) -> ParkedRecord | None:
        return await parked_record(connection, chosen.name, parked_id)

    found = ask(chosen, find)
    if found is None:
        raise CannotStart(f"{service} has nothing parked under {parked_id} (any more): see `plein parked list`.")
    print("This may hold personal data: look at it for this repair only, and keep no copy.")
    for line in shown(service, found):
        print(line)


@parked.command("redrive")
def redrive_parked(
    service: Service,
    parked_ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="numbers on the list")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="all that were parked for this reason")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all that this service parked")] = False,
) -> None:
    """Hand parked records to their service's own handler again; what lands is off the list, the rest stays with its new reason.

    Each is a transaction of its own, so it may be stopped and run again. Exits 1 when one that was asked for stays parked.
    """
    if sum((bool(parked_ids), reason is not None, everything)) != 1:
        raise typer.BadParameter("say which: numbers on the list, or --reason REASON, or --all")
    chosen = reader_named(service)
    outcomes = _redriven(chosen, parked_ids, reason)
    for line in _told(service, outcomes):
        print(line)
    if any(each.outcome is Outcome.STILL_PARKED for each in outcomes):
        raise typer.Exit(1)


def _listed(service: DeployedService, reason: str | None) -> list[Listed]:
    async def find(connection: psycopg.AsyncConnection[Any]) -> list[Listed]:
        return [Listed.of(service.name, each) async for each in parked_records(connection, service.name, reason=reason)]

    return ask(service, find)


def _redriven(service: DeployedService, parked_ids: Sequence[int] | None, reason: str | None) -> list[Redriven]:
    """Says on the way what became of each, so that it is known also when the next one meets a database that is away."""
    reader = reader_of(service)

    async def find_and_redrive(connection: psycopg.AsyncConnection[Any]) -> list[Redriven]:
        wanted = list(dict.fromkeys(parked_ids or ()))
        if not wanted:
            found = parked_records(connection, reader.schema, reason=reason, most_bytes=0)
            wanted = [each.parked_id async for each in found]
        outcomes = []
        for parked_id in wanted:
            outcomes.append(await redrive(connection, reader, parked_id))
            print(_line(outcomes[-1]), flush=True)
        return outcomes

    return ask(service, find_and_redrive)


def _line(redriven: Redriven) -> str:
    match redriven.outcome:
        case Outcome.STILL_PARKED:
            return f"{redriven.parked_id}: still parked, {redriven.reason} (tried {redriven.tries} times)"
        case Outcome.IGNORED:
            return f"{redriven.parked_id}: ignored, {redriven.reason}; off the list"
        case Outcome.REPEATED:
            return f"{redriven.parked_id}: repeated, it had landed before; off the list"
        case Outcome.LANDED:
            return f"{redriven.parked_id}: landed; off the list"
        case _:
            return f"{redriven.parked_id}: not on the list (any more)"


def _told(service: str, outcomes: Sequence[Redriven]) -> list[str]:
    counts = {outcome: sum(each.outcome is outcome for each in outcomes) for outcome in Outcome}
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counts.items() if count)
    return [f"{service}: {told or 'nothing is parked that was asked for'}"]
