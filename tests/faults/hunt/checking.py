"""The checker: what senders were told against what timelines show. Pure; it believes the history and nothing else."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from faults.hunt.history import Line, Planted, Told

NAMED = 5


class ShownEntry(NamedTuple):
    """One entry as a timeline shows it."""

    key: UUID
    occurred_at: datetime


# Per citizen, newest first, as a reader sees it.
Timelines = Mapping[UUID, Sequence[ShownEntry]]


class ShownParked(NamedTuple):
    """One event that stands among the parked."""

    digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, by the key of the event, or the digest of one that was planted to be parked."""

    lost: frozenset[str] = frozenset()
    duplicated: frozenset[str] = frozenset()
    phantom: frozenset[str] = frozenset()
    out_of_place: frozenset[str] = frozenset()

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.duplicated or self.phantom or self.out_of_place)

    @property
    def sentence(self) -> str:
        """The counts, and a few of each that is wrong."""
        parts = []
        for name in ("lost", "duplicated", "phantom", "out_of_place"):
            found = sorted(getattr(self, name))
            named = f" ({', '.join(found[:NAMED])}{', …' if len(found) > NAMED else ''})" if found else ""
            parts.append(f"{name.replace('_', ' ')} {len(found)}{named}")
        return ", ".join(parts)

    def and_also(self, other: "Findings") -> "Findings":
        return Findings(
            self.lost | other.lost,
            self.duplicated | other.duplicated,
            self.phantom | other.phantom,
            self.out_of_place | other.out_of_place,
        )


def check(history: Iterable[Line], timelines: Timelines, parked: Iterable[ShownParked] = ()) -> Findings:
    """Compares whole timelines with everything that was told.

    Lost: accepted and not shown, or planted and not parked for its reason. Duplicated: shown or parked more than once.
    Phantom: shown though never sent, or refused for good. Out of place: under another citizen, at another moment, or
    not where `(occurred_at, key)` puts it.
    """
    lines = list(history)
    told = [line for line in lines if isinstance(line, Told)]
    shown = Counter(entry.key for entries in timelines.values() for entry in entries)
    accepted = {line.key for line in told if line.is_accepted}
    known = {line.key for line in told if line.may_arrive}
    return Findings(
        lost=_texts(accepted - shown.keys()),
        duplicated=_texts(key for key, times in shown.items() if times > 1),
        phantom=_texts(shown.keys() - known),
        out_of_place=_texts(_out_of_place(told, timelines)),
    ).and_also(_check_parked([line for line in lines if isinstance(line, Planted)], list(parked)))


def check_sample(history: Iterable[Line], timelines: Timelines) -> Findings:
    """Compares the timelines of some citizens: what was told about others is left out."""
    about_them = [line for line in history if isinstance(line, Told) and line.citizen in timelines]
    return check(about_them, timelines)


def _check_parked(planted: Sequence[Planted], parked: Sequence[ShownParked]) -> Findings:
    times = Counter(each.digest for each in parked)
    reasons = {each.digest: each.reason for each in parked}
    return Findings(
        lost=frozenset(each.digest for each in planted if reasons.get(each.digest) != each.reason),
        duplicated=frozenset(digest for digest, count in times.items() if count > 1),
        phantom=frozenset(times.keys() - {each.digest for each in planted}),
    )


def _out_of_place(told: Iterable[Told], timelines: Timelines) -> Iterable[UUID]:
    meant = {line.key: line for line in told}
    for citizen, entries in timelines.items():
        for entry in entries:
            line = meant.get(entry.key)
            if line is not None and (line.citizen != citizen or line.occurred_at != entry.occurred_at):
                yield entry.key
        in_order = sorted(entries, key=lambda entry: (entry.occurred_at, entry.key), reverse=True)
        yield from (one.key for one, other in zip(entries, in_order, strict=True) if one.key != other.key)


def _texts(keys: Iterable[UUID]) -> frozenset[str]:
    return frozenset(str(key) for key in keys)
