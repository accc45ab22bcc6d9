"""What is published about a door is true: valid OpenAPI, examples that suit their schema, a README that works."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from counter_adapter.domain import DOOR as COUNTER
from front_door.door import ChannelDoor
from handlers.adapters.opened_doors import SOURCE, open_door
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from intermediary_adapter.edges import upload_routes
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

DOORS = pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))


async def document(door: ChannelDoor, folder: Path) -> dict[str, Any]:
    more_routes = upload_routes if door is INTERMEDIARY else None
    async with open_door(door, folder, more_routes=more_routes) as opened:
        found: dict[str, Any] = (await opened.client.get("/v1/openapi.json")).json()
    return found


@DOORS
async def test_the_openapi_document_is_valid(door: ChannelDoor, tmp_path: Path) -> None:
    """Integrators generate their clients from it."""
    OpenAPIV31SpecValidator(await document(door, tmp_path)).validate()


@DOORS
async def test_every_documented_example_suits_its_schema_and_is_accepted(door: ChannelDoor, tmp_path: Path) -> None:
    """In every mode, at every address; only the source is the sender's own."""
    found = await document(door, tmp_path)
    tried = 0
    async with open_door(door, tmp_path) as opened:
        for path in ("/v1/interactions", "/v1/corrections", "/v1/withdrawals", "/v1/citizen-facts"):
            for kind, media in found["paths"][path]["post"]["requestBody"]["content"].items():
                for example in examples_of(media):
                    Draft202012Validator(media["schema"]).validate(example)
                    answer = await opened.post(path, content=json.dumps(from_here(example)), headers={"Content-Type": kind})
                    assert answer.status_code in {202, 409}, answer.text
                    tried += 1

    assert tried >= 15


@DOORS
async def test_the_readmes_curl_line_posts_a_body_that_is_accepted(door: ChannelDoor, tmp_path: Path) -> None:
    """And it is the one the door documents."""
    readme = resources.files(door.service).joinpath("README.md").read_text("utf-8")
    (body,) = re.findall(r"<<'BODY'\n(.*?)\nBODY", readme, flags=re.DOTALL)
    async with open_door(door, tmp_path) as opened:
        answer = await opened.post(content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 202, answer.text
    assert json.loads(body) == door.example


async def test_the_readmes_file_is_accepted(tmp_path: Path) -> None:
    """As printf writes it."""
    readme = resources.files("intermediary_adapter").joinpath("README.md").read_text("utf-8")
    (content,) = re.findall(r"printf '(.*?)' \|", readme)
    async with open_door(INTERMEDIARY, tmp_path, more_routes=upload_routes) as opened:
        answer = await opened.post(
            "/v1/interactions/_upload", content=content.replace("\\n", "\n"), headers={"Content-Type": "text/csv"}
        )

    assert (answer.status_code, answer.json()["accepted"], answer.json()["refused"]) == (202, 1, 0)


def examples_of(media: dict[str, Any]) -> list[Any]:
    return [media["example"]] if "example" in media else [each["value"] for each in media["examples"].values()]


def from_here(example: Any) -> Any:
    if isinstance(example, list):
        return [from_here(each) for each in example]
    return example | {"source": SOURCE} if "specversion" in example else example
