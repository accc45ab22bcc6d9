"""`plein migrate NAME`: brings one service's tables up to date."""

import asyncio
import os
from typing import Annotated

import typer

from plein.local.ports import CannotStart
from plein.services import SERVICES
from service_runtime.migrations import migrate_when_it_answers

_NAMES = tuple(each.name for each in SERVICES if each.has_database)


def migrate(name: Annotated[str, typer.Argument(help="which service: " + ", ".join(_NAMES))]) -> None:
    """Bring one service's tables up to date, in the database of DATABASE_URL. May be run again."""
    if name not in _NAMES:
        raise typer.BadParameter(f"{name} has no tables; choose one of " + ", ".join(_NAMES))
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise CannotStart("Set DATABASE_URL to postgresql://user:password@host:port/database of this service's own role.")
    asyncio.run(migrate_when_it_answers(name, url, name))
