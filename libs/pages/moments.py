"""Moments and numbers as people read them, in the language of the request and the time of the Netherlands."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta

from pages.texts import language

HERE = ZoneInfo("Europe/Amsterdam")
_DATE = "EEEE d MMMM y"
_SHORT = "EEE d MMM y"
_THIS_YEAR = "EEE d MMM"


def moment_of(value: datetime | str) -> datetime:
    """Returns a moment here; one that came as a text may have any offset."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(HERE)


def day(value: datetime | date | str, now: datetime) -> str:
    """Returns a day in few words: today, yesterday, tomorrow, or the date with its weekday; the year where it is another one."""
    when = value if isinstance(value, date) and not isinstance(value, datetime) else moment_of(value).date()
    words = {0: ("vandaag", "today"), -1: ("gisteren", "yesterday"), 1: ("morgen", "tomorrow")}
    near = words.get((when - now.astimezone(HERE).date()).days)
    if near:
        return near[language() == "en"]
    return format_date(when, _THIS_YEAR if when.year == now.astimezone(HERE).year else _SHORT, locale=language())


def short_day(value: datetime | str) -> str:
    return format_date(moment_of(value).date(), _SHORT, locale=language())


def clock(value: datetime | str) -> str:
    """Returns the time of day, on the 24-hour clock in both languages."""
    return format_time(moment_of(value), "HH:mm", locale=language())


def moment(value: datetime | str) -> str:
    """Returns a date with its weekday, and the time."""
    return format_datetime(moment_of(value), f"{_DATE} HH:mm", locale=language())


def month(first: date) -> str:
    """Returns the month of a day, and its year."""
    return format_date(first, "LLLL y", locale=language())


def machine(value: datetime | str) -> str:
    """Returns a moment for the `datetime` of a `time` element."""
    return moment_of(value).isoformat(timespec="seconds")


def ago(value: datetime | str, now: datetime) -> str:
    """Returns how long ago in words, or in how long."""
    return format_timedelta(moment_of(value) - now, add_direction=True, locale=language())


def lasted(start: datetime | str, end: datetime | str) -> str:
    """Returns how long something took, in whole minutes, at least one."""
    minutes = max(1, round((moment_of(end) - moment_of(start)) / timedelta(minutes=1)))
    return format_timedelta(timedelta(minutes=minutes), granularity="minute", threshold=60, locale=language())
