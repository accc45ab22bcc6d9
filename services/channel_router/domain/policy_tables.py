"""The shape of the policy file, table by table."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from channel_router.domain.policy import AddressKind, Hours

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _clock(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValueError('write a time as "08:30"') from None
    return text


Clock = Annotated[str, AfterValidator(_clock)]
Days = Annotated[int, Field(ge=0, le=3650)]
Span = Annotated[int, Field(ge=1, le=3650)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeekTable(Table):
    monday: tuple[Clock, Clock] | None = None
    tuesday: tuple[Clock, Clock] | None = None
    wednesday: tuple[Clock, Clock] | None = None
    thursday: tuple[Clock, Clock] | None = None
    friday: tuple[Clock, Clock] | None = None
    saturday: tuple[Clock, Clock] | None = None
    sunday: tuple[Clock, Clock] | None = None

    def hours(self, where: str, faults: list[str]) -> tuple[Hours, ...]:
        found = []
        for weekday, name in enumerate(_WEEKDAYS, start=1):
            span = getattr(self, name)
            if span is None:
                continue
            start, until = (time.fromisoformat(clock) for clock in span)
            if start >= until:
                faults.append(f"In `{where}`, {name} must open before it closes.")
            found.append(Hours(weekday, start, until))
        if not found:
            faults.append(f"`{where}` names no day, so it is never open.")
        return tuple(found)


class ChannelTable(Table):
    address: AddressKind
    open: Literal["always", "office_hours"] | WeekTable
    arrives_after_working_days: Annotated[int, Field(ge=0, le=30)]
    wait_hours: Annotated[int, Field(ge=1, le=2000)]
    person: bool
    confidential: bool
    quick: bool
    disturbs: bool


class BudgetTable(Table):
    outreaches: Annotated[int, Field(ge=1, le=1000)]
    days: Span
    not_for_results: tuple[str, ...] = ()


class AddressTable(Table):
    claimed_for_days: Days
    verified_for_days: Days
    account_for_days: Days
    refused_for_days: Days


class HistoryTable(Table):
    look_back_days: Span
    tries_without_answer: Annotated[int, Field(ge=1, le=100)]


class AilingTable(Table):
    minutes: Annotated[int, Field(ge=1, le=1440)]
    at_least: Annotated[int, Field(ge=1)]
    failed_share: Annotated[float, Field(gt=0, le=1)]


class LegalFormTable(Table):
    channel: str
    when_wished: tuple[str, ...] = ()


class NeedTable(Table):
    nl: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    conversation: bool = False


class ResultTable(Table):
    nl: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class PolicyTables(Table):
    version: Annotated[str, Field(min_length=1, max_length=200)]
    time_zone: str
    public_holidays: str
    closed_days: tuple[date, ...] = ()
    written_languages: tuple[Annotated[str, Field(pattern="^[a-z]{3}$")], ...]
    look_ahead_days: Annotated[int, Field(ge=1, le=90)]
    office_hours: WeekTable
    channels: dict[str, ChannelTable]
    contact_budget: BudgetTable
    addresses: AddressTable
    history: HistoryTable
    ailing: AilingTable
    legal_forms: dict[str, LegalFormTable]
    needs: dict[str, NeedTable]
    results: dict[str, ResultTable]
    matrix: dict[str, dict[str, tuple[str, ...]]]
