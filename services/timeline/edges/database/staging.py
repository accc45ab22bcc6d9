"""Rows in PostgreSQL's own binary COPY format, made in one pass: the fastest way in that was measured."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from contact_events.interactions import InteractionRecorded
from timeline.domain.entries import Words
from timeline.domain.landing import Arrived

# ON COMMIT DELETE ROWS keeps the table for the session, so that only the first batch of a connection makes it.
CREATE_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS landing (
    place integer, event_id uuid, content_digest bytea, citizen uuid, logged_at timestamptz
) ON COMMIT DELETE ROWS
"""
# One transaction may hold several topics' arrivals, and each begins with an empty table. It is empty as a rule, and then a
# DELETE costs nothing, where TRUNCATE makes a new file.
EMPTY_STAGING = "DELETE FROM pg_temp.landing"
COPY_STAGING = "COPY pg_temp.landing FROM STDIN (FORMAT binary)"
COPY_KNOWN = "COPY timeline.known_event (event_id, content_digest, citizen) FROM STDIN (FORMAT binary)"
_COLUMNS = "citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw"
COPY_ENTRIES = f"COPY timeline.entry ({_COLUMNS}) FROM STDIN (FORMAT binary)"
COPY_FRESH_ENTRIES = f"COPY timeline.entry_fresh ({_COLUMNS}, landed_at, changed_at) FROM STDIN (FORMAT binary)"

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
# The number of columns; each value is preceded by its length.
_STAGED = struct.Struct(">h ii i16s i16s i16s iq")
_KNOWN = struct.Struct(">h i16s i16s i16s")
_ENTRY = struct.Struct(">h i16s iq i16s iq ih i? i")
_LENGTH = struct.Struct(">i")
_LANDED = struct.Struct(">iq iq")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def staged(arrivals: Iterable[Arrived]) -> bytes:
    """Returns what decides about repeats, as one binary COPY stream for the staging table."""
    pack = _STAGED.pack
    rows = [
        pack(
            5,
            4, arrived.place,
            16, arrived.key_bytes,
            16, arrived.digest,
            16, arrived.citizen.value,
            8, _micros(arrived.event.logged_at),
        )
        for arrived in arrivals
    ]  # fmt: skip
    return b"".join((_HEADER, *rows, _TRAILER))


def known(arrivals: Iterable[Arrived]) -> bytes:
    """Returns the keys by which events are known for ever, as one binary COPY stream."""
    pack = _KNOWN.pack
    rows = [pack(3, 16, each.key_bytes, 16, each.digest, 16, each.citizen.value) for each in arrivals]
    return b"".join((_HEADER, *rows, _TRAILER))


def entries(arrivals: Iterable[Arrived], landed: Sequence[datetime] | None = None) -> bytes:
    """Returns entries with their bytes, as one binary COPY stream for the table of entries.

    `landed` says by their places when each was kept, for entries that were here before.
    """
    columns = 9 if landed is None else 11
    parts = [_HEADER]
    add, fixed, length = parts.append, _ENTRY.pack, _LENGTH.pack
    for arrived in arrivals:
        event = arrived.event
        data = event.data
        # Most are contacts: for them not a word more than needed.
        words = data if data.event_type == InteractionRecorded.event_type else Words.of(data)
        channel, matter, raw = data.channel.encode(), words.matter.encode(), arrived.raw
        add(
            fixed(
                columns,
                16, arrived.citizen.value,
                8, _micros(words.occurred_at),
                16, arrived.key_bytes,
                8, _micros(event.logged_at),
                2, arrived.citizen.key_version,
                1, words.confidential,
                len(channel),
            )
        )  # fmt: skip
        add(channel)
        add(length(len(matter)))
        add(matter)
        add(length(len(raw)))
        add(raw)
        if landed is not None:
            at = _micros(landed[arrived.place])
            add(_LANDED.pack(8, at, 8, at))
    add(_TRAILER)
    return b"".join(parts)


def _micros(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
