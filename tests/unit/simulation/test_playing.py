"""Posting a stretch: in every form, again until it is answered, and told to the letter."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contact_events.identity import event_key
from plein.simulation.history import read_history
from plein.simulation.planned import CONTACT_TYPES, FACT_TYPE, WEB, PlannedPost
from plein.simulation.playing import play, portions, source_of
from plein.simulation.totals import Totals

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
SOURCE = "urn:nld:test:website"


def token(source: Any = SOURCE) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"source": source}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def post(post_id: str, *, alone: bool = False, events: int = 1, kind: str = CONTACT_TYPES[WEB]) -> PlannedPost:
    return PlannedPost(WEB, kind, post_id, AT, {"matter": "aow", "questions": events}, events, alone)


@dataclass
class Door:
    """A door in memory that keeps what it was sent, and may first be in a mood."""

    moods: list[Callable[[], httpx2.Response]] = field(default_factory=list)
    requests: list[httpx2.Request] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if self.moods:
            return self.moods.pop(0)()
        body = json.loads(request.content)
        if isinstance(body, list):
            results = [self._one(each["id"], each["data"], each["type"]) for each in body]
            listed = [
                {"position": place, "httpStatus": status, ("accepted" if status == 202 else "problem"): said}
                for place, (status, said) in enumerate(results)
            ]
            return httpx2.Response(202, json=listed[::-1])
        data = body.get("data", body)
        kind = body.get("type") or request.headers.get("ce-type") or ""
        status, said = self._one(body.get("id") or request.headers["ce-id"], data, kind)
        return httpx2.Response(status, json=said)

    def _one(self, post_id: str, data: Any, kind: str) -> tuple[int, dict[str, Any]]:
        if self.kept.setdefault(post_id, data) != data:
            return 409, {"type": "urn:plein:problem:other-content"}
        ids = [post_id, *(f"{post_id}#{number}" for number in range(2, data["questions"] + 1))]
        keys = [] if kind == FACT_TYPE else [{"eventKey": str(event_key(SOURCE, each))} for each in ids]
        return 202, {"id": post_id, "source": SOURCE, "receipt": f"R-{post_id}", "interactions": keys}


async def played(door: Door, *posts: PlannedPost, history: Path | None = None, **more: Any) -> Totals:
    return await play(posts, {WEB: "http://door"}, {WEB: token()}, history=history, transport=httpx2.MockTransport(door), **more)


async def test_posts_go_in_batches_and_those_that_go_alone_in_all_three_forms() -> None:
    door = Door()

    totals = await played(door, *(post(f"b{n}") for n in range(25)), *(post(f"a{n}", alone=True) for n in range(20)), batch=10)

    assert (totals.posted, totals.accepted, totals.events) == (45, 45, 45)
    forms = {request.headers["Content-Type"] + (" ce" if "ce-id" in request.headers else "") for request in door.requests}
    assert forms == {
        "application/json",
        "application/json ce",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    }
    assert len(door.requests) == 3 + 20


async def test_a_door_that_is_busy_away_or_cut_off_is_asked_again_with_the_same_ids() -> None:
    def cut() -> httpx2.Response:
        raise httpx2.ReadError("cut")

    door = Door(
        moods=[
            lambda: httpx2.Response(429, headers={"Retry-After": "0"}),
            lambda: httpx2.Response(503, headers={"Retry-After": "0"}),
            cut,
        ]
    )

    totals = await played(door, post("1"), post("2"), workers=1)

    assert totals.are_right
    assert (totals.accepted, totals.tries_again) == (2, 3)
    assert len({request.content for request in door.requests}) == 1


async def test_a_door_that_stays_away_is_given_up_on_and_nothing_counts_as_accepted() -> None:
    def cut() -> httpx2.Response:
        raise httpx2.ConnectError("away")

    totals = await played(Door(moods=[cut] * 5), post("1"), patience_seconds=0)

    assert (totals.accepted, totals.undelivered, totals.are_right) == (0, 1, False)


async def test_what_is_sent_again_counts_as_repeated_when_it_gets_its_first_answer() -> None:
    totals = await played(
        Door(), post("1"), post("1").repeated(), post("2", alone=True), post("2", alone=True).repeated(), workers=1
    )

    assert (totals.posted, totals.accepted, totals.repeated, totals.events) == (4, 2, 2, 2)
    assert totals.are_right


async def test_an_id_has_the_same_content_in_every_form() -> None:
    posts = [post(f"{n}", alone=alone) for n in range(12) for alone in (True, False)]

    totals = await played(Door(), *posts, workers=1)

    assert (totals.accepted, totals.repeated, totals.refused) == (12, 12, 0)


async def test_a_second_answer_that_differs_is_seen() -> None:
    moods = [lambda: httpx2.Response(202, json={"receipt": "other", "interactions": []})]
    one = post("2", alone=True)

    totals = await played(Door(moods=moods), one, one.repeated(), workers=1)

    assert (totals.answered_otherwise, totals.are_right) == (1, False)


async def test_a_refusal_is_counted_by_its_kind_and_leaves_the_neighbours() -> None:
    door = Door(kept={"2": "something else"})

    totals = await played(door, post("1"), post("2"), post("3"))

    assert (totals.accepted, totals.refused) == (2, 1)
    assert totals.refusals == {"409 urn:plein:problem:other-content": 1}


async def test_the_history_says_per_id_what_was_told(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "history.jsonl"
    fact = post("f", kind=FACT_TYPE)

    await played(Door(kept={"no": "other"}), post("call", events=3), fact, post("no"), history=file)
    with file.open("a") as lines:
        lines.write('{"cut off')

    told = {each.id: each for each in read_history(file)}
    assert told["call"].event_keys == (
        event_key(SOURCE, "call"),
        event_key(SOURCE, "call#2"),
        event_key(SOURCE, "call#3"),
    )
    assert (told["f"].event_keys, told["f"].is_for_timelines) == ((event_key(SOURCE, "f"),), False)
    assert (told["no"].is_accepted, told["no"].status, told["no"].event_keys) == (False, 409, ())


async def test_progress_is_told_after_every_answer() -> None:
    seen: list[int] = []

    await played(Door(), *(post(str(n)) for n in range(30)), batch=10, on_progress=lambda totals: seen.append(totals.posted))

    assert seen == [10, 20, 30]


def test_one_door_never_waits_in_the_batch_of_another() -> None:
    posts = [post("1"), PlannedPost("counter_adapter", "x", "2", AT, {}), post("3"), post("4", alone=True), post("5")]

    assert [[each.id for each in portion] for portion in portions(posts, 2)] == [["1", "3"], ["4"], ["2"], ["5"]]


@pytest.mark.parametrize("source", [SOURCE, [SOURCE, "urn:other"]])
def test_posts_bear_the_first_source_of_the_token(source: Any) -> None:
    assert source_of(token(source)) == SOURCE


@pytest.mark.parametrize("text", ["", "a.b.c", token(None), token([])])
def test_a_token_without_a_source_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="no source"):
        source_of(text)
