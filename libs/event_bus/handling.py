"""How a handler is given what arrived: all of it at once, and by halves when that fails on something in it."""

from collections.abc import Awaitable, Callable, Sequence

import psycopg

from event_bus.records import Arrivals, Batch, Handled, Record, ToPark, TopicRecords

BatchHandler = Callable[[psycopg.AsyncConnection, Arrivals], Awaitable[Handled]]
HandledBy = Callable[[psycopg.AsyncConnection, BatchHandler, Arrivals], Awaitable[Handled]]

FAILED_IN_HANDLER = "failed_in_handler"


class NotWhole(Exception):
    """A handler failed on what it was given. Look which record it fails on."""


# What a handler raises when the fault is not in its records.
_NOT_ITS_RECORDS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.ProgrammingError)


async def handle_whole(connection: psycopg.AsyncConnection, handle: BatchHandler, arrivals: Arrivals) -> Handled:
    """Lets a handler do its work without a savepoint, which costs two round trips. Raises NotWhole; then nothing may be kept."""
    try:
        return await handle(connection, arrivals)
    except _NOT_ITS_RECORDS:
        raise
    except Exception:
        raise NotWhole from None


async def handle_or_park(connection: psycopg.AsyncConnection, handle: BatchHandler, arrivals: Arrivals) -> Handled:
    """Lets a handler do its work; when it fails on what is in it, finds the record that it fails on and parks that."""
    try:
        async with connection.transaction():
            return await handle(connection, arrivals)
    except _NOT_ITS_RECORDS:
        raise
    except Exception as fault:
        if len(arrivals.records) == 1:
            return Handled(parked=[ToPark(arrivals.records[0], FAILED_IN_HANDLER, fault_name(fault))])
    first, second = halves(arrivals)
    return (await handle_or_park(connection, handle, first)).and_then(await handle_or_park(connection, handle, second))


def by_topic(batches: Sequence[Batch]) -> list[Arrivals]:
    """Returns the records of batches that are written together, one gathering per topic."""
    gathered: dict[str, list[Record]] = {}
    for batch in batches:
        gathered.setdefault(batch.topic, []).extend(batch.records)
    return [TopicRecords(topic, records) for topic, records in gathered.items()]


def halves(arrivals: Arrivals) -> tuple[Arrivals, Arrivals]:
    """Returns the first and the second half, each in order."""
    half = len(arrivals.records) // 2
    return TopicRecords(arrivals.topic, arrivals.records[:half]), TopicRecords(arrivals.topic, arrivals.records[half:])


def fault_name(fault: BaseException) -> str:
    """Names a fault without its message, which may hold values."""
    state = fault.sqlstate if isinstance(fault, psycopg.Error) else None
    return f"{type(fault).__name__} {state}" if state else type(fault).__name__
