"""Senders: threads that post batches at the adapters as a website would, note each answer, and send again what got none."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx2

from contact_events.citizen_ref import RefKind
from contact_events.identity import event_key
from faults.hunt.events import Generator, Planned
from faults.hunt.history import ACCEPTED, NO_ANSWER, Told
from faults.hunt.hunted_process import HuntedProcess, InVain
from faults.hunt.town import HuntedTown
from plein.local.personas import MUNICIPALITY

SOURCE = f"{MUNICIPALITY}:systeem:website"
TYPE = "nl.plein.web-form.submitted.v1"
ANSWER_S = 6.0
PAUSE_AFTER_NO_S = 0.2
PATIENCE_S = 60.0


@dataclass
class Post:
    """The way to the doors: posts a batch at one of them and notes what it was told."""

    town: HuntedTown
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=ANSWER_S, trust_env=False))

    def __post_init__(self) -> None:
        self._token = self.town.token("web")

    def send(self, planned: Sequence[Planned], adapter: HuntedProcess) -> list[Told]:
        """Returns what was told, each line on the disk already."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/cloudevents-batch+json"}
        try:
            answer = self.client.post(
                f"{adapter.url}/v1/interactions", json=[_envelope(each) for each in planned], headers=headers
            )
            statuses = _statuses(answer, len(planned))
        except httpx2.HTTPError:
            statuses = [NO_ANSWER] * len(planned)
        told = [self._told(each, status) for each, status in zip(planned, statuses, strict=True)]
        self.town.history.note(told)
        return told

    def _told(self, planned: Planned, status: int) -> Told:
        citizen = self.town.pseudonyms.ref(RefKind.BSN, planned.bsn).uuid
        key = event_key(SOURCE, planned.id)
        return Told(SOURCE, planned.id, key, citizen, planned.occurred_at, status, datetime.now(UTC))


class Senders:
    """A block in which events keep coming. At its end everything that was sent has been accepted, or the patience is over."""

    def __init__(
        self, town: HuntedTown, generator: Generator, *, threads: int = 2, batch: int = 25, pause_s: float = 0.05
    ) -> None:
        self._town = town
        self._generator = generator
        self._batch = batch
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._dice = Random()  # which door is not part of what a seed repeats: threads race anyway
        self._ending = threading.Event()
        self._over = threading.Event()
        self._fault: Exception | None = None
        self._threads = [threading.Thread(target=self._live, name=f"hunt-sender-{n}", daemon=True) for n in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        if kind is not None:
            self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        still_waiting = any(thread.is_alive() for thread in self._threads)
        self._over.set()
        for thread in self._threads:
            thread.join()
        if kind is None and self._fault is not None:
            raise self._fault
        if kind is None and still_waiting:
            raise InVain(f"no adapter accepted what was sent within {PATIENCE_S:.0f} s")

    def _live(self) -> None:
        try:
            post = Post(self._town)
            while not self._ending.is_set():
                self._until_accepted(post, self._next())
                self._ending.wait(self._pause_s)
        except Exception as fault:  # told to whoever ends the block
            self._fault = fault

    def _next(self) -> list[Planned]:
        with self._lock:
            return self._generator.batch(self._batch)

    def _until_accepted(self, post: Post, planned: list[Planned]) -> None:
        """Sends again what was not accepted, to whichever adapter, as senders do: the id is the same."""
        while planned and not self._over.is_set():
            adapter = self._dice.choice(self._town.adapters)
            told = post.send(planned, adapter)
            refused = [line for line in told if not line.may_arrive]
            if refused:
                raise InVain(f"a door refused an event of the generator with {refused[0].status}")
            planned = [each for each, line in zip(planned, told, strict=True) if line.status != ACCEPTED]
            if planned:
                self._over.wait(PAUSE_AFTER_NO_S)


def _statuses(answer: httpx2.Response, count: int) -> list[int]:
    if answer.status_code != httpx2.codes.ACCEPTED:
        return [answer.status_code] * count
    results = {int(result["position"]): int(result["httpStatus"]) for result in answer.json()}
    return [results[position] for position in range(count)]


def _envelope(planned: Planned) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": planned.id,
        "source": SOURCE,
        "type": TYPE,
        "time": planned.logged_at.isoformat(),
        "data": dict(planned.body),
    }
