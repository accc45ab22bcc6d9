"""arroyo (sentry-arroyo): batch, write, commit offsets, as steps of one strategy, as its documentation shows."""

import psycopg
from arroyo import Partition, Topic
from arroyo.backends.kafka import KafkaConsumer, KafkaPayload
from arroyo.backends.kafka.configuration import build_kafka_consumer_configuration
from arroyo.commit import ONCE_PER_SECOND
from arroyo.processing import StreamProcessor
from arroyo.processing.strategies import CommitOffsets, ProcessingStrategy, ProcessingStrategyFactory, RunTask
from arroyo.processing.strategies.batching import BatchStep, ValuesBatch
from arroyo.types import Commit, Message

from benchmarks.peers.landing_rows import Told, write

told = Told()
connection = psycopg.connect(told.database, autocommit=True)


def keep(message: Message[ValuesBatch[KafkaPayload]]) -> None:
    told.begun()
    write(connection, told, [each.payload.value for each in message.payload])
    if told.is_done_after(len(message.payload)):
        processor.signal_shutdown()


class Landing(ProcessingStrategyFactory[KafkaPayload]):  # type: ignore[misc]  # the peers have an environment of their own
    def create_with_partitions(self, commit: Commit, partitions: dict[Partition, int]) -> ProcessingStrategy[KafkaPayload]:
        return BatchStep(told.batch, 0.5, RunTask(keep, CommitOffsets(commit)))


consumer = KafkaConsumer(
    build_kafka_consumer_configuration(
        {}, bootstrap_servers=[told.broker], group_id=told.group, auto_offset_reset="earliest", queued_min_messages=100_000
    )
)
processor = StreamProcessor(consumer, Topic(told.topic), Landing(), ONCE_PER_SECOND)
processor.run()
