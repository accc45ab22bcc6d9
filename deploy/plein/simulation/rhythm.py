"""When people make contact: opening hours, the week, holidays and the hours of the day, per channel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import holidays

from contact_events.channels import Channel

LOCAL = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How busy a channel is: its share of a normal week, per weekday (Monday first) and per hour from `opens`.

    `on_holidays` is what is left of a day on a public holiday.
    """

    share: float
    weekdays: tuple[float, ...]
    opens: int
    hours: tuple[float, ...]
    on_holidays: float = 0.0

    def weight(self, day: date) -> float:
        return self.weekdays[day.weekday()] * (self.on_holidays if day in _public_holidays(day.year) else 1.0)

    def moment(self, day: date, dice: Random) -> datetime:
        """Returns a moment of this day, in UTC, to the second."""
        [hour] = dice.choices(range(len(self.hours)), self.hours)
        local = datetime.combine(day, time(self.opens + hour, dice.randrange(60), dice.randrange(60)), LOCAL)
        return local.astimezone(UTC)


RHYTHMS: dict[Channel, Rhythm] = {
    # The website never closes; evenings and Sundays are busy.
    Channel.WEB: Rhythm(
        share=0.40,
        weekdays=(1.2, 1.1, 1.0, 1.0, 0.9, 0.6, 0.8),
        opens=0,
        hours=(1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 9, 8, 7, 7, 7, 6, 6, 6, 7, 9, 10, 9, 6, 3),
        on_holidays=0.6,
    ),
    # The contact centre: 8 to 17, Thursday until 20; Monday morning is the peak.
    Channel.PHONE: Rhythm(share=0.38, weekdays=(1.5, 1.1, 1.0, 1.0, 0.8, 0, 0), opens=8, hours=(7, 12, 13, 11, 7, 9, 9, 8, 5)),
    # The counter: 9 to 17.
    Channel.COUNTER: Rhythm(share=0.17, weekdays=(1.1, 1.0, 1.0, 1.4, 0.9, 0, 0), opens=9, hours=(9, 12, 12, 8, 9, 10, 9, 6)),
    # Clubs post when their volunteers meet.
    Channel.INTERMEDIARY: Rhythm(share=0.05, weekdays=(0.6, 1.4, 0.8, 1.6, 0.7, 0.3, 0), opens=10, hours=(8, 10, 6, 3, 9, 9, 5)),
}


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))


def days_until(until: datetime, events: int, events_per_day: float) -> tuple[date, ...]:
    """Returns the last days before `until` that a town needs for so many events; at least a week, weekends included."""
    last = until.astimezone(LOCAL).date() - timedelta(days=1)
    count = max(7, round(events / events_per_day * 7 / 5))
    return tuple(last - timedelta(days=back) for back in range(count - 1, -1, -1))


def shares(days: tuple[date, ...], events: int) -> Iterator[tuple[date, Channel, int]]:
    """Yields how many events of a channel a day has; together exactly `events`."""
    cells = [(day, channel, rhythm.share * rhythm.weight(day)) for day in days for channel, rhythm in RHYTHMS.items()]
    total = sum(weight for _, _, weight in cells)
    reached, given = 0.0, 0
    for day, channel, weight in cells:
        reached += weight
        count = round(events * reached / total) - given
        given += count
        if count:
            yield day, channel, count
