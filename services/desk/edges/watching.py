"""How every service is, as it says itself: ready or not, and the figures of its metrics that an operator looks at first."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
from prometheus_client.parser import text_string_to_metric_families

ANSWER_SECONDS = 3.0
# What an operator looks at first, by the name of the metric; a label's values are added up.
LAG, PARKED, JOURNAL, OUTGOING = "stream_lag", "events_parked", "journal_waiting", "outgoing_waiting"
_LOOKED_AT = frozenset({LAG, PARKED, JOURNAL, OUTGOING})
_SAMPLES = frozenset({LAG, f"{PARKED}_total", JOURNAL, OUTGOING})


@dataclass(frozen=True, slots=True)
class Watched:
    """One service. `figures` has what it counts; a door has no lag, and only a door has a journal."""

    name: str
    answers: bool
    ready: bool = False
    not_ready: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)
    parked: Mapping[str, int] = field(default_factory=dict)


class Watching:
    """Asks all services at once, each with a limit on the waiting."""

    def __init__(self, addresses: Mapping[str, str], transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._addresses = addresses
        self._http = httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, transport=transport)

    async def all(self) -> list[Watched]:
        return list(await asyncio.gather(*(self._one(name, address) for name, address in self._addresses.items())))

    async def close(self) -> None:
        await self._http.aclose()

    async def _one(self, name: str, address: str) -> Watched:
        try:
            health = await self._http.get(f"{address}/v1/health/ready")
            metrics = await self._http.get(f"{address}/metrics")
            said = health.json()
            parts = [(str(part["name"]), bool(part["ready"])) for part in said["parts"]]
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return Watched(name, answers=False)
        figures, parked = figures_in(metrics.text)
        not_ready = tuple(part for part, is_ready in parts if not is_ready)
        return Watched(name, answers=True, ready=bool(said["ready"]), not_ready=not_ready, figures=figures, parked=parked)


def figures_in(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Returns the figures of a page of metrics, and what was parked by reason. Raises ValueError for what is no such page."""
    figures: dict[str, int] = {}
    parked: dict[str, int] = defaultdict(int)
    for family in text_string_to_metric_families(text):
        if family.name not in _LOOKED_AT:
            continue
        for sample in family.samples:
            if sample.name in _SAMPLES:
                figures[family.name] = figures.get(family.name, 0) + int(sample.value)
                if family.name == PARKED and sample.value:
                    parked[sample.labels["reason"]] += int(sample.value)
    return figures, dict(parked)
