"""The adapter under test: what its OpenAPI document says it takes, and how to post there."""

import copy
import json
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx2

from front_door.check_adapter.outcomes import NotAnAdapter, Unmet, expect

INTERACTIONS = "/v1/interactions"
JSON = "application/json"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PROBLEM = "application/problem+json"


class Target:
    """An adapter, known by its address, a token that may post there, and perhaps one that may not."""

    def __init__(self, client: httpx2.Client, token: str, other_token: str | None) -> None:
        self.client = client
        self.token = token
        self.other_token = other_token

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document. Raises NotAnAdapter."""
        try:
            answer = self.client.get("/v1/openapi.json")
            found = answer.json() if answer.status_code == 200 else None
        except httpx2.TransportError as fault:
            raise NotAnAdapter(f"nothing answers there ({type(fault).__name__})") from None
        except ValueError:
            found = None
        if not isinstance(found, dict) or "paths" not in found:
            raise NotAnAdapter("GET /v1/openapi.json gives no OpenAPI document, and the checks start from its examples")
        return found

    @cached_property
    def _content(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = self.document["paths"][INTERACTIONS]["post"]["requestBody"]["content"]
        except (KeyError, TypeError):
            raise NotAnAdapter(f"the OpenAPI document shows no body for POST {INTERACTIONS}") from None
        return content

    @cached_property
    def example(self) -> dict[str, Any]:
        """The documented plain body. Raises NotAnAdapter."""
        found = _example(self._content.get(JSON, {}))
        if not isinstance(found, dict):
            raise NotAnAdapter(f"the OpenAPI document has no example of a plain body for POST {INTERACTIONS}")
        return found

    @property
    def required(self) -> list[str]:
        """The fields a plain body must have."""
        schema = self._content.get(JSON, {}).get("schema", {})
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return [str(name) for name in schema.get("required", [])]

    @cached_property
    def source(self) -> str:
        """The source this token writes as, learnt from the answer to a plain body. Raises Unmet."""
        answer = self.post(self.body())
        expect(that=answer.status_code == 202, otherwise=f"the example was answered {said(answer)}")
        return str(answer.json()["source"])

    def body(self, **changes: Any) -> dict[str, Any]:
        """Returns the documented example under an id of its own."""
        return copy.deepcopy(self.example) | {"id": an_id()} | changes

    def event(self, **changes: Any) -> dict[str, Any]:
        """Returns the documented CloudEvent under an id of its own. Raises Unmet when none is documented."""
        found = _example(self._content.get(STRUCTURED, {}))
        if not isinstance(found, dict):
            raise Unmet("the OpenAPI document has no example of a CloudEvent")
        return copy.deepcopy(found) | {"id": an_id(), "source": self.source} | changes

    def post(self, content: Any, kind: str | None = JSON, *, token: str | None = None, **headers: str) -> httpx2.Response:
        """Posts; what is not bytes is written as JSON. An empty token means none."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            INTERACTIONS, content=raw, headers=sent | self.signed(token) | ({"Content-Type": kind} if kind else {})
        )

    def signed(self, token: str | None = None) -> dict[str, str]:
        """Returns the header with the token: its own, another, or with an empty one none."""
        chosen = self.token if token is None else token
        return {"Authorization": f"Bearer {chosen}"} if chosen else {}


def an_id() -> str:
    """Returns an id nobody used."""
    return f"check-{uuid4()}"


def said(answer: httpx2.Response) -> str:
    """Returns an answer's status and kind, never its text."""
    return f"{answer.status_code} {answer.headers.get('content-type', 'without a body')}"


def refused(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """Returns the problem of a refusal. Raises Unmet when it is another answer or no problem+json."""
    expect(that=answer.status_code == status, otherwise=f"answered {said(answer)} where {status} was due")
    expect(
        that=answer.headers.get("content-type", "").startswith(PROBLEM),
        otherwise=f"answered {said(answer)} where {PROBLEM} was due",
    )
    problem: dict[str, Any] = answer.json()
    missing = {"type", "title", "status", "detail", "instance"} - set(problem)
    expect(that=not missing, otherwise=f"the problem has no {', '.join(sorted(missing))}")
    expect(that=problem["status"] == status, otherwise="the problem names another status than the answer")
    return problem


def _example(media: dict[str, Any]) -> Any:
    if "example" in media:
        return media["example"]
    examples = list(media.get("examples", {}).values())
    return examples[0].get("value") if examples else None
