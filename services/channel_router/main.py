"""Starts the channel router: the one place where its parts are connected."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from pydantic import Field, SecretStr

from channel_router.domain.policy import Policy
from channel_router.domain.policy_file import BadPolicy, read_policy
from channel_router.edges.asking import Desk
from channel_router.edges.database import SCHEMA
from channel_router.edges.http import RouterDoor
from channel_router.edges.stream import READER, TOPICS, Stream
from contact_events.citizen_ref import PseudonymKeys
from contact_events.erasure import is_covered
from contact_events.purposes import read_registers
from event_bus.broker_view import BrokerView
from event_bus.forgetting.routes import erasure_routes
from event_bus.forgetting.tables import told_from
from event_bus.ingest import PostgresIngest, Reader
from event_bus.outgoing import Relay
from event_bus.publisher import KafkaPublisher
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker
from service_runtime.database import database_part, ingest_pool
from service_runtime.http import http_app
from service_runtime.migrations import migrate_when_it_answers
from service_runtime.process import Service, run
from service_runtime.settings import BadSettings, DatabaseSettings, ServiceSettings


class Settings(ServiceSettings, DatabaseSettings, BrokerSettings):
    """What the channel router must be told."""

    policy_file: Path | None = Field(default=None, description="the path of the municipality's policy file")
    matters_file: Path | None = Field(default=None, description="the path of the municipality's matters file")
    purposes_file: Path | None = Field(default=None, description="the path of the municipality's purpose register")
    pseudonym_keys: SecretStr | None = Field(
        default=None, description="the pseudonym keys, as 1:<64 hexadecimal digits>; only to name citizens by BSN over HTTP"
    )


async def build(settings: Settings) -> Service:
    """Brings the schema up to date and connects the parts. Raises BadSettings with a sentence per fault."""
    reads, policy = reader(settings), _policy(settings.policy_file)
    try:
        _, purposes = read_registers(settings.matters_file, settings.purposes_file)
    except ValueError as fault:
        raise BadSettings(f"{fault}.") from None
    desk = Desk(policy, purposes, _pseudonyms(settings.pseudonym_keys))
    await migrate_when_it_answers("channel_router", settings.database_url, SCHEMA)
    pool = ingest_pool(settings)
    publisher = KafkaPublisher(settings)
    relay = Relay(pool, SCHEMA, publisher, BrokerView(settings))
    ingest = PostgresIngest(
        pool,
        SCHEMA,
        reads.name,
        reads.handle,
        broker_durable=settings.broker_durable,
        on_commit=relay.wake,
        covers=is_covered,
    )
    worker = StreamWorker(settings, reads.name, reads.topics, ingest, gather_s=0.1)
    parts = [database_part(None, pool), publisher, relay, worker]
    app = http_app(
        service="channel_router",
        title="Plein channel router",
        description="Chooses how to reach a citizen, and says why.",
        settings=settings,
        parts=parts,
    )
    app.include_router(RouterDoor(pool, desk, relay.wake).routes())
    app.include_router(erasure_routes(told_from(pool, SCHEMA)))
    return Service(app, parts)


def reader(settings: Settings) -> Reader:
    """Returns how the router reads: for its own worker, and for an operator who redrives what was parked. Raises BadSettings."""
    stream = Stream(_policy(settings.policy_file), lambda: datetime.now(UTC))
    return Reader(READER, SCHEMA, TOPICS, stream.handle)


def main() -> None:
    """Runs until it is told to stop."""
    run("channel_router", Settings, build)


def _policy(path: Path | None) -> Policy:
    try:
        text = (
            path.read_text("utf-8") if path else files("channel_router").joinpath("municipality/policy.toml").read_text("utf-8")
        )
    except (OSError, UnicodeDecodeError):
        raise BadSettings("Set POLICY_FILE to the path of a policy file that can be read.") from None
    try:
        return read_policy(text)
    except BadPolicy as fault:
        raise BadSettings(*(f"The policy file cannot be used. {sentence}" for sentence in fault.faults)) from None


def _pseudonyms(secret: SecretStr | None) -> PseudonymKeys | None:
    if secret is None:
        return None
    try:
        return PseudonymKeys.from_text(secret.get_secret_value())
    except ValueError as fault:
        raise BadSettings(f"PSEUDONYM_KEYS: {fault}. Set PSEUDONYM_KEYS to 1:<64 hexadecimal digits>.") from None
