"""One entry of a timeline: the words it was kept with, the words now, and who changed them, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event
from contact_events.interactions import CorrectedFields, InteractionCorrected, InteractionRecorded, InteractionWithdrawn
from contact_events.outreach import ChannelChosen, DeliveryReported
from contact_events.words import CallBack

EntryData = InteractionRecorded | ChannelChosen | DeliveryReported
AmendmentData = InteractionCorrected | InteractionWithdrawn
ENTRY_CLASSES = (InteractionRecorded, ChannelChosen, DeliveryReported)
AMENDMENT_CLASSES = (InteractionCorrected, InteractionWithdrawn)

Position = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Words:
    """What a correction can put right."""

    matter: str
    occurred_at: datetime
    confidential: bool = False
    summary: str | None = None
    answer: str | None = None
    language: str | None = None
    reached: bool | None = None
    related_case: str | None = None
    call_back: CallBack | None = None

    @classmethod
    def of(cls, data: EntryData) -> Self:
        match data:
            case InteractionRecorded():
                return cls(
                    matter=data.matter,
                    occurred_at=data.occurred_at,
                    confidential=data.confidential,
                    summary=data.summary,
                    answer=data.answer,
                    language=data.language,
                    reached=data.reached,
                    related_case=data.related_case,
                    call_back=data.call_back,
                )
            case ChannelChosen():
                return cls(matter=data.matter, occurred_at=data.chosen_at, confidential=data.confidential, language=data.language)
            case DeliveryReported():
                return cls(matter=data.matter, occurred_at=data.occurred_at)

    def corrected(self, fields: CorrectedFields) -> Self:
        """Returns the words after a correction; a field that is not given stays."""
        given = {name: value for name, value in msgspec.structs.asdict(fields).items() if value is not None}
        return replace(self, **given)


@dataclass(frozen=True, slots=True)
class Correction:
    """One change. `earlier` is None when the purpose may not see the words before it."""

    key: UUID
    earlier: Words | None
    now: Words
    reason: str
    corrected_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The entry should not have been here; it stays, struck through."""

    key: UUID
    reason: str
    withdrawn_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction or withdrawal as kept. `landed_at` is when this timeline kept it."""

    event: Event[Any]
    landed_at: datetime

    @property
    def target(self) -> UUID:
        data: AmendmentData = self.event.data
        return data.corrects.key if isinstance(data, InteractionCorrected) else data.withdraws.key

    @property
    def order(self) -> Position:
        return self.event.data.recorded_at, self.event.key


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, assembled: the event as it came, and its words after every amendment in order of when each was recorded."""

    event: Event[Any]
    landed_at: datetime
    changed_at: datetime
    words: Words
    corrections: tuple[Correction, ...] = ()
    withdrawn: Withdrawal | None = None

    @classmethod
    def assembled(cls, event: Event[Any], landed_at: datetime, amendments: Iterable[Amendment] = ()) -> Self:
        """Returns the entry. The order in which amendments arrived does not matter, nor do repeats of one."""
        words = Words.of(event.data)
        corrections: list[Correction] = []
        withdrawals: list[Withdrawal] = []
        changed_at = landed_at
        by_key = {amendment.event.key: amendment for amendment in amendments}
        for amendment in sorted(by_key.values(), key=lambda amendment: amendment.order):
            changed_at = max(changed_at, amendment.landed_at)
            data: AmendmentData = amendment.event.data
            if isinstance(data, InteractionCorrected):
                now = words.corrected(data.corrected)
                corrections.append(Correction(amendment.event.key, words, now, data.reason, data.corrected_by, data.recorded_at))
                words = now
            else:
                withdrawals.append(Withdrawal(amendment.event.key, data.reason, data.withdrawn_by, data.recorded_at))
        return cls(
            event=event,
            landed_at=landed_at,
            changed_at=changed_at,
            words=words,
            corrections=tuple(corrections),
            withdrawn=withdrawals[0] if withdrawals else None,
        )

    @property
    def key(self) -> UUID:
        return self.event.key

    @property
    def citizen(self) -> CitizenRef:
        return self.event.citizen

    @property
    def channel(self) -> str:
        channel: str = self.event.data.channel
        return channel

    @property
    def position(self) -> Position:
        return self.words.occurred_at, self.key
