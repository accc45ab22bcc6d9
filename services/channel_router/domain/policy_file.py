"""Reads the policy file, and says every fault in it in one clear sentence, all at once."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

import holidays
import pydantic

from channel_router.domain.policy import (
    PERSON,
    AddressRules,
    AilingRules,
    ChannelRules,
    ContactBudget,
    HistoryRules,
    Hours,
    LegalForm,
    Need,
    Policy,
    Result,
)
from channel_router.domain.policy_faults import shape_faults
from channel_router.domain.policy_tables import ChannelTable, PolicyTables

K = TypeVar("K")
V = TypeVar("V")


class BadPolicy(ValueError):
    """The policy file cannot be used. `faults` has a sentence each; the message is all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The policy file cannot be used: " + " ".join(faults))
        self.faults = tuple(faults)


def read_policy(text: str) -> Policy:
    """Returns the policy in a TOML text. Raises BadPolicy with a sentence for each fault."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadPolicy([f"It is not TOML: {fault}."]) from None
    try:
        file = PolicyTables.model_validate(tables)
    except pydantic.ValidationError as refused:
        raise BadPolicy(shape_faults(refused)) from None
    faults = [*_words_that_do_not_match(file)]
    office = file.office_hours.hours("office_hours", faults)
    channels = {name: _rules(name, table, office, faults) for name, table in file.channels.items()}
    if faults:
        raise BadPolicy(faults)
    return Policy(
        version=file.version,
        zone=ZoneInfo(file.time_zone),
        holidays_country=file.public_holidays,
        closed_days=frozenset(file.closed_days),
        written_languages=frozenset(file.written_languages),
        look_ahead=timedelta(days=file.look_ahead_days),
        office_hours=office,
        channels=MappingProxyType(channels),
        budget=ContactBudget(
            file.contact_budget.outreaches,
            timedelta(days=file.contact_budget.days),
            frozenset(file.contact_budget.not_for_results),
        ),
        addresses=AddressRules(
            timedelta(days=file.addresses.claimed_for_days),
            timedelta(days=file.addresses.verified_for_days),
            timedelta(days=file.addresses.account_for_days),
            timedelta(days=file.addresses.refused_for_days),
        ),
        history=HistoryRules(timedelta(days=file.history.look_back_days), file.history.tries_without_answer),
        ailing=AilingRules(timedelta(minutes=file.ailing.minutes), file.ailing.at_least, file.ailing.failed_share),
        legal_forms=_frozen({name: LegalForm(form.channel, form.when_wished) for name, form in file.legal_forms.items()}),
        needs=_frozen({name: Need(need.nl, need.en, need.conversation) for name, need in file.needs.items()}),
        results=_frozen({name: Result(result.nl, result.en) for name, result in file.results.items()}),
        matrix=_frozen({(need, result): file.matrix[need][result] for need in file.needs for result in file.results}),
        otherwise=file.matrix["otherwise"]["any"],
    )


def _frozen(values: dict[K, V]) -> Mapping[K, V]:
    return MappingProxyType(values)


def _rules(name: str, table: ChannelTable, office: tuple[Hours, ...], faults: list[str]) -> ChannelRules:
    match table.open:
        case "always":
            hours = None
        case "office_hours":
            hours = office
        case week:
            hours = week.hours(f"channels.{name}.open", faults)
    return ChannelRules(
        name=name,
        address=table.address,
        hours=hours,
        arrives_after_working_days=table.arrives_after_working_days,
        wait=timedelta(hours=table.wait_hours),
        person=table.person,
        confidential=table.confidential,
        quick=table.quick,
        disturbs=table.disturbs,
    )


def _words_that_do_not_match(file: PolicyTables) -> list[str]:
    faults = []
    if file.time_zone not in available_timezones():
        faults.append('`time_zone` is no known time zone: write, for example, "Europe/Amsterdam".')
    if file.public_holidays not in holidays.list_supported_countries():
        faults.append('`public_holidays` is no known country: write, for example, "NL".')
    if PERSON in file.channels:
        faults.append(f"Take out `channels.{PERSON}`: a person is always the last step and is no channel of the policy.")
    if "written" not in file.legal_forms:
        faults.append("Add `[legal_forms.written]`: it says what to do when the law asks a message in writing.")
    if "none" in file.legal_forms:
        faults.append("Take out `[legal_forms.none]`: it means that the law asks no form.")
    for name, form in file.legal_forms.items():
        faults += _unknown_channels(f"legal_forms.{name}", (form.channel, *form.when_wished), file)
    faults += [
        f"`contact_budget.not_for_results` names `{name}`, which is not under `[results]`."
        for name in file.contact_budget.not_for_results
        if name not in file.results
    ]
    return faults + _matrix_faults(file)


def _matrix_faults(file: PolicyTables) -> list[str]:
    faults = []
    for need in file.needs:
        row = file.matrix.get(need, {})
        faults += [f"The matrix has no cell for `{need}` and `{result}`." for result in file.results if result not in row]
        faults += [
            f"`matrix.{need}` names `{result}`, which is not under `[results]`." for result in row if result not in file.results
        ]
    faults += [
        f"`matrix.{need}` is not under `[needs]`." for need in file.matrix if need != "otherwise" and need not in file.needs
    ]
    if set(file.matrix.get("otherwise", {})) != {"any"}:
        faults.append("Add `[matrix.otherwise]` with `any = [...]`: it serves requests the matrix does not name.")
    for need, row in file.matrix.items():
        for result, channels in row.items():
            where = f"matrix.{need}.{result}"
            faults += _unknown_channels(where, channels, file)
            if not channels:
                faults.append(f"`{where}` names no channel.")
            if len(set(channels)) != len(channels):
                faults.append(f"`{where}` names a channel twice.")
    return faults


def _unknown_channels(where: str, channels: tuple[str, ...], file: PolicyTables) -> list[str]:
    return [f"`{where}` names `{name}`, which is not under `[channels]`." for name in channels if name not in file.channels]
