"""The load: real events of a town's contacts, the same ones for the same seed, as a topic would hold them."""

import hashlib
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from contact_events.citizen_ref import CitizenRef
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.interactions import InteractionRecorded
from contact_events.words import CitizenReference

BEGUN = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
BETWEEN = timedelta(seconds=1)
LATEST_NOTE = timedelta(days=21)
# A repeat is sent again soon after, and an adapter's journal would know it anyway after that.
REMEMBERED = 5_000
SOURCES = tuple(f"urn:nld:oin:00000001823288444000:systeem:{name}" for name in ("web", "telefoon", "balie", "post"))
CHANNELS = ("web", "phone", "counter", "letter")
MATTERS = ("aow", "belasting", "paspoort", "afval", "parkeren", "wmo", "verhuizing")
ASKED = (
    "Wil weten wanneer de aanvraag wordt behandeld.",
    "Begrijpt de laatste alinea van de brief niet.",
    "De afspraak moet naar een ochtend.",
    "Vraagt of betalen in termijnen kan.",
    "Geeft het nieuwe adres door.",
)
ANSWERED = (
    "Uitgelegd hoe lang het duurt; er ontbreekt niets.",
    "De brief samen doorgenomen.",
    "Verzet naar dinsdag 9.40 uur.",
    "Aangevraagd, antwoord binnen tien dagen.",
)


@dataclass(frozen=True, slots=True)
class LoadShape:
    """How the events are spread: a few citizens have most contacts, some events come twice, some long after they happened."""

    events: int
    citizens: int
    exponent: float = 1.05
    repeats: float = 0.02
    out_of_order: float = 0.05
    seed: int = 2026


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record as it arrives; `is_repeat` when the same event came before."""

    citizen: CitizenRef
    event_id: UUID
    occurred_at: datetime
    logged_at: datetime
    channel: str
    matter: str
    value: bytes
    is_repeat: bool = False


class ZipfSampler:
    """Draws 0, 1, 2 … `count` - 1, each the less often the higher, by Zipf's law."""

    def __init__(self, count: int, exponent: float, seed: int) -> None:
        self._numbers = range(count)
        self._weights = list(accumulate((number + 1) ** -exponent for number in self._numbers))
        self._random = random.Random(seed)

    def draw(self, count: int) -> list[int]:
        return self._random.choices(self._numbers, cum_weights=self._weights, k=count)


def arrivals(shape: LoadShape) -> Iterator[Arrival]:
    """Yields the events in the order in which they arrive."""
    chance = random.Random(shape.seed)
    sampler = ZipfSampler(shape.citizens, shape.exponent, shape.seed + 1)
    citizens = [_citizen(shape.seed, number) for number in range(shape.citizens)]
    lately: deque[Arrival] = deque(maxlen=REMEMBERED)
    drawn: list[int] = []
    for number in range(shape.events):
        if lately and chance.random() < shape.repeats:
            before = lately[chance.randrange(len(lately))]
            yield Arrival(
                before.citizen,
                before.event_id,
                before.occurred_at,
                before.logged_at,
                before.channel,
                before.matter,
                before.value,
                is_repeat=True,
            )
            continue
        drawn = drawn or sampler.draw(10_000)
        arrival = _arrival(shape, number, citizens[drawn.pop()], chance)
        lately.append(arrival)
        yield arrival


def _arrival(shape: LoadShape, number: int, citizen: CitizenReference, chance: random.Random) -> Arrival:
    logged_at = BEGUN + number * BETWEEN
    late = LATEST_NOTE * chance.random() if chance.random() < shape.out_of_order else timedelta(seconds=chance.randrange(90))
    kind = chance.randrange(4)
    data = InteractionRecorded(
        citizen=citizen,
        channel=CHANNELS[kind],
        direction="inbound",
        matter=MATTERS[chance.randrange(len(MATTERS))],
        occurred_at=logged_at - late,
        recorded_at=logged_at,
        summary=ASKED[chance.randrange(len(ASKED))],
        answer=ANSWERED[chance.randrange(len(ANSWERED))] if kind == 1 else None,
        reached=True if kind == 1 else None,
        logged_by=f"mw-k{chance.randrange(400)}" if kind == 1 else None,
    )
    event = Event(
        id=f"contact-{shape.seed}-{number}.1",
        source=SOURCES[kind],
        logged_at=logged_at,
        data=data,
        content_digest=hashlib.sha256(b"%d %d" % (shape.seed, number)).digest()[:16],
    )
    return Arrival(event.citizen, event.key, data.occurred_at, logged_at, data.channel, data.matter, write_event(event))


def _citizen(seed: int, number: int) -> CitizenReference:
    ref = CitizenRef(hashlib.sha256(b"citizen %d %d" % (seed, number)).digest()[:16], 1)
    return CitizenReference(ref=ref.text, kind="bsn", assurance="substantial")
