"""Tells live readers, once per batch, whose timelines changed."""

from collections.abc import Collection
from typing import Any

import psycopg

from timeline.domain.entries import ENTRY_CLASSES
from timeline.domain.landing import Arrived

CHANNEL = "timeline_changed"
# A notification holds fewer than 8,000 bytes; beyond this many citizens it says "anybody".
MOST_NAMED = 200
ANYBODY = "*"


async def tell_change(connection: psycopg.AsyncConnection[Any], fresh: Collection[Arrived]) -> None:
    """Notifies at commit. An amendment or a link may concern anybody: its entries can lie under another reference."""
    citizens = {arrived.citizen.text for arrived in fresh}
    is_wide = len(citizens) > MOST_NAMED or any(not isinstance(arrived.event.data, ENTRY_CLASSES) for arrived in fresh)
    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, ANYBODY if is_wide else " ".join(sorted(citizens))))
