"""Who looked, as it is read: looks at the same thing, by one person for one purpose within an hour, are one line that counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

TOGETHER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks that read as one: the newest of them as the access log has it, how many there were, and when the first was."""

    newest: Mapping[str, Any]
    times: int
    since: str


def together(lines: Iterable[Mapping[str, Any]]) -> list[Looks]:
    """Returns the lines of an access log, newest first, with those that follow each other and say the same put together."""
    found: list[Looks] = []
    for line in lines:
        if found and _same(found[-1].newest, line):
            found[-1] = replace(found[-1], times=found[-1].times + 1, since=line["seenAt"])
        else:
            found.append(Looks(line, 1, line["seenAt"]))
    return found


def _same(newest: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    said = ({name: value for name, value in each.items() if name != "seenAt"} for each in (newest, line))
    return next(said) == next(said) and _moment(newest) - _moment(line) < TOGETHER


def _moment(line: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(line["seenAt"])
