"""Starts the address book: the one place where its parts are connected."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr

from address_book.domain.storage import StorageKeys
from address_book.edges.access_log import SCHEMA
from address_book.edges.http import AddressBookDoor
from address_book.edges.stream import READER, TOPICS, batch_handler
from address_book.handlers.secrets import Secrets
from contact_events.citizen_ref import PseudonymKeys
from contact_events.erasure import is_covered
from contact_events.purposes import read_registers
from contact_events.sealing import OpeningKey
from event_bus.broker_view import BrokerView
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from event_bus.ingest import PostgresIngest, Reader
from event_bus.outgoing import Relay
from event_bus.publisher import KafkaPublisher
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from service_runtime.database import async_engine, database_part, ingest_pool
from service_runtime.http import http_app
from service_runtime.migrations import migrate_when_it_answers
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings, DatabaseSettings, ServiceSettings

K = TypeVar("K")


class Settings(ServiceSettings, DatabaseSettings, BrokerSettings):
    """What the address book must be told."""

    pseudonym_keys: SecretStr = Field(description="the pseudonym keys, as 1:<64 hexadecimal digits>")
    opening_key: SecretStr = Field(description="the key that opens contact points, 32 bytes in base64")
    storage_keys: SecretStr = Field(description="the keys of the table, as 1:<64 hexadecimal digits>")
    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    secrets, reads = _secrets(settings), reader(settings)
    try:
        _, purposes = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None
    await migrate_when_it_answers("address_book", settings.database_url, SCHEMA)
    engine, pool = async_engine(settings), ingest_pool(settings)
    publisher = KafkaPublisher(settings)
    relay = Relay(pool, SCHEMA, publisher, BrokerView(settings))
    ingest = PostgresIngest(pool, SCHEMA, reads.name, reads.handle, broker_durable=settings.broker_durable, covers=is_covered)
    worker = StreamWorker(settings, reads.name, reads.topics, ingest, gather_s=0.1)
    parts = [database_part(engine, pool), publisher, relay, worker]
    app = http_app(
        service="address_book",
        title="Plein address book",
        description="Opens sealed contact points and shows one for a purpose, with a line in the access log.",
        settings=settings,
        parts=parts,
    )
    app.include_router(AddressBookDoor(engine, purposes, secrets, relay.wake).routes())
    app.include_router(erasure_routes(told_from(pool, SCHEMA)))
    return Service(app, parts)


def reader(settings: Settings) -> Reader:
    """Returns how the book reads: for its own worker, and for an operator who redrives what was parked. Raises BadSettings."""
    return Reader(READER, SCHEMA, TOPICS, batch_handler(_secrets(settings)))


def main() -> None:
    """Runs until it is told to stop."""
    run("address_book", Settings, build)


def _secrets(settings: Settings) -> Secrets:
    faults: list[str] = []

    opening = _read("OPENING_KEY", settings.opening_key, OpeningKey.from_text, faults)
    storage = _read("STORAGE_KEYS", settings.storage_keys, StorageKeys.from_text, faults)
    pseudonyms = _read("PSEUDONYM_KEYS", settings.pseudonym_keys, PseudonymKeys.from_text, faults)
    if opening is None or storage is None or pseudonyms is None:
        raise BadSettings(*faults)
    return Secrets(opening, storage, pseudonyms)


def _read(name: str, secret: SecretStr, reader: Callable[[str], K], faults: list[str]) -> K | None:
    try:
        return reader(secret.get_secret_value())
    except ValueError as fault:
        faults.append(f"{name}: {fault}.")
        return None
