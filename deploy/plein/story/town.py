"""The story's way to the services: plain HTTP with each persona's own token, as any integrator does it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from contact_events.identity import event_key
from plein.local.stack import LocalStack
from plein.simulation.history import History, Told
from plein.simulation.planned import CONTACT_TYPES, COUNTER, FACT_TYPE, INTERMEDIARY, PHONE, WEB

POSTS_AS = {WEB: "web", PHONE: "phone-log", COUNTER: "counter", INTERMEDIARY: "intermediary"}
PATIENCE_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.02

V = TypeVar("V")


@dataclass
class Town:
    """Posts and reads, and remembers what it was told."""

    stack: LocalStack
    history: History
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False))

    def contact(self, door: str, body: Mapping[str, Any], *, again: bool = False) -> httpx2.Response:
        """Posts a contact at a door."""
        return self._post(door, "/v1/interactions", body, CONTACT_TYPES[door], again)

    def fact(self, door: str, body: Mapping[str, Any]) -> httpx2.Response:
        """States a fact about a citizen at a door."""
        return self._post(door, "/v1/citizen-facts", body, FACT_TYPE, again=False)

    def read(self, persona: str, service: str, path: str, **query: str | int) -> httpx2.Response:
        return self._sent("GET", persona, service, path, params=query)

    def ask(self, persona: str, service: str, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        return self._sent("POST", persona, service, path, json=body)

    def entries(self, persona: str, citizen: str, purpose: str) -> list[dict[str, Any]]:
        """Returns a citizen's entries for a purpose, oldest first."""
        answer = self.read(persona, "timeline", f"/v1/citizens/{citizen}/timeline", purpose=purpose, limit=200)
        return list(reversed(answer.json().get("entries", []))) if answer.is_success else []

    def own_entries(self) -> list[dict[str, Any]]:
        """Returns what Mrs De Vries reads of herself, newest first."""
        answer = self.read("citizen", "timeline", "/v1/citizens/me/timeline", limit=200)
        entries: list[dict[str, Any]] = answer.json().get("entries", []) if answer.is_success else []
        return entries

    def _sent(self, method: str, persona: str, service: str, path: str, **what: Any) -> httpx2.Response:
        """Sends a request as a persona. A service that is away, perhaps being started again, answers 503 here."""
        headers = {"Authorization": f"Bearer {self.stack.token(persona)}"}
        try:
            return self.client.request(method, f"{self.stack.url_of(service)}{path}", headers=headers, **what)
        except httpx2.TransportError:
            return httpx2.Response(httpx2.codes.SERVICE_UNAVAILABLE, json={})

    def _post(self, door: str, path: str, body: Mapping[str, Any], kind: str, again: bool) -> httpx2.Response:
        persona = POSTS_AS[door]
        answer = self.ask(persona, door, path, body)
        said = answer.json()
        if answer.status_code == httpx2.codes.ACCEPTED:
            contacts = tuple(str(each["eventKey"]) for each in said["interactions"])
            keys = contacts or (str(event_key(said["source"], said["id"])),)
            told = Told(said["source"], said["id"], kind, answer.status_code, said["receipt"], keys, again)
        else:
            told = Told("", str(body["id"]), kind, answer.status_code, None, (), again)
        self.history.note(told)
        return answer


def await_value(look: Callable[[], V], is_there: Callable[[V], bool], *, seconds: float = PATIENCE_SECONDS) -> V:
    """Looks until it is there, or the time is up; returns what was seen last."""
    deadline = time.monotonic() + seconds
    while not is_there(seen := look()) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)
    return seen
