"""confluent-kafka with COPY: `consume` a batch, land it, commit the offsets, as its documentation shows for at least once."""

import psycopg
from confluent_kafka import Consumer, KafkaException

from benchmarks.peers.landing_rows import Told, write

told = Told()
consumer = Consumer(
    {
        "bootstrap.servers": told.broker,
        "group.id": told.group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([told.topic])
with psycopg.connect(told.database, autocommit=True) as connection:
    while True:
        messages = consumer.consume(num_messages=told.batch, timeout=0.2)
        if not messages:
            continue
        told.begun()
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
        write(connection, told, [message.value() for message in messages])
        consumer.commit(asynchronous=False)
        if told.is_done_after(len(messages)):
            break
consumer.close()
