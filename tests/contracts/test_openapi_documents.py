"""What each service publishes about itself: valid OpenAPI 3.1, and by the national API design rules."""

import asyncio
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from a_theme import a_theme
from engines import Engines
from plein.commands.secrets import new_secrets
from plein.services import SERVICES, DeployedService
from service_runtime.openapi import openapi_document
from service_runtime.settings import read_settings

SEGMENT = re.compile(r"_?[a-z][a-z0-9]*(-[a-z0-9]+)*(\.json)?")
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
PLACEHOLDER = re.compile(r"\{([^}]+)\}")
METHODS = {"get", "post", "put", "patch", "delete", "options", "head"}
IDENTIFIES_SOMEBODY = {"bsn", "phone", "email", "name", "address"}
ISSUER = """[[issuer]]
issuer = "https://issuer.example"
jwks = "https://issuer.example/keys"
algorithms = ["ES256"]
"""


class Operation(NamedTuple):
    """One method on one path, as documented."""

    method: str
    path: str
    told: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def document(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The document that the service itself would serve, from the process as its main puts it together."""
    service: DeployedService = request.param
    database, folder = engines.fresh_database(), tmp_path_factory.mktemp(service.name)
    yield asyncio.run(document_of(service, database, folder))
    engines.drop_database(database)


async def document_of(service: DeployedService, database: str, folder: Path) -> dict[str, Any]:
    main = import_module(f"{service.name}.main")
    issuers = folder / "issuers.toml"
    issuers.write_text(ISSUER)
    environment = {
        "HTTP_PORT": str(service.port),
        "TOKEN_ISSUERS_FILE": str(issuers),
        "BROKER_SERVERS": "127.0.0.1:9092",
        "DATABASE_URL": database,
        "JOURNAL_FILE": str(folder / "journal.sqlite"),
        **new_secrets(),
        **dict.fromkeys(service.asks, "http://127.0.0.1:1"),
    }
    if service.has_pages:
        environment |= {
            "SIGN_IN_ISSUER": "https://issuer.example",
            "SIGN_IN_CLIENT": service.name,
            "THEME_FOLDER": str(a_theme(folder / "theme")),
        }
    built = await main.build(read_settings(main.Settings, environment))
    return openapi_document(built.app)


def test_it_is_valid_and_says_whom_to_ask(document: dict[str, Any]) -> None:
    faults = [str(fault.message) for fault in OpenAPIV31SpecValidator(document).iter_errors()]

    assert faults == []
    assert document["openapi"].startswith("3.1")
    assert document["info"]["contact"].keys() >= {"name", "url", "email"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", document["info"]["version"])


def test_paths_have_their_version_first_kebab_case_plural_collections_and_no_slash_at_the_end(document: dict[str, Any]) -> None:
    paths = list(document["paths"])

    assert paths
    for path in paths:
        segments = path.removeprefix("/v1/").split("/")
        assert path.startswith("/v1/"), path
        assert not path.endswith("/"), path
        for segment, following in zip(segments, [*segments[1:], ""], strict=True):
            assert PLACEHOLDER.fullmatch(segment) or SEGMENT.fullmatch(segment), path
            assert not PLACEHOLDER.fullmatch(following) or segment.endswith("s"), f"{path}: {segment} is no plural"


def test_names_in_addresses_are_camel_case_and_nothing_that_identifies_somebody(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        asked = {each["name"] for each in operation.told.get("parameters", ()) if each["in"] in {"query", "path"}}
        asked |= set(PLACEHOLDER.findall(operation.path))
        assert [name for name in asked if not CAMEL.fullmatch(name)] == [], operation.name
        assert asked & IDENTIFIES_SOMEBODY == set(), operation.name


def test_every_answer_says_its_version_and_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        responses: dict[str, Any] = operation.told["responses"]
        assert "422" not in responses, operation.name
        for status, response in responses.items():
            assert "API-Version" in response["headers"], f"{operation.name} {status}"
            if status >= "400" and not (operation.path.startswith("/v1/health/") and status == "503"):
                shape = response["content"]["application/problem+json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/ProblemDetails"}, f"{operation.name} {status}"


def test_the_refusals_that_can_always_come_are_documented(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        always = {"400", "429", "500"} | ({"401", "403", "503"} if operation.told.get("security") else set())
        takes_a_body = {"413", "415"} if "requestBody" in operation.told else set()
        assert operation.told["responses"].keys() >= always | takes_a_body, operation.name
        assert any(status < "300" for status in operation.told["responses"]), operation.name


def test_every_operation_has_a_name_of_its_own_and_a_sentence(document: dict[str, Any]) -> None:
    operations = list(_operations(document))
    names = [operation.told["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation.told.get("summary") or operation.told.get("description"), operation.name


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in methods.keys() & METHODS:
            yield Operation(method, path, methods[method])
