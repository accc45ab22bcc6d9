"""The AsyncAPI document is valid, and says what the catalogue says.

The official schema comes from the npm registry when the check runs, into `build/`; it is never committed. Where npm does not
answer, the test says so loudly; PLEIN_REQUIRE_ASYNCAPI_SCHEMA=1 (as in CI) makes that a failure.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from contact_events.topics import TOPICS
from contracts.old_readers import FOLDER
from event_bus.parking import said_of
from event_bus.records import Record, ToPark

SPECS = "@asyncapi/specs@6.11.1"
MEMBER = "package/schemas/3.0.0.json"
BUILD = Path(__file__).parents[2] / "build" / "asyncapi"


def the_document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
    return document


def official_schema() -> dict[str, Any] | str:
    """Returns the official AsyncAPI 3.0 schema, or the reason why it cannot be had here."""
    kept = BUILD / "3.0.0.json"
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            return "there is no npm on PATH"
        BUILD.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            [npm, "pack", SPECS, "--silent"], cwd=BUILD, capture_output=True, text=True, timeout=120, check=False
        )
        if packed.returncode != 0:
            return "the npm registry does not answer"
        with tarfile.open(fileobj=io.BytesIO((BUILD / packed.stdout.split()[-1]).read_bytes())) as archive:
            member = archive.extractfile(MEMBER)
            if member is None:
                return f"{SPECS} holds no {MEMBER}"
            kept.write_bytes(member.read())
    schema: dict[str, Any] = json.loads(kept.read_bytes())
    return schema


def faults_by(schema: dict[str, Any], document: object) -> list[str]:
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in jsonschema.Draft7Validator(schema).iter_errors(document)]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found = official_schema()
    if isinstance(found, dict):
        return found
    if os.environ.get("PLEIN_REQUIRE_ASYNCAPI_SCHEMA") == "1":
        pytest.fail(f"the official AsyncAPI schema is required here: {found}")
    pytest.skip(f"NOT EXERCISED by the official AsyncAPI schema: {found}")


def test_the_document_is_valid_by_the_official_schema(schema: dict[str, Any]) -> None:
    assert faults_by(schema, the_document()) == []


def test_the_official_schema_sees_a_planted_fault(schema: dict[str, Any]) -> None:
    document = the_document()
    document["operations"]["web_adapter.sends.interactions"]["action"] = "publish"

    assert faults_by(schema, document)


def test_every_pointer_in_the_document_leads_somewhere() -> None:
    document = the_document()

    lost = [pointer for pointer in pointers(document) if not leads_somewhere(document, pointer)]

    assert lost == []
    assert not leads_somewhere(document, "#/components/messages/SomethingElse")
    assert not leads_somewhere(document, "./schemas/something.else.v1.json")


def test_every_topic_of_the_catalogue_has_its_channel_and_its_limits() -> None:
    channels = the_document()["channels"]

    for topic in TOPICS:
        binding = channels[topic.name]["bindings"]["kafka"]
        assert set(channels[topic.name]["messages"]) == {event_class.__name__ for event_class in topic.events}
        assert binding["partitions"] == topic.partitions
        assert binding["topicConfiguration"]["retention.ms"] == 7 * 24 * 3600 * 1000
        assert binding["topicConfiguration"]["max.message.bytes"] == topic.max_message_bytes
        assert topic.parked in channels


def test_every_writer_and_reader_of_the_catalogue_has_its_operation() -> None:
    operations = the_document()["operations"]

    for topic in TOPICS:
        assert all(operations[f"{service}.sends.{topic.name}"]["action"] == "send" for service in topic.written_by)
        assert all(operations[f"{service}.receives.{topic.name}"]["action"] == "receive" for service in topic.read_by)
        for service in topic.followed_by:
            (followed,) = operations[f"{service}.follows.{topic.name}"]["messages"]
            assert followed["$ref"].endswith("/CitizenErased")


def test_every_event_message_shows_its_kept_examples() -> None:
    messages = the_document()["components"]["messages"]

    shown = {name: {example["name"] for example in message.get("examples", [])} for name, message in messages.items()}

    assert all({"minimal", "full"} <= names for name, names in shown.items() if name != "Parked")


def pointers(part: object) -> list[str]:
    match part:
        case {"$ref": str(pointer)}:
            return [pointer]
        case dict():
            return [pointer for value in part.values() for pointer in pointers(value)]
        case list():
            return [pointer for value in part for pointer in pointers(value)]
        case _:
            return []


def leads_somewhere(document: Any, pointer: str) -> bool:
    if pointer.startswith("./"):
        return (FOLDER / pointer).is_file()
    here = document
    for step in pointer.removeprefix("#/").split("/"):
        if step not in here:
            return False
        here = here[step]
    return True


def test_a_parked_message_has_the_headers_that_the_worker_writes() -> None:
    """The names stand in two libraries that do not know each other; this holds them together."""
    parked = said_of(ToPark(Record("interactions", 3, 7, None, None), "not_json"), "timeline", "a log")

    described = the_document()["components"]["messages"]["Parked"]["headers"]["properties"]

    assert {name for name, _ in parked.headers} == set(described)
