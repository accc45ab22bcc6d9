"""What insight needs of the world outside it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from insight.domain.suppression import Group


class By(StrEnum):
    """By what contacts are grouped; one at a time, because two together make small groups."""

    CHANNEL = "channel"
    MATTER = "matter"
    HOUR = "hour"
    NEIGHBOURHOOD = "neighbourhood"


class Contacts(Protocol):
    """Contacts of citizens, counted. Nothing here ever returns one of them."""

    async def counted(self, by: By, start: datetime, end: datetime) -> tuple[Mapping[str, Group], Group]:
        """Returns the groups of a period, and the whole of it."""
        ...
