"""One request to a door, tried again with the same ids until it is answered."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

import httpx2

from plein.simulation.bodies import moment
from plein.simulation.planned import PlannedPost

_PUT_OFF = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 10.0
_CLOUDEVENT = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said about one post: the status, and the body where it is one. Status 0: it never answered."""

    post: PlannedPost
    status: int
    said: Mapping[str, Any]


class Door:
    """One door, as one principal. `tries_again` counts the requests that had to be repeated."""

    def __init__(self, client: httpx2.AsyncClient, address: str, token: str, source: str, patience_seconds: float) -> None:
        self.source = source
        self.tries_again = 0
        self._client = client
        self._address = address.rstrip("/")
        self._token = token
        self._patience = patience_seconds
        self._dice = Random()  # noqa: S311  # spreads the pauses of many workers

    async def send(self, posts: Sequence[PlannedPost]) -> list[Answer]:
        """Sends one post in a form of its own, or several as a batch, and returns an answer for each."""
        if len(posts) > 1 or not posts[0].alone:
            return await self._send_batch(posts)
        [post] = posts
        path, headers, content = self._single(post)
        response = await self._tried(path, headers, content)
        return [Answer(post, response.status_code, _json(response)) if response is not None else Answer(post, 0, {})]

    async def _send_batch(self, posts: Sequence[PlannedPost]) -> list[Answer]:
        envelopes = [self._envelope(post) | {"data": _data(post)} for post in posts]
        response = await self._tried("/v1/interactions", {"Content-Type": _BATCH}, envelopes)
        if response is None or response.status_code != 202:
            status, said = (0, {}) if response is None else (response.status_code, _json(response))
            return [Answer(post, status, said) for post in posts]
        results = {result["position"]: result for result in response.json()}
        return [
            Answer(post, result["httpStatus"], result.get("accepted") or result.get("problem") or {})
            for place, post in enumerate(posts)
            for result in [results[place]]
        ]

    def _single(self, post: PlannedPost) -> tuple[str, dict[str, str], Any]:
        """Plain, structured or binary: each post has one of them, for ever."""
        match crc32(post.id.encode()) % 3:
            case 0:
                return post.path, {"Content-Type": "application/json"}, _data(post)
            case 1:
                return post.path, {"Content-Type": _CLOUDEVENT}, self._envelope(post) | {"data": _data(post)}
            case _:
                attributes = {
                    f"ce-{name}": str(value) for name, value in self._envelope(post).items() if name != "datacontenttype"
                }
                return post.path, {"Content-Type": "application/json", **attributes}, _data(post)

    def _envelope(self, post: PlannedPost) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": post.id,
            "source": self.source,
            "type": post.type,
            "time": moment(post.written_at),
            "datacontenttype": "application/json",
        }

    async def _tried(self, path: str, headers: Mapping[str, str], content: Any) -> httpx2.Response | None:
        """Returns the answer that stands; None when patience ran out."""
        started, pause = time.monotonic(), 0.2
        while True:
            waited: float | None = None
            try:
                sent = {**headers, "Authorization": f"Bearer {self._token}"}
                response = await self._client.post(self._address + path, headers=sent, json=content)
                if response.status_code not in _PUT_OFF:
                    return response
                waited = _seconds(response.headers.get("Retry-After"))
            except httpx2.TransportError:
                waited = None
            if time.monotonic() - started > self._patience:
                return None
            self.tries_again += 1
            await asyncio.sleep(waited if waited is not None else pause * self._dice.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST_PAUSE)


def _data(post: PlannedPost) -> dict[str, Any]:
    return {"id": post.id, **post.body}


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None


def _json(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
