"""A service as it is, with faults between its steps: python hunted_service.py NAME FILE, where FILE may arm one later."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from faults.fault_steps import ArmedFault, FaultyIngest, FaultyPublisher, FaultyWorker


def wrap_timeline(fault: ArmedFault) -> None:
    """Puts the faulty edges in the place of the real ones; the COPY strikes when it is open and nothing is written yet."""
    FaultyIngest.fault = FaultyWorker.fault = fault
    vars(import_module("timeline.main")).update(PostgresIngest=FaultyIngest, StreamWorker=FaultyWorker)
    landing = vars(import_module("timeline.edges.database.landing"))
    real_copy_bytes = landing["copy_bytes"]

    def copy_bytes(arrivals: Any) -> Any:
        made = real_copy_bytes(arrivals)
        fault.reached("in_copy")
        return made

    landing["copy_bytes"] = copy_bytes


def wrap_adapter(fault: ArmedFault) -> None:
    """An adapter publishes after its journal has the event."""
    FaultyPublisher.fault = fault
    vars(import_module("front_door.app")).update(KafkaPublisher=FaultyPublisher)


if __name__ == "__main__":
    name, armed = sys.argv[1], Path(sys.argv[2])
    (wrap_timeline if name == "timeline" else wrap_adapter)(ArmedFault(armed))
    import_module(f"{name}.main").main()
