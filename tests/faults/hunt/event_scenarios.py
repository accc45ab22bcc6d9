"""Nothing breaks, but the events themselves are odd: repeats at another door, any order, a year late, clocks that are wrong."""

import re

import httpx2

from faults.hunt.scenario import Ground, scenario

_REPEATED = re.compile(r'^events_repeated_total\{[^}]*topic="interactions"[^}]*\} (\d+)', re.MULTILINE)


@scenario("repeats-any-order-late-and-wrong-clocks", small=True)
def repeats_any_order_late_and_wrong_clocks(ground: Ground) -> None:
    """The same events at several doors, in any order, a year late and from clocks ten minutes off give one timeline."""
    ground.burst(40)
    ground.town.settled()
    assert repeats_seen(ground) > 0, "no repeat came as far as the timeline: this scenario shows nothing"


def repeats_seen(ground: Ground) -> int:
    """Returns how many repeats the running workers have recognised."""
    pages = [httpx2.get(f"{worker.url}/metrics", timeout=5, trust_env=False).text for worker in ground.town.workers]
    return sum(int(float(found)) for page in pages for found in _REPEATED.findall(page))
