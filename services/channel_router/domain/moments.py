"""When a channel may be used: opening hours, public holidays, quiet hours; and when what is sent arrives."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from channel_router.domain.policy import ChannelRules, Policy
from contact_events.facts import QuietHours

# Post is delivered during the day; by this hour it has come.
_POST_HAS_COME = time(18, 0)
_MIDNIGHT = time(0, 0)


@lru_cache(maxsize=8192)
def first_moment(rules: ChannelRules, quiet: tuple[QuietHours, ...], after: datetime, policy: Policy) -> datetime | None:
    """Returns the first moment from `after` on when a channel is open and the citizen may be disturbed, in UTC.

    None means that there is none within the policy's `look_ahead`.
    """
    start = after.astimezone(UTC)
    felt = quiet if rules.disturbs else ()
    if may_use(rules, felt, start, policy):
        return start
    first_day = start.astimezone(policy.zone).date()
    for offset in range(policy.look_ahead.days + 1):
        day = first_day + timedelta(days=offset)
        for clock in _turning_points(rules, felt, day):
            moment = datetime.combine(day, clock, policy.zone).astimezone(UTC)
            if moment > start and may_use(rules, felt, moment, policy):
                return moment
    return None


def may_use(rules: ChannelRules, quiet: tuple[QuietHours, ...], moment: datetime, policy: Policy) -> bool:
    """Says whether a channel is open at a moment and no quiet hours hold."""
    local = moment.astimezone(policy.zone)
    return _is_open(rules, local, policy) and not is_quiet(quiet, local)


def is_quiet(quiet: tuple[QuietHours, ...], local: datetime) -> bool:
    """Says whether a local moment falls in quiet hours. Hours that pass midnight belong to the day they start on."""
    weekday = local.isoweekday()
    day_before = 7 if weekday == 1 else weekday - 1
    clock = f"{local.hour:02}:{local.minute:02}"
    for hours in quiet:
        if hours.start < hours.until:
            if weekday in hours.days and hours.start <= clock < hours.until:
                return True
        elif (weekday in hours.days and clock >= hours.start) or (day_before in hours.days and clock < hours.until):
            return True
    return False


@lru_cache(maxsize=8192)
def arrives(rules: ChannelRules, sent_at: datetime, policy: Policy) -> datetime:
    """Returns when something sent at a moment has surely arrived, in UTC."""
    if rules.arrives_after_working_days == 0:
        return sent_at
    day = sent_at.astimezone(policy.zone).date()
    for _ in range(rules.arrives_after_working_days):
        day = _next_working_day(day, policy)
    return datetime.combine(day, _POST_HAS_COME, policy.zone).astimezone(UTC)


@lru_cache(maxsize=8192)
def send_before(rules: ChannelRules, term: datetime, policy: Policy) -> datetime:
    """Returns the moment before which something must be sent to arrive within the term, in UTC."""
    if rules.arrives_after_working_days == 0:
        return term.astimezone(UTC)
    day = term.astimezone(policy.zone).date()
    while arrives(rules, datetime.combine(day, _MIDNIGHT, policy.zone), policy) > term:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), _MIDNIGHT, policy.zone).astimezone(UTC)


def _is_open(rules: ChannelRules, local: datetime, policy: Policy) -> bool:
    if rules.hours is None:
        return True
    weekday, clock = local.isoweekday(), local.time()
    if not any(hours.weekday == weekday and hours.start <= clock < hours.until for hours in rules.hours):
        return False
    return not policy.is_holiday(local.date())


def _turning_points(rules: ChannelRules, quiet: tuple[QuietHours, ...], day: date) -> list[time]:
    """Returns the clock times at which a closed or quiet moment can turn into a good one."""
    points = {time.fromisoformat(hours.until) for hours in quiet} | {_MIDNIGHT}
    points.update(hours.start for hours in rules.hours or () if hours.weekday == day.isoweekday())
    return sorted(points)


def _next_working_day(day: date, policy: Policy) -> date:
    day += timedelta(days=1)
    while not policy.is_working_day(day):
        day += timedelta(days=1)
    return day
