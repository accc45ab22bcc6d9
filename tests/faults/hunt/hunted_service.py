"""A service as it is, with faults between its steps: python hunted_service.py NAME FILE, where FILE may arm one later."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from event_bus.handling import BatchHandler
from event_bus.records import Arrivals, Handled
from faults.fault_steps import ArmedFault, FaultyIngest, FaultyPublisher, FaultyWorker

if TYPE_CHECKING:
    from timeline.domain.landing import Arrived

# A minute by default: too long for a hunt, and long enough for every fault here that a worker must live through.
PATIENCE_WITH_ITSELF_S = 20.0
# So that hands of a hunt, which are small, go in both ways.
LEAST_COPIED = 3


def wrap_timeline(fault: ArmedFault) -> None:
    """Puts the faulty edges in the place of the real ones; the COPY strikes when it is open and nothing is written yet."""
    from timeline.edges.database import knowing, landing, staging  # an adapter's process knows no timeline

    FaultyIngest.fault = FaultyWorker.fault = fault
    FaultyWorker.patience_s = PATIENCE_WITH_ITSELF_S
    connecting = vars(import_module("timeline.main"))
    record: BatchHandler = connecting["record_contacts"]

    async def record_contacts(connection: psycopg.AsyncConnection[Any], batch: Arrivals) -> Handled:
        fault.reached("in_handler")
        return await record(connection, batch)

    connecting.update(PostgresIngest=FaultyIngest, StreamWorker=FaultyWorker, record_contacts=record_contacts)
    names = vars(knowing)
    assert names["entries"] is staging.entries, "it copies its entries by another name: hunt it there"

    def entries(arrivals: "Iterable[Arrived]", landed: Sequence[datetime] | None = None) -> bytes:
        made = staging.entries(arrivals, landed)
        fault.reached("in_copy")
        return made

    names["entries"] = entries
    vars(landing).update(MANY=LEAST_COPIED)


def wrap_adapter(fault: ArmedFault) -> None:
    """An adapter publishes after its journal has the event."""
    FaultyPublisher.fault = fault
    vars(import_module("front_door.app")).update(KafkaPublisher=FaultyPublisher)


if __name__ == "__main__":
    name, armed = sys.argv[1], Path(sys.argv[2])
    (wrap_timeline if name == "timeline" else wrap_adapter)(ArmedFault(armed))
    import_module(f"{name}.main").main()
