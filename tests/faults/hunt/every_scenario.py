"""Every scenario, in the order in which a hunt plays them: a module registers its own when it is imported."""

from faults.hunt import (
    adapter_scenarios,
    anything_scenarios,
    broker_scenarios,
    database_scenarios,
    event_scenarios,
    load_scenarios,
    memory_scenarios,
    poison_scenarios,
    room_scenarios,
    stock_faust,
    upgrade_scenarios,
    worker_scenarios,
)
from faults.hunt.scenario import SCENARIOS, Scenario

_IN_ORDER = (
    stock_faust,
    anything_scenarios,
    worker_scenarios,
    database_scenarios,
    broker_scenarios,
    adapter_scenarios,
    poison_scenarios,
    event_scenarios,
    room_scenarios,
    upgrade_scenarios,
    load_scenarios,
    memory_scenarios,
)
ALL: dict[str, Scenario] = {
    name: each for module in _IN_ORDER for name, each in SCENARIOS.items() if each.play.__module__ == module.__name__
}
