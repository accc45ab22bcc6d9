"""Plein's stream worker with nothing behind it: counts the records of every batch, and looks that none is skipped or doubled."""

import gc
from collections.abc import Mapping, Sequence

import uvloop

from benchmarks.peers.landing_rows import Told
from event_bus.records import Batch, Handled, TopicPartition
from event_bus.settings import BrokerSettings
from event_bus.worker import StreamWorker

told = Told()


class CountingIngest:
    """Keeps nothing; see event_bus.ingest.Ingest."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}

    async def positions(self, log_id: str, begins: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        self._next = dict(begins)
        return begins

    async def places(self, log_id: str, sources: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {source: self._next[source] for source in sources}

    async def take(self, log_id: str, batches: Sequence[Batch]) -> Mapping[str, Handled]:
        told.begun()
        counted = 0
        for batch in batches:
            assert batch.first_offset == self._next[batch.source], "a record was skipped or came twice"
            assert batch.next_offset - batch.first_offset == len(batch.records), "a record is missing in a batch"
            self._next[batch.source] = batch.next_offset
            counted += len(batch.records)
        told.is_done_after(counted)
        return {batch.topic: Handled(kept=counted) for batch in batches}


async def main() -> None:
    settings = BrokerSettings(broker_servers=told.broker, broker_durable=told.durable, broker_session_timeout_s=6)
    worker = StreamWorker(settings, told.group, [told.topic], CountingIngest())
    await worker.start()
    await worker.ended()


if __name__ == "__main__":
    gc.set_threshold(100_000, 20, 20)  # as the timeline has it
    uvloop.run(main())
