"""`plein lag`: how far each reader is behind."""

from kafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from event_bus.provision import lags
from plein.commands.broker_settings import broker_settings
from plein.local.ports import CannotStart
from plein.topics import readers


def lag() -> None:
    """Show how many events each reader still has to read, per topic, as it last told the broker."""
    settings = broker_settings()
    try:
        found = lags(settings, readers())
    except KafkaError as fault:
        raise CannotStart(
            f"The broker at {settings.broker_servers} did not say ({type(fault).__name__}): is it running?"
        ) from None
    table = Table("reader", "topic", "waiting")
    for reader, waiting in found.items():
        for topic in sorted({partition.topic for partition in waiting}):
            behind = sum(count for partition, count in waiting.items() if partition.topic == topic)
            table.add_row(reader, topic, str(behind))
    Console().print(table)
