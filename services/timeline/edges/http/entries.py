"""How an entry is shown: its words now, and every earlier word with who changed it, when and why."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import Field

from contact_events.identity import receipt_of
from contact_events.interactions import InteractionRecorded
from contact_events.matters import Matters
from contact_events.outreach import ChannelChosen, DeliveryReported
from contact_events.words import CallBack
from timeline.domain.cursor import cursor_of
from timeline.domain.entries import Correction, Entry, Words
from timeline.edges.http.shown import Moment, PurposeShown, ReferenceShown, Shown, SourceShown, Word


class CallBackShown(Shown, frozen=True, kw_only=True):
    """A promise to phone: before when, who owns it, what was asked, and when it was kept."""

    before: Moment
    owner: str | None = None
    asked: str | None = None
    kept_at: Moment | None = None

    @classmethod
    def of(cls, promise: CallBack) -> Self:
        return cls(before=promise.before, owner=promise.owner, asked=promise.asked, kept_at=promise.kept_at)


class WordsShown(Shown, frozen=True, kw_only=True):
    """The words of an entry at one moment."""

    matter: Word
    occurred_at: Moment
    summary: str | None = None
    answer: str | None = None
    language: str | None = None
    reached: bool | None = None
    confidential: bool
    related_case: str | None = None
    call_back: CallBackShown | None = None

    @classmethod
    def of(cls, words: Words, matters: Matters) -> Self:
        return cls(**_words(words, matters))


class CorrectionShown(Shown, frozen=True, kw_only=True):
    """One change. Without `earlier`, the words before it lie outside the purpose."""

    earlier: WordsShown | None = None
    reason: str
    corrected_by: str
    recorded_at: Moment

    @classmethod
    def of(cls, correction: Correction, matters: Matters) -> Self:
        return cls(
            earlier=WordsShown.of(correction.earlier, matters) if correction.earlier else None,
            reason=correction.reason,
            corrected_by=correction.corrected_by,
            recorded_at=correction.recorded_at,
        )


class WithdrawalShown(Shown, frozen=True, kw_only=True):
    """The entry should not have been here."""

    reason: str
    withdrawn_by: str
    recorded_at: Moment


class OnBehalfShown(Shown, frozen=True, kw_only=True):
    """Who acted for the citizen, and on which ground."""

    organisation: str
    organisation_name: str
    mandate_id: str | None = None
    consent_text: str | None = None


class StepShown(Shown, frozen=True, kw_only=True):
    """A channel that was skipped, or that comes next, and why."""

    channel: Word
    reason: str
    not_before: Moment | None = None


class ChoiceShown(Shown, frozen=True, kw_only=True):
    """How we decided to reach the citizen, and why."""

    request: str
    reasons: list[str]
    sentence: dict[str, str]
    needs_person: bool
    not_before: Moment
    send_before: Moment | None = None
    skipped: list[StepShown]
    next_steps: list[StepShown]


class DeliveryShown(Shown, frozen=True, kw_only=True):
    """How a sending went."""

    request: str
    outcome: str
    reason: str | None = None


class EntryShown(WordsShown, frozen=True, kw_only=True):
    """One entry of the timeline."""

    id: str
    receipt: str
    kind: Annotated[str, Field(description="interaction, channel_choice or delivery")]
    citizen: ReferenceShown
    assurance: str
    channel: Word
    direction: str
    source: str
    recorded_at: Moment
    kept_at: Annotated[Moment, Field(description="when this timeline kept it; `asOf` goes by this")]
    changed_at: Moment
    ended_at: Moment | None = None
    logged_by: str | None = None
    heading: str | None = None
    on_behalf: OnBehalfShown | None = None
    represented_by: ReferenceShown | None = None
    conversation: str | None = None
    details: dict[str, str]
    choice: ChoiceShown | None = None
    delivery: DeliveryShown | None = None
    corrections: list[CorrectionShown]
    withdrawn: WithdrawalShown | None = None


class TimelineShown(Shown, frozen=True, kw_only=True):
    """A page of a timeline, newest first. `next` is the cursor of the following page."""

    citizen: str
    references: list[str]
    purpose: PurposeShown
    as_of: Moment | None = None
    entries: list[EntryShown]
    next: str | None = None
    perhaps_also: Annotated[
        list[ReferenceShown],
        Field(description="weak references seen with this person, for somebody to confirm; never joined by themselves"),
    ]
    sources: Annotated[list[SourceShown], Field(description="sources that are late or silent: what may be missing here")]


class EntriesFound(Shown, frozen=True, kw_only=True):
    """The entries a receipt number stands for; one, but for a coincidence."""

    receipt: str
    entries: list[EntryShown]


def entry_shown(entry: Entry, matters: Matters) -> EntryShown:
    """Returns an entry as it is shown."""
    key, event, data, withdrawn = entry.key, entry.event, entry.event.data, entry.withdrawn
    return EntryShown(
        **_words(entry.words, matters),
        **_kind(data, matters),
        id=str(key),
        receipt=receipt_of(key),
        citizen=ReferenceShown(citizen=data.citizen.ref, kind=data.citizen.kind),
        assurance=data.citizen.assurance,
        channel=Word.of_channel(entry.channel),
        source=event.source,
        kept_at=entry.landed_at,
        changed_at=entry.changed_at,
        corrections=[CorrectionShown.of(correction, matters) for correction in entry.corrections],
        withdrawn=WithdrawalShown(reason=withdrawn.reason, withdrawn_by=withdrawn.withdrawn_by, recorded_at=withdrawn.recorded_at)
        if withdrawn
        else None,
    )


def _words(words: Words, matters: Matters) -> dict[str, Any]:
    return {
        "matter": Word.of_matter(words.matter, matters),
        "occurred_at": words.occurred_at,
        "summary": words.summary,
        "answer": words.answer,
        "language": words.language,
        "reached": words.reached,
        "confidential": words.confidential,
        "related_case": words.related_case,
        "call_back": CallBackShown.of(words.call_back) if words.call_back else None,
    }


def entries_shown(entries: Iterable[Entry], matters: Matters) -> list[EntryShown]:
    return [entry_shown(entry, matters) for entry in entries]


def next_cursor(position: Any) -> str | None:
    return None if position is None else cursor_of(position)


def _kind(data: InteractionRecorded | ChannelChosen | DeliveryReported, matters: Matters) -> dict[str, Any]:
    match data:
        case InteractionRecorded():
            return {"kind": "interaction"} | _interaction(data)
        case ChannelChosen():
            return {
                "kind": "channel_choice",
                "direction": "outbound",
                "details": {},
                "recorded_at": data.chosen_at,
                "choice": _choice(data),
            }
        case DeliveryReported():
            shown = DeliveryShown(request=str(data.request.key), outcome=data.outcome, reason=data.reason)
            return {
                "kind": "delivery",
                "direction": "outbound",
                "details": {},
                "recorded_at": data.occurred_at,
                "delivery": shown,
            }


def _interaction(data: InteractionRecorded) -> dict[str, Any]:
    behalf, person = data.on_behalf, data.represented_by
    return {
        "direction": data.direction,
        "recorded_at": data.recorded_at,
        "ended_at": data.ended_at,
        "logged_by": data.logged_by,
        "conversation": data.conversation,
        "details": data.details,
        "heading": data.heading,
        "represented_by": ReferenceShown(citizen=person.ref, kind=person.kind) if person else None,
        "on_behalf": OnBehalfShown(
            organisation=behalf.organisation,
            organisation_name=behalf.organisation_name,
            mandate_id=behalf.mandate_id,
            consent_text=behalf.consent_text,
        )
        if behalf
        else None,
    }


def _choice(data: ChannelChosen) -> ChoiceShown:
    return ChoiceShown(
        request=str(data.request.key),
        reasons=list(data.reasons),
        sentence=data.sentence,
        needs_person=data.needs_person,
        not_before=data.not_before,
        send_before=data.send_before,
        skipped=[StepShown(channel=Word.of_channel(step.channel), reason=step.reason) for step in data.skipped],
        next_steps=[
            StepShown(channel=Word.of_channel(step.channel), reason=step.reason, not_before=step.not_before)
            for step in data.next_steps
        ],
    )
