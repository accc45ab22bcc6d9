"""Where the commands for operators find a service: its settings, its database, and what it does with what arrives."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, TypeVar

import psycopg

from event_bus.ingest import KeeperAway, Reader
from plein.local.folder import local_settings
from plein.local.ports import CannotStart
from plein.local.service_settings import settings_in_the_folder
from plein.services import SERVICES, DeployedService
from service_runtime.settings import BadSettings, read_settings

READERS = tuple(service for service in SERVICES if service.reads)
READER_NAMES = ", ".join(service.name for service in READERS)

T = TypeVar("T")


def reader_named(name: str) -> DeployedService:
    """Returns the service of that name that reads topics. Raises CannotStart."""
    for service in READERS:
        if service.name == name:
            return service
    raise CannotStart(f"{name} reads no topic; choose one of {READER_NAMES}.")


def settings_of(service: DeployedService, environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Returns the service's settings: the environment's, and without DATABASE_URL those of this machine's stack."""
    seen = os.environ if environ is None else environ
    if seen.get("DATABASE_URL"):
        return seen
    return {name.upper(): value for name, value in settings_in_the_folder(service, local_settings()).items()}


def reader_of(service: DeployedService) -> Reader:
    """Returns how a service handles what it reads, from its own `main`, under its settings. Raises CannotStart."""
    main = import_module(f"{service.name}.main")
    try:
        reader: Reader = main.reader(read_settings(main.Settings, settings_of(service)))
    except BadSettings as fault:
        raise CannotStart("\n".join(f"{service.name}: {sentence}" for sentence in fault.sentences)) from None
    return reader


@asynccontextmanager
async def database_of(service: DeployedService) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Opens a connection in which every statement stands alone, until a transaction is begun."""
    url = settings_of(service)["DATABASE_URL"]
    connecting = psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=5, options="-c timezone=UTC", application_name="plein operator"
    )
    async with await connecting as connection:
        yield connection


def ask(service: DeployedService, question: Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]]) -> T:
    """Asks the service's database. What an operator can mend is said in a sentence, by CannotStart."""
    return asyncio.run(_asked(service, question))


async def _asked(service: DeployedService, question: Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]]) -> T:
    try:
        async with database_of(service) as connection:
            return await question(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName):
        raise CannotStart(f"The tables of {service.name} are not up to date: run `plein migrate {service.name}` first.") from None
    except psycopg.errors.InsufficientPrivilege:
        raise CannotStart(
            f"The role of this DATABASE_URL may not see the tables of {service.name}: run this with the settings of "
            f"{service.name}, such as `docker compose exec {service.name} plein …`."
        ) from None
    except (psycopg.OperationalError, KeeperAway) as fault:
        raise CannotStart(f"The database of {service.name} does not answer ({type(fault).__name__}): is it running?") from None
