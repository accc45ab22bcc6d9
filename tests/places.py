"""Where something of a citizen could be: the records of topics and the rows of tables, for whoever searches them."""

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from contact_events.topics import broker_topics
from event_bus.broker_view import BrokerView
from event_bus.settings import BrokerSettings


async def records_of_topics(address: str) -> dict[str, str | bytes]:
    """Returns every record of every topic, key, headers and value, by topic and partition.

    In the partitions there are: an embedded broker that came back has fewer when a publisher was there first.
    """
    view = BrokerView(BrokerSettings(broker_servers=address))
    there = await view.partitions(topic.name for topic in broker_topics())
    view.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
    await consumer.start()
    found: dict[str, bytearray] = {}
    try:
        partitions = [TopicPartition(each.topic, each.partition) for each in there]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for each, records in (await consumer.getmany(timeout_ms=500)).items():
                place = found.setdefault(f"{each.topic}/{each.partition}", bytearray())
                for record in records:
                    told = [record.key, record.value, *(value for _, value in record.headers)]
                    place.extend(b"\n".join(part or b"" for part in told))
    finally:
        await consumer.stop()
    return {place: bytes(content) for place, content in found.items()}


def rows_of_tables(databases: dict[str, str]) -> dict[str, str | bytes]:
    """Returns every row of every table of every service, as text with bytes decoded."""
    found: dict[str, str | bytes] = {}
    for service, url in databases.items():
        with psycopg.connect(url) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (service,)).fetchall()
            for (name,) in names:
                with connection.cursor().copy(f'COPY (SELECT * FROM "{service}"."{name}") TO STDOUT (FORMAT binary)') as rows:
                    found[f"{service}.{name}"] = b"".join(bytes(row) for row in rows)
    return found
