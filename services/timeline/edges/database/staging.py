"""Rows in PostgreSQL's own binary COPY format, made in one pass: the fastest way in that was measured."""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime

from contact_events.interactions import InteractionRecorded
from timeline.domain.entries import ENTRY_CLASSES, Words
from timeline.domain.landing import Arrived

STAGING = "landing"
# ON COMMIT DELETE ROWS keeps the table for the session, so that only the first batch of a connection makes it.
CREATE_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS landing (
    place integer, event_id uuid, content_digest bytea, citizen uuid, key_version smallint, is_entry boolean,
    occurred_at timestamptz, logged_at timestamptz, confidential boolean, channel text, matter text, raw bytea
) ON COMMIT DELETE ROWS
"""
# One transaction may hold several topics' arrivals, and each begins with an empty table. It is empty as a rule, and then a
# DELETE costs nothing, where TRUNCATE makes a new file.
EMPTY_STAGING = "DELETE FROM pg_temp.landing"
COPY_STAGING = "COPY pg_temp.landing FROM STDIN (FORMAT binary)"

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
# 12 columns; each value is preceded by its length.
_FIXED = struct.Struct(">h ii i16s i16s i16s ih i? iq iq i? i")
_LENGTH = struct.Struct(">i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def copy_bytes(arrivals: Iterable[Arrived]) -> bytes:
    """Returns the arrivals as one binary COPY stream for the staging table; only entries carry their bytes."""
    parts = [_HEADER]
    add, fixed, length = parts.append, _FIXED.pack, _LENGTH.pack
    for arrived in arrivals:
        event = arrived.event
        data = event.data
        logged_at = _micros(event.logged_at)
        if isinstance(data, InteractionRecorded):  # most of them: not a word more than needed
            is_entry, confidential, occurred_at = True, data.confidential, _micros(data.occurred_at)
            channel, matter, raw = data.channel.encode(), data.matter.encode(), arrived.raw
        elif isinstance(data, ENTRY_CLASSES):
            words = Words.of(data)
            is_entry, confidential, occurred_at = True, words.confidential, _micros(words.occurred_at)
            channel, matter, raw = data.channel.encode(), words.matter.encode(), arrived.raw
        else:
            is_entry, confidential, occurred_at = False, False, logged_at
            channel = matter = raw = b""
        add(
            fixed(
                12,
                4, arrived.place,
                16, arrived.key.bytes,
                16, arrived.digest,
                16, arrived.citizen.value,
                2, arrived.citizen.key_version,
                1, is_entry,
                8, occurred_at,
                8, logged_at,
                1, confidential,
                len(channel),
            )
        )  # fmt: skip
        add(channel)
        add(length(len(matter)))
        add(matter)
        add(length(len(raw)))
        add(raw)
    add(_TRAILER)
    return b"".join(parts)


def _micros(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
