"""Tells live readers, once per batch, whose timelines changed."""

from collections.abc import Collection
from typing import Any

import psycopg

from timeline.domain.landing import Arrived

CHANNEL = "timeline_changed"
# A notification holds fewer than 8,000 bytes; beyond this many citizens it says "anybody".
MOST_NAMED = 200
ANYBODY = "*"


async def tell_change(connection: psycopg.AsyncConnection[Any], fresh: Collection[Arrived], *, is_wide: bool) -> None:
    """Notifies at commit. An amendment or a link is wide: its entries can lie under another reference."""
    citizens = set() if is_wide else {arrived.citizen for arrived in fresh}
    told = ANYBODY if is_wide or len(citizens) > MOST_NAMED else " ".join(sorted(citizen.text for citizen in citizens))
    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, told))
