"""`plein replay`: lets a reader read again what it has read, from the start of what the broker keeps or from a moment on."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import psycopg
import typer

from event_bus.broker_view import BrokerAway, BrokerView
from event_bus.positions import Move, Stood, forget_positions, move_positions, moves_back, stored_positions
from event_bus.records import TopicPartition
from event_bus.settings import BrokerSettings
from plein.commands.broker_settings import broker_settings
from plein.commands.operating import READER_NAMES, ask, reader_named
from plein.local.ports import CannotStart
from plein.services import DeployedService

_BROKER_TIMEOUT_MS = 10_000
_PATIENCE = "10s"


class Log(NamedTuple):
    """What the broker has of a reader's topics: where each partition begins, ends, and stood at a moment."""

    log_id: str
    begins: Mapping[TopicPartition, int]
    ends: Mapping[TopicPartition, int]
    since: Mapping[TopicPartition, int] | None


def replay(
    service: Annotated[str, typer.Option("--service", help=f"which reader: {READER_NAMES}")],
    from_start: Annotated[bool, typer.Option("--from-start", help="from the oldest event that the broker keeps")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="MOMENT", help="from a moment on, such as 2026-11-24T09:00:00+01:00")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Move a reader's stored positions back, whether it runs or not. It never skips what was not read; repeats change nothing."""
    if from_start == (since is not None):
        raise typer.BadParameter("say from where: --from-start or --since MOMENT")
    chosen, settings = reader_named(service), broker_settings()
    log = _log_of(chosen, settings, None if since is None else _milliseconds(since))
    stored = ask(chosen, lambda connection: stored_positions(connection, chosen.name, chosen.name))
    moves = moves_back(stored, log.log_id, log.begins, log.ends, log.since, broker_durable=settings.broker_durable)
    gone = _gone(chosen, stored, log)
    changed = [move for move in moves if move.to != move.stood]
    for line in _lines(moves, gone):
        print(line)
    if not changed and not gone:
        print(f"{service} stands there already: nothing to read again.")
        return
    if not yes:
        typer.confirm(f"Let {service} read {sum(move.again for move in changed)} events again?", abort=True)

    async def move(connection: psycopg.AsyncConnection[Any]) -> None:
        async with connection.transaction():
            await connection.execute("SELECT set_config('lock_timeout', %s, true)", (_PATIENCE,))
            await forget_positions(connection, chosen.name, chosen.name, gone)
            targets = {each.source: each.to for each in changed}
            await move_positions(connection, chosen.name, chosen.name, log.log_id, targets)

    ask(chosen, move)
    print(f"{service} reads on from there: at once if it is running, else when it is started.")


def _log_of(service: DeployedService, settings: BrokerSettings, since_ms: int | None) -> Log:
    return asyncio.run(_asked(service, settings, since_ms))


async def _asked(service: DeployedService, settings: BrokerSettings, since_ms: int | None) -> Log:
    view = BrokerView(settings, timeout_ms=_BROKER_TIMEOUT_MS)
    try:
        log_id = await view.log_id()
        partitions = await view.partitions(topic.name for topic in service.reads)
        begins, ends = await view.begins(partitions), await view.ends(partitions)
        since = None if since_ms is None else await view.offsets_at(partitions, since_ms)
    except BrokerAway:
        raise CannotStart(f"The broker at {settings.broker_servers} did not say what it keeps: is it running?") from None
    finally:
        view.close()
    return Log(log_id, begins, ends, since)


def _gone(service: DeployedService, stored: Mapping[TopicPartition, Stood], log: Log) -> list[TopicPartition]:
    """Returns the partitions of an earlier log that this one does not have; a reader of it would stop at their positions."""
    topics = {topic.name for topic in service.reads}
    missing = [each for each in stored if each.topic in topics and each not in log.begins]
    return sorted(each for each in missing if stored[each].log_id != log.log_id)


def _lines(moves: tuple[Move, ...], gone: list[TopicPartition]) -> list[str]:
    lines = []
    for move in moves:
        stood = "nowhere in this log" if move.stood is None else str(move.stood)
        lines.append(f"{move.source.topic}/{move.source.partition}: from {stood} to {move.to}, {move.again} again")
    lines += [f"{each.topic}/{each.partition}: not in this log, its position is forgotten" for each in gone]
    return [*lines, f"{sum(move.again for move in moves)} events are read again"]


def _milliseconds(moment: str) -> int:
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter(f"{moment!r} is no moment with its zone, such as 2026-11-24T09:00:00+01:00")
    return int(found.timestamp() * 1000)
