"""The cursor of a page: a position, opaque to the reader, refused when it is not one of ours."""

import base64
import binascii
import struct
import zlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from timeline.domain.entries import Position

_SHAPE = struct.Struct(">Bq16s")
_VERSION = 1
_START = datetime(1970, 1, 1, tzinfo=UTC)


def cursor_of(position: Position) -> str:
    """Returns the text of a position. It tells nothing about a person: a moment, an entry's public id, a check."""
    moment, key = position
    packed = _SHAPE.pack(_VERSION, (moment - _START) // timedelta(microseconds=1), key.bytes)
    return base64.urlsafe_b64encode(packed + struct.pack(">I", zlib.crc32(packed))).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Returns the position of a cursor. Raises ValueError for any other text."""
    fault = "this cursor is not one that was given out: start again without a cursor"
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise ValueError(fault) from None
    if len(raw) != _SHAPE.size + 4 or zlib.crc32(raw[:-4]) != int.from_bytes(raw[-4:]):
        raise ValueError(fault)
    version, micros, key = _SHAPE.unpack(raw[:-4])
    if version != _VERSION:
        raise ValueError(fault)
    try:
        return _START + timedelta(microseconds=micros), UUID(bytes=key)
    except OverflowError:
        raise ValueError(fault) from None
