"""Faults between the steps of the real ingest, worker and publisher: nothing of it enters production code."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from event_bus.ingest import KeeperAway, PostgresIngest
from event_bus.publisher import KafkaPublisher
from event_bus.records import Batch, Handled, TopicPartition, ToSay
from event_bus.worker import StreamWorker
from event_bus.worker.life import STALLED_AFTER_S


class Fault:
    """Strikes once, when the chosen step is reached for the chosen time; "fail" strikes every time from then on."""

    def __init__(self, step: str | None, at: int, how: str) -> None:
        self._step = step
        self._left = at
        self._how = how
        self.hangs = False

    def reached(self, step: str) -> None:
        if step != self._step:
            return
        self._left -= 1
        if self._left == 0:
            self._strike()

    def _strike(self) -> None:
        match self._how:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "freeze":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "hang":
                self.hangs = True
            case "fail":
                self._left = 1
                raise RuntimeError("this version cannot do it")
            case "lose_answer":
                raise KeeperAway("the answer to the commit was lost")


class ArmedFault(Fault):
    """Strikes as a file says that may appear while the process runs; it is taken away when it is read."""

    def __init__(self, file: Path) -> None:
        super().__init__(None, 0, "kill")
        self._file = file

    def reached(self, step: str) -> None:
        if self._file.exists():
            told = json.loads(self._file.read_text())
            self._file.unlink()
            self._step, self._left, self._how = told["step"], told["at"], told["how"]
        super().reached(step)


class FaultyIngest(PostgresIngest):
    """The real ingest with a fault between its steps."""

    fault: Fault

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        self.fault.reached("before_write")
        if self.fault.hangs:
            await asyncio.Event().wait()
        handled = await super().take(log_id, batches)
        self.fault.reached("after_commit")
        return handled

    async def _move(self, *arguments: Any) -> None:
        self.fault.reached("before_position")
        await super()._move(*arguments)


class FaultyWorker(StreamWorker):
    """The real worker with a fault before it tells Kafka where it stands, and little patience with itself."""

    fault: Fault
    patience_s = STALLED_AFTER_S

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{"stalled_after_s": self.patience_s, **named})

    async def tell(self, positions: Mapping[TopicPartition, int]) -> None:
        if positions:
            self.fault.reached("before_kafka_commit")
        await super().tell(positions)


class FaultyPublisher(KafkaPublisher):
    """The real publisher with a fault before the broker hears and after it answered."""

    fault: Fault

    async def publish(self, events: Sequence[ToSay]) -> None:
        self.fault.reached("before_publish")
        await super().publish(events)
        self.fault.reached("after_publish")
