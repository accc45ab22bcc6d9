"""The municipality's policy: which channels it has, when, for what. Read from a file it owns (see policy_file)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from channel_router.domain.facts import ChannelHealth

AddressKind = Literal["phone", "email", "postal", "account", "mandate"]
ADDRESS_KINDS: tuple[AddressKind, ...] = ("phone", "email", "postal", "account", "mandate")
# The last step of every choice. It is no channel of the policy: it is always there.
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from `start` until `until`, local time, on one weekday (ISO: 1 is Monday)."""

    weekday: int
    start: time
    until: time


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRules:
    """One channel of the municipality. `hours` None means always open, holidays included."""

    name: str
    address: AddressKind
    hours: tuple[Hours, ...] | None
    arrives_after_working_days: int
    wait: timedelta
    person: bool
    confidential: bool
    quick: bool
    disturbs: bool


@dataclass(frozen=True, slots=True)
class LegalForm:
    """The channel a form of the law needs, and the channels that count as it for a citizen who asked for them."""

    channel: str
    when_wished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactBudget:
    outreaches: int
    period: timedelta
    not_for_results: frozenset[str]


@dataclass(frozen=True, slots=True)
class AddressRules:
    """How long an address stays good without being used or verified again."""

    claimed_for: timedelta
    verified_for: timedelta
    account_for: timedelta
    refused_for: timedelta


@dataclass(frozen=True, slots=True)
class HistoryRules:
    look_back: timedelta
    tries_without_answer: int


@dataclass(frozen=True, slots=True)
class AilingRules:
    window: timedelta
    at_least: int
    failed_share: float

    def is_ailing(self, health: ChannelHealth | None) -> bool:
        return health is not None and health.tried >= self.at_least and health.failed >= self.failed_share * health.tried


@dataclass(frozen=True, slots=True)
class Need:
    """How much conversation is needed, in words. `conversation`: nothing but the channels of its row will do."""

    nl: str
    en: str
    conversation: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    nl: str
    en: str


@dataclass(frozen=True, eq=False)
class Policy:
    """The policy under one version. `matrix` is by (need, result); `otherwise` serves requests it does not name."""

    version: str
    zone: ZoneInfo
    holidays_country: str
    closed_days: frozenset[date]
    written_languages: frozenset[str]
    look_ahead: timedelta
    office_hours: tuple[Hours, ...]
    channels: Mapping[str, ChannelRules]
    budget: ContactBudget
    addresses: AddressRules
    history: HistoryRules
    ailing: AilingRules
    legal_forms: Mapping[str, LegalForm]
    needs: Mapping[str, Need]
    results: Mapping[str, Result]
    matrix: Mapping[tuple[str, str], tuple[str, ...]]
    otherwise: tuple[str, ...]
    _holidays: dict[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def person_rules(self) -> ChannelRules:
        """The last step as if it were a channel: an employee takes it over during office hours."""
        return ChannelRules(
            name=PERSON,
            address="mandate",
            hours=self.office_hours,
            arrives_after_working_days=0,
            wait=timedelta(0),
            person=True,
            confidential=True,
            quick=True,
            disturbs=False,
        )

    @cached_property
    def unknown_form(self) -> LegalForm:
        """A form the law asks and the policy does not know gets the strictest treatment: what `written` needs, wish or not."""
        return LegalForm(self.legal_forms["written"].channel)

    def row(self, need: str, result: str) -> tuple[tuple[str, ...], bool]:
        """Returns the channels of a cell in order, and whether the policy names the cell."""
        named = self.matrix.get((need, result))
        return (self.otherwise, False) if named is None else (named, True)

    def is_holiday(self, day: date) -> bool:
        """Says whether a day is a public holiday or one of the municipality's own closed days."""
        if day in self.closed_days:
            return True
        if day.year not in self._holidays:
            self._holidays[day.year] = frozenset(holidays.country_holidays(self.holidays_country, years=day.year))
        return day in self._holidays[day.year]

    def is_working_day(self, day: date) -> bool:
        return day.isoweekday() <= 5 and not self.is_holiday(day)
