"""The conformance suite: every adapter of ours keeps every rule, and one that breaks a rule is seen."""

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from counter_adapter.domain import DOOR as COUNTER
from front_door.check_adapter import RULES, NotAnAdapter, check_adapter
from front_door.door import ChannelDoor
from handlers.adapters.opened_doors import a_token, door_for_sync_callers, token_for
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from intermediary_adapter.edges import upload_routes
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


@pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))
def test_our_adapters_keep_every_rule(door: ChannelDoor, tmp_path: Path) -> None:
    """What integrators are held to, we are held to first."""
    more_routes = upload_routes if door is INTERMEDIARY else None
    with door_for_sync_callers(door, tmp_path, more_routes) as client:
        outcomes = list(check_adapter(client, token_for(door), a_token("interactions:letter:write")))

    assert [outcome.line for outcome in outcomes if not outcome.passed] == []
    assert len(outcomes) == len(RULES)


def test_without_a_token_of_another_channel_that_one_rule_is_not_checked(tmp_path: Path) -> None:
    """It says so, rather than call it passed."""
    with door_for_sync_callers(WEB, tmp_path) as client:
        outcomes = list(check_adapter(client, token_for(WEB)))

    assert [outcome.rule for outcome in outcomes if outcome.passed is None] == ["refuses a token of another channel with 403"]


class Careless:
    """An adapter around ours that breaks promises: other statuses, no headers, a receipt that changes."""

    def __init__(self, app: Any, **careless: Any) -> None:
        self._app = app
        self._statuses: dict[int, int] = careless.get("statuses", {})
        self._without: frozenset[bytes] = careless.get("without", frozenset())
        self._replaced: tuple[bytes, bytes] = careless.get("replaced", (b"", b""))

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        async def carelessly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["status"] = self._statuses.get(message["status"], message["status"])
                left_out = self._without | {b"content-length"} if self._replaced[0] else self._without
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() not in left_out]
            elif message["type"] == "http.response.body" and self._replaced[0]:
                message["body"] = message["body"].replace(*self._replaced)
            await send(message)

        await self._app(scope, receive, carelessly if scope["type"] == "http" else send)


@pytest.mark.parametrize(
    ("careless", "seen"),
    [
        ({"statuses": {409: 202}}, "answers other content under a used id with 409"),
        ({"statuses": {400: 422}}, "names every fault of a body at once, with 400"),
        ({"statuses": {403: 202}}, "refuses a token of another channel with 403"),
        ({"statuses": {401: 202}}, "refuses with 401 when there is no token, or none that counts"),
        ({"statuses": {413: 202}}, "takes a batch of 500, and refuses one of 501 with 413"),
        ({"statuses": {415: 202}}, "refuses another kind of body with 415"),
        ({"statuses": {404: 307}}, "knows no trailing slash, and names the methods it offers"),
        ({"without": frozenset({b"cache-control"})}, "sends the API version and the security headers with every answer"),
        ({"without": frozenset({b"webhook-allowed-origin"})}, "shakes hands with webhooks"),
        (
            {"without": frozenset({b"access-control-allow-origin"})},
            "publishes its OpenAPI document for everybody, with contact and refusals",
        ),
        (
            {"replaced": (b'"nl":', b'"summary":"x","nl":')},
            "tells the status of an event to who may post, and nothing but the status",
        ),
        (
            {"replaced": (b'"receipt":', b'"number":')},
            "accepts its own documented example, with id, source, receipt and status address",
        ),
        (
            {"replaced": (b"medical-or-criminal", b"invalid")},
            "refuses a declared medical or criminal category, whatever the reason",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_broken_promise_is_seen(tmp_path: Path, careless: dict[str, Any], seen: str) -> None:
    """A suite that never fails proves nothing."""
    with door_for_sync_callers(WEB, tmp_path) as client:
        broken = TestClient(Careless(client.app, **careless), base_url=str(client.base_url), follow_redirects=False)
        outcomes = check_adapter(broken, token_for(WEB), a_token(PHONE.scope))
        failed = [outcome.rule for outcome in outcomes if outcome.passed is False]

    assert seen in failed


def test_an_address_without_an_adapter_is_said_so() -> None:
    """Nothing is posted anywhere before there is an OpenAPI document to start from."""
    nowhere = httpx2.Client(transport=httpx2.MockTransport(lambda request: httpx2.Response(404)), base_url="http://nergens.test")

    with pytest.raises(NotAnAdapter, match="openapi"):
        list(check_adapter(nowhere, "token"))
