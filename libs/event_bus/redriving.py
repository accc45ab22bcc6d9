"""What was parked goes to its handler again, on an operator's word: handled and off the list in one transaction.

What landed is deleted from the list, not marked on it: its rows are the proof, and a copy of somebody's contact that
nobody needs would have to be found by every erasure.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import msgspec
import psycopg
from psycopg import sql

from event_bus.handling import fault_name, handle_or_park
from event_bus.ingest import KeeperAway, Reader, keep_outgoing
from event_bus.records import Handled, Record, TopicRecords
from event_bus.tables import headers_from_rows

# A command that is frozen halfway must not keep a worker from its work for ever.
_PATIENCE = ("10s", "30s")
_TRIED: LiteralString = """
UPDATE {} SET reason = %s, detail = %s, tries = tries + 1, tried_at = now() WHERE parked_id = %s RETURNING tries
"""
_TAKE_OFF: LiteralString = "DELETE FROM {} WHERE parked_id = %s"
_LIST: LiteralString = """
SELECT parked_id, topic, partition, record_offset, key, CASE WHEN length(value) <= %(most_bytes)s THEN value END, headers,
    log_id, reason, detail, parked_at, tries, tried_at
FROM {} WHERE (%(reason)s::text IS NULL OR reason = %(reason)s) AND (%(parked_id)s::bigint IS NULL OR parked_id = %(parked_id)s)
ORDER BY parked_id
"""
_MOST_BYTES_THERE_ARE = 2**31 - 1


class ParkedRecord(msgspec.Struct, frozen=True):
    """A record as it stood in the log, why it was set aside, and how often it was tried again since."""

    parked_id: int
    record: Record
    log_id: str
    reason: str
    detail: str
    parked_at: datetime
    tries: int
    tried_at: datetime | None


class Outcome(StrEnum):
    """What became of a parked record that was handed over again."""

    LANDED = "landed"
    REPEATED = "repeated"
    IGNORED = "ignored"
    STILL_PARKED = "still_parked"
    NOT_ON_THE_LIST = "not_on_the_list"


class Redriven(NamedTuple):
    """One record's outcome; `reason` says why it was ignored or stays parked, `tries` how often it was tried by now."""

    parked_id: int
    outcome: Outcome
    reason: str = ""
    tries: int = 0


async def parked_records(
    connection: psycopg.AsyncConnection[Any], schema: str, *, reason: str | None = None, most_bytes: int = 1_000_000
) -> AsyncIterator[ParkedRecord]:
    """Yields what is parked, oldest first, one at a time. A value of more than `most_bytes` comes as None."""
    asked = {"reason": reason, "parked_id": None, "most_bytes": most_bytes}
    async with connection.cursor() as cursor:
        async for row in cursor.stream(_from_list(schema), asked):
            yield _parked(row)


async def parked_record(connection: psycopg.AsyncConnection[Any], schema: str, parked_id: int) -> ParkedRecord | None:
    """Returns one record whole; None when it is not on the list (any more)."""
    asked = {"reason": None, "parked_id": parked_id, "most_bytes": _MOST_BYTES_THERE_ARE}
    row = await (await connection.execute(_from_list(schema), asked)).fetchone()
    return None if row is None else _parked(row)


async def redrive(connection: psycopg.AsyncConnection[Any], reader: Reader, parked_id: int) -> Redriven:
    """Hands one record to the reader's own handler and takes it off the list, in one transaction on an idle connection.

    The handler goes first and the list last, as in a worker, so that the two never wait for each other. Of two that redrive
    one record the second finds it gone, and what its handler did is undone. What cannot be processed stays on the list, with
    its new reason. May be called again after KeeperAway. Raises KeeperAway.
    """
    table = sql.Identifier(reader.schema, "parked")
    outcome = Redriven(parked_id, Outcome.NOT_ON_THE_LIST)
    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)",
                _PATIENCE,
            )
            kept = await parked_record(connection, reader.schema, parked_id)
            if kept is None:
                return outcome
            handled = await handle_or_park(connection, reader.handle, TopicRecords(kept.record.topic, [kept.record]))
            for parked in handled.parked:
                statement = sql.SQL(_TRIED).format(table)
                tried = await (await connection.execute(statement, (parked.reason, parked.detail, parked_id))).fetchone()
                return outcome if tried is None else Redriven(parked_id, Outcome.STILL_PARKED, parked.reason, tried[0])
            taken_off = await connection.execute(sql.SQL(_TAKE_OFF).format(table), (parked_id,))
            if not taken_off.rowcount:
                raise psycopg.Rollback
            await keep_outgoing(connection, reader.schema, handled.say)
            outcome = _outcome(parked_id, handled, kept.tries + 1)
    except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
        raise KeeperAway(fault_name(fault)) from None
    return outcome


def _outcome(parked_id: int, handled: Handled, tries: int) -> Redriven:
    if handled.ignored:
        return Redriven(parked_id, Outcome.IGNORED, ", ".join(sorted(handled.ignored)), tries)
    return Redriven(parked_id, Outcome.REPEATED if handled.repeated else Outcome.LANDED, "", tries)


def _from_list(schema: str) -> sql.Composed:
    return sql.SQL(_LIST).format(sql.Identifier(schema, "parked"))


def _parked(row: Any) -> ParkedRecord:
    parked_id, topic, partition, offset, key, value, headers, *rest = row
    return ParkedRecord(parked_id, Record(topic, partition, offset, key, value, headers_from_rows(headers)), *rest)
