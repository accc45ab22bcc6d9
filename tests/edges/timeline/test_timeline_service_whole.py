"""The whole service on a real database and broker: what a publisher says is on the timeline, and who looked is in the log."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from builders import an_interaction
from contact_events.citizen_ref import RefKind
from contact_events.codec import write_event
from contact_events.topics import broker_topics
from contact_events.words import CitizenReference
from engines import BrokerUnderTest
from event_bus.provision import TopicSpec, provision
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from handlers.timeline.timeline_callers import BSN, KEYS, agent, citizen, published_keys
from service_runtime.process import Service
from timeline.main import Settings, build

DEADLINE_S = 60
SHE = KEYS.ref(RefKind.BSN, BSN)
HER = CitizenReference(ref=SHE.text, kind="bsn", assurance="high")


@pytest.fixture
async def service(
    embedded_broker: BrokerUnderTest, fresh_database: str, tmp_path: Path
) -> AsyncIterator[tuple[Service, Settings]]:
    """The parts of the service, started; its app is asked without a port."""
    (tmp_path / "jwks.json").write_text(json.dumps(published_keys()))
    (tmp_path / "issuers.toml").write_text(
        f'[[issuer]]\nissuer = "urn:test"\njwks = "file:{tmp_path / "jwks.json"}"\nalgorithms = ["ES256"]\n'
    )
    settings = Settings(
        http_port=1,
        token_issuers_file=tmp_path / "issuers.toml",
        database_url=fresh_database,
        broker_servers=embedded_broker.address,
        broker_durable=embedded_broker.durable,
        broker_session_timeout_s=6,
        pseudonym_keys=SecretStr("1:" + "ab" * 32),
    )
    provision(settings, [TopicSpec(each.name, each.partitions, each.kept_ms, each.max_message_bytes) for each in broker_topics()])
    made = await build(settings)
    for part in made.parts:
        await part.start()
    yield made, settings
    for part in reversed(made.parts):
        await part.stop()


async def test_what_is_published_is_on_the_timeline_and_who_looked_is_logged(service: tuple[Service, Settings]) -> None:
    made, settings = service
    call = an_interaction(event_id=f"call {time.time_ns()}", citizen=HER, summary="vraag over het paspoort")
    desk = made.app.state.desk
    publisher = KafkaPublisher(settings)
    await publisher.start()
    changes = desk.changes.follow(heartbeat_s=DEADLINE_S)

    await publisher.publish([ToSay("interactions", SHE.value, write_event(call), call.key)])

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(made.app), base_url="http://timeline") as client:
        ids: list[str] = []
        async with asyncio.timeout(DEADLINE_S):
            while str(call.key) not in ids:
                await anext(changes)
                read = await client.get(f"/v1/citizens/{SHE.text}/timeline", params={"purpose": "klantcontact"}, headers=agent())
                ids = [entry["id"] for entry in read.json()["entries"]]
        own = await client.get("/v1/citizens/me/access-log", headers=citizen())
        ready = await client.get("/v1/health/ready")
    await publisher.stop()

    assert own.json()["lines"][0]["seenBy"] == "Anouk Bakker"
    assert ready.status_code == 200
