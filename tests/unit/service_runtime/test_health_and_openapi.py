"""What a service says about itself: health, readiness, metrics, its OpenAPI document, and which pages may call."""

from pathlib import Path
from typing import Any

import openapi_spec_validator

from service_runtime.parts import PartHealth
from unit.service_runtime.doors import a_service, a_token, knock


class APart:
    """A part whose health can be set."""

    def __init__(self, health: PartHealth | Exception) -> None:
        self.name = "reader"
        self._health = health

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ended(self) -> None: ...

    def health(self) -> PartHealth:
        if isinstance(self._health, Exception):
            raise self._health
        return self._health


async def document_of(folder: Path) -> dict[str, Any]:
    async with knock(a_service(folder)) as caller:
        found: dict[str, Any] = (await caller.get("/v1/openapi.json")).json()
    return found


async def test_a_process_that_runs_is_alive_also_when_a_part_is_not_ready(tmp_path: Path) -> None:
    app = a_service(tmp_path, [APart(PartHealth("reader", ready=False, detail={"lag": 12}))])

    async with knock(app) as caller:
        live = await caller.get("/v1/health/live")
        ready = await caller.get("/v1/health/ready")

    assert (live.status_code, live.json()) == (200, {"service": "things", "alive": True})
    assert ready.status_code == 503
    assert ready.json()["parts"] == [{"name": "reader", "ready": False, "detail": {"lag": 12}}]


async def test_a_process_with_all_parts_ready_is_ready(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path, [APart(PartHealth("reader", ready=True))])) as caller:
        answer = await caller.get("/v1/health/ready")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


async def test_a_process_that_is_stopping_is_not_ready(tmp_path: Path) -> None:
    app = a_service(tmp_path)
    app.state.stopping.set()

    async with knock(app) as caller:
        answer = await caller.get("/v1/health/ready")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)


async def test_a_part_that_cannot_say_how_it_is_is_not_ready(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path, [APart(RuntimeError("0612345678"))])) as caller:
        answer = await caller.get("/v1/health/ready")

    assert answer.status_code == 503
    assert "0612345678" not in answer.text


async def test_the_document_is_valid_openapi_3_1_with_a_contact(tmp_path: Path) -> None:
    document = await document_of(tmp_path)

    openapi_spec_validator.validate(document)

    assert document["openapi"].startswith("3.1")
    assert set(document["info"]["contact"]) == {"name", "url", "email"}


async def test_the_document_never_promises_a_422_and_always_a_400(tmp_path: Path) -> None:
    document = await document_of(tmp_path)

    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert not any("422" in operation["responses"] for operation in operations)
    assert all("application/problem+json" in operation["responses"]["400"]["content"] for operation in operations)
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_document_says_which_scope_a_route_wants(tmp_path: Path) -> None:
    document = await document_of(tmp_path)

    operation = document["paths"]["/v1/things"]["post"]

    assert operation["security"] == [{"accessToken": ["things:write"]}]
    assert list(document["components"]["securitySchemes"]) == ["accessToken"]
    assert {"400", "401", "403", "409", "413", "415", "429", "500", "503"} <= set(operation["responses"])
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    assert "security" not in document["paths"]["/v1/things/{thing}"]["get"]


async def test_the_document_names_addresses_and_parameters_as_the_design_rules_want(tmp_path: Path) -> None:
    document = await document_of(tmp_path)

    names = [each["name"] for path in document["paths"].values() for op in path.values() for each in op.get("parameters", [])]

    assert all(path.startswith("/v1/") and not path.endswith("/") for path in document["paths"])
    assert "asOf" in names
    assert not any("_" in name for name in names)


async def test_any_page_may_read_the_document(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.get("/v1/openapi.json", headers={"origin": "https://anywhere.example"})

    assert answer.headers["access-control-allow-origin"] == "*"


async def test_only_pages_on_the_list_may_call(tmp_path: Path) -> None:
    app = a_service(tmp_path, CORS_ORIGINS="https://desk.example.nl, https://my.example.nl")
    asks = {"access-control-request-method": "POST"}

    async with knock(app) as caller:
        known = await caller.options("/v1/things", headers={"origin": "https://my.example.nl"} | asks)
        unknown = await caller.options("/v1/things", headers={"origin": "https://evil.example"} | asks)
        plain = await caller.get("/v1/things/desk", headers={"origin": "https://evil.example"})

    assert (known.status_code, known.headers["access-control-allow-origin"]) == (204, "https://my.example.nl")
    assert "POST" in known.headers["access-control-allow-methods"]
    assert (unknown.status_code, unknown.headers["content-type"]) == (403, "application/problem+json")
    assert "access-control-allow-origin" not in plain.headers
    assert plain.headers["vary"] == "Origin"


async def test_requests_are_measured_by_the_template_of_the_address(tmp_path: Path) -> None:
    """An address may hold a reference to a person; a metric must not."""
    async with knock(a_service(tmp_path), a_token()) as caller:
        await caller.get("/v1/things/c1-0123456789abcdef0123456789abcdef")
        measured = (await caller.get("/metrics")).text

    assert 'http_request_seconds_count{method="GET",route="/v1/things/{thing}",status="200"}' in measured
    assert "0123456789abcdef" not in measured


async def test_refusals_are_counted_by_their_kind(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        before = counted((await caller.get("/metrics")).text)
        await caller.get("/v1/nothing")
        after = counted((await caller.get("/metrics")).text)

    assert after == before + 1


def counted(measured: str) -> float:
    lines = [line for line in measured.splitlines() if line.startswith('requests_refused_total{kind="not-found"}')]
    return float(lines[0].split(" ")[1]) if lines else 0.0
