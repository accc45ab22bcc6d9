"""Posts a stretch of contacts through the doors: several at a time, each until it is answered, and notes every answer."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx2

from contact_events.identity import event_key
from plein.simulation.history import History, Told
from plein.simulation.planned import PlannedPost
from plein.simulation.sending import Answer, Door
from plein.simulation.totals import Totals

BATCH = 100
WORKERS = 8
PATIENCE_SECONDS = 300.0
OnProgress = Callable[[Totals], None]


async def play(
    posts: Iterable[PlannedPost],
    addresses: Mapping[str, str],
    tokens: Mapping[str, str],
    *,
    on_progress: OnProgress = lambda _: None,
    history: Path | None = None,
    rate: float | None = None,
    workers: int = WORKERS,
    batch: int = BATCH,
    patience_seconds: float = PATIENCE_SECONDS,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> Totals:
    """Posts everything and returns what became of it. `addresses` and `tokens` are by the door's service name.

    `rate` is the most events per second. The history says per id what was told; lines are added to it.
    """
    totals, noted = Totals(), History(history)
    limits = httpx2.Limits(max_connections=workers, max_keepalive_connections=workers)
    client = httpx2.AsyncClient(limits=limits, timeout=30, transport=transport)
    doors = {
        name: Door(client, addresses[name], token, source_of(token), patience_seconds)
        for name, token in tokens.items()
        if name in addresses
    }
    ledger = _Ledger(totals, noted, doors, on_progress)
    waiting: asyncio.Queue[list[PlannedPost] | None] = asyncio.Queue(maxsize=workers * 2)

    async def work() -> None:
        while (portion := await waiting.get()) is not None:
            ledger.note(await doors[portion[0].door].send(portion))

    async def feed() -> None:
        pace = _Pace(rate)
        for portion in portions(posts, batch):
            await pace.wait(sum(post.events for post in portion))
            await waiting.put(portion)
        for _ in range(workers):
            await waiting.put(None)

    try:
        async with client, asyncio.TaskGroup() as group:
            group.create_task(feed())
            for _ in range(workers):
                group.create_task(work())
    finally:
        noted.close()
    totals.tries_again = sum(door.tries_again for door in doors.values())
    return totals


def portions(posts: Iterable[PlannedPost], batch: int) -> Iterator[list[PlannedPost]]:
    """Yields what goes into one request: a post that goes alone, or up to `batch` of one door."""
    gathered: dict[str, list[PlannedPost]] = {}
    for post in posts:
        if post.alone:
            yield [post]
            continue
        portion = gathered.setdefault(post.door, [])
        portion.append(post)
        if len(portion) >= batch:
            yield gathered.pop(post.door)
    yield from gathered.values()


def source_of(token: str) -> str:
    """Returns the first source that a token names; the door checks it, this only reads it. Raises ValueError."""
    claims = None
    with suppress(ValueError, IndexError):
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    source = claims.get("source") if isinstance(claims, dict) else None
    if isinstance(source, list):
        source = next(iter(source), None)
    if not isinstance(source, str):
        raise ValueError("this token names no source to post as")  # noqa: TRY004  # it is the value that is wrong
    return source


class _Ledger:
    """Counts and notes answers; sees whether a repeat gets its first answer again."""

    def __init__(self, totals: Totals, history: History, doors: Mapping[str, Door], on_progress: OnProgress) -> None:
        self._totals = totals
        self._history = history
        self._doors = doors
        self._on_progress = on_progress
        self._first: dict[tuple[str, str], Mapping[str, object]] = {}

    def note(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._note(answer)
        self._totals.tries_again = sum(door.tries_again for door in self._doors.values())
        self._on_progress(self._totals)

    def _note(self, answer: Answer) -> None:
        post, totals = answer.post, self._totals
        source = self._doors[post.door].source
        totals.posted += 1
        keys: tuple[str, ...] = ()
        if answer.status == 202:
            first = self._first.setdefault((source, post.id), answer.said)
            totals.answered_otherwise += first != answer.said
            keys = _promised(source, post, answer)
            if first is answer.said:
                totals.accepted += 1
                totals.events += len(keys)
            else:
                totals.repeated += 1
        elif answer.status == 0:
            totals.undelivered += 1
        else:
            totals.refused += 1
            kind = f"{answer.status} {answer.said.get('type', '')}".strip()
            totals.refusals[kind] = totals.refusals.get(kind, 0) + 1
        receipt = answer.said.get("receipt")
        self._history.note(Told(source, post.id, post.type, answer.status, receipt, keys, post.again))


def _promised(source: str, post: PlannedPost, answer: Answer) -> tuple[str, ...]:
    """Returns the keys of the events that came of an accepted post: its contacts, or the one fact or amendment."""
    contacts = tuple(str(each["eventKey"]) for each in answer.said.get("interactions", ()))
    return contacts or (str(event_key(source, post.id)),)


class _Pace:
    """Lets so many events a second through, without saving up for a burst."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._next = time.monotonic()

    async def wait(self, events: int) -> None:
        if self._rate is None:
            return
        now = time.monotonic()
        self._next = max(self._next, now)
        await asyncio.sleep(self._next - now)
        self._next += events / self._rate
