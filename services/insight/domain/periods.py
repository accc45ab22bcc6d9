"""Whole months only: two periods that overlap by a day would show by subtraction what happened on that day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Amsterdam")
MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is over, in the time of the Netherlands."""

    year: int
    month: int

    @property
    def text(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(0), HERE).astimezone(UTC)

    @property
    def end(self) -> datetime:
        return self.next.start

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def before(self) -> "Month":
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)


def months_over(now: datetime) -> tuple[Month, ...]:
    """Returns the months that are over, the newest first."""
    here = now.astimezone(HERE)
    found = [Month(here.year, here.month).before]
    while len(found) < MOST_MONTHS:
        found.append(found[-1].before)
    return tuple(found)


def month_named(text: str | None, now: datetime) -> Month:
    """Returns the month of that name; the newest that is over where there is no such month."""
    over = months_over(now)
    return next((month for month in over if month.text == text), over[0])
