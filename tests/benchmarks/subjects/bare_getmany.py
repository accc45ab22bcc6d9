"""The limit of the stream layer: aiokafka's `getmany` in a loop that counts, with the worker's own fetch settings, no group."""

import gc

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers.landing_rows import Told
from event_bus.worker.on_faust import FETCH_BYTES, FETCH_WAIT_MS, MOST_RECORDS_A_FETCH, PARTITION_FETCH_BYTES

told = Told()


async def main() -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=told.broker,
        enable_auto_commit=False,
        max_poll_records=MOST_RECORDS_A_FETCH,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
        fetch_max_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await consumer.start()
    partitions = [TopicPartition(told.topic, each) for each in range(told.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    position = {each: await consumer.position(each) for each in partitions}
    while True:
        fetched = await consumer.getmany(timeout_ms=1000)
        if not fetched:
            continue
        told.begun()
        for each, records in fetched.items():
            assert records[0].offset == position[each], "a record was skipped or came twice"
            position[each] = records[-1].offset + 1
        if told.is_done_after(sum(map(len, fetched.values()))):
            break
    await consumer.stop()


if __name__ == "__main__":
    gc.set_threshold(100_000, 20, 20)
    uvloop.run(main())
