"""`plein topics`: makes the topics of the catalogue, and who may use them."""

from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from event_bus.provision import provision
from plein.access_rules import access_rules, apply_access_rules
from plein.commands.broker_settings import broker_settings
from plein.local.ports import CannotStart
from plein.topics import topic_specs


def topics(
    with_access_rules: Annotated[
        bool, typer.Option("--access-rules", help="also make the broker's access rules those of the catalogue, and no others")
    ] = False,
) -> None:
    """Make the topics of the catalogue, each with its parked topic, and show them. May be run again."""
    settings = broker_settings()
    specs = topic_specs()
    console = Console()
    try:
        provision(settings, specs)
        if with_access_rules:
            added, removed = apply_access_rules(settings, access_rules())
            console.print(f"access rules: {added} added, {removed} removed")
    except KafkaError as fault:
        raise CannotStart(
            f"The broker at {settings.broker_servers} refused ({type(fault).__name__}): "
            "is it running, may this user make topics and rules, and does it have an authorizer?"
        ) from None
    table = Table("topic", "partitions", "kept")
    for spec in specs:
        table.add_row(spec.name, str(spec.partitions), f"{spec.kept_ms // 86_400_000} days")
    console.print(table)
