"""Load, decide, keep, say: what the router does with events. Nothing here commits, publishes or raises for bad content."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from channel_router.domain.choice import ChannelChoice
from channel_router.domain.facts import CitizenFacts
from channel_router.domain.learned import learned
from channel_router.domain.looking import ROUTER_SOURCE, Looking
from channel_router.domain.policy import PERSON, Policy
from channel_router.domain.preference import preferred_channel
from channel_router.ports import AccessLog, Facts, KeptChoice, Windows
from contact_events.envelope import Event
from contact_events.facts import CitizenErased
from contact_events.outreach import ChannelChosen, NextStep, OutreachRequested, SkippedChannel
from contact_events.purposes import Purpose


class Ignored(StrEnum):
    """Why an event was left aside; not a fault."""

    NOTHING_TO_LEARN = "nothing_to_learn"
    CITIZEN_ERASED = "citizen_erased"


class Parked(StrEnum):
    """Why an event cannot be processed."""

    OTHER_CONTENT = "same_id_other_content"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a number of events. `parked` are places in what was given."""

    kept: int = 0
    repeated: int = 0
    ignored: Mapping[Ignored, int] = field(default_factory=dict)
    parked: Mapping[int, Parked] = field(default_factory=dict)
    say: Sequence[Event[ChannelChosen]] = ()


def windows_of(policy: Policy) -> Windows:
    return Windows(outreaches=policy.budget.period, health=policy.ailing.window)


async def keep_facts(facts: Facts, events: Sequence[Event[Any]]) -> Done:
    """Keeps what a choice may need of these events."""
    rows = [row for row in map(learned, events) if row is not None]
    await facts.take_turn(erasing=any(isinstance(row.body, CitizenErased) for row in rows))
    kept = await facts.learn(rows)
    ignored = {Ignored.NOTHING_TO_LEARN: len(events) - len(rows), Ignored.CITIZEN_ERASED: kept.erased}
    return Done(kept.kept, kept.repeated, {reason: count for reason, count in ignored.items() if count})


async def choose_channels(facts: Facts, requests: Sequence[Event[OutreachRequested]], policy: Policy, now: datetime) -> Done:
    """Chooses for each request, keeps that it did, and says the choices.

    A request sees what the ones before it took of the contact budget.
    """
    await facts.take_turn(erasing=False)
    keys = [request.key for request in requests]
    digests = dict(await facts.chosen(keys))
    citizens = [request.citizen.uuid for request in requests]
    erased = await facts.erased_at(set(citizens))
    known = await facts.about(set(citizens), now, windows_of(policy))
    taken: dict[UUID, list[datetime]] = {}
    repeated = 0
    ignored: Counter[Ignored] = Counter()
    parked: dict[int, Parked] = {}
    choices: list[KeptChoice] = []
    said: list[Event[ChannelChosen]] = []
    for place, (key, citizen, request) in enumerate(zip(keys, citizens, requests, strict=True)):
        digest = _digest(request)
        if key in digests:
            if digests[key] == digest:
                repeated += 1
            else:
                parked[place] = Parked.OTHER_CONTENT
            continue
        if citizen in erased and request.logged_at <= erased[citizen]:
            ignored[Ignored.CITIZEN_ERASED] += 1
            continue
        choice = preferred_channel(request.data, _with_outreaches(known[citizen], taken.get(citizen)), policy, now)
        digests[key] = digest
        counts = choice.channel != PERSON
        if counts:
            taken.setdefault(citizen, []).append(choice.not_before)
        choices.append(KeptChoice(key, digest, citizen, choice.channel, choice.not_before, now, request.logged_at, counts))
        said.append(chosen_event(request, key, choice, now))
    await facts.keep_choices(choices)
    return Done(len(choices), repeated, ignored, parked, said)


async def try_choices(
    facts: Facts, log: AccessLog, wanted: Sequence[tuple[OutreachRequested, Purpose]], looking: Looking, policy: Policy
) -> tuple[ChannelChoice, ...]:
    """Returns what would be chosen for each request now; its lines are kept in the access log in the same transaction.

    When a link proves wrong, each person still sees who asked, so every reference whose facts a choice stands on has a line.
    Keeps nothing else, and takes nothing of the budget.
    """
    citizens = [request.citizen.citizen_ref for request, _ in wanted]
    known = await facts.about({citizen.uuid for citizen in citizens}, looking.at, windows_of(policy))
    seen = [
        (ref, purpose)
        for citizen, (_, purpose) in zip(citizens, wanted, strict=True)
        for ref in (citizen, *sorted(known[citizen.uuid].linked_to))
    ]
    await log.keep(looking.lines(seen))
    return tuple(
        preferred_channel(request, known[citizen.uuid], policy, looking.at)
        for citizen, (request, _) in zip(citizens, wanted, strict=True)
    )


def chosen_event(
    request: Event[OutreachRequested], request_key: UUID, choice: ChannelChoice, now: datetime
) -> Event[ChannelChosen]:
    """Returns the event that says a choice. Its id is the request's key: chosen twice, it is the same event.

    It is logged with its request, so that an erasure between the two covers both.
    """
    return Event(
        id=request_key.hex,
        source=ROUTER_SOURCE,
        logged_at=request.logged_at,
        data=ChannelChosen(
            citizen=request.data.citizen,
            request=request.ref,
            matter=request.data.matter,
            channel=choice.channel,
            not_before=choice.not_before,
            chosen_at=now,
            policy_version=choice.policy_version,
            reasons=choice.reasons,
            sentence=dict(choice.sentence),
            needs_person=choice.needs_person,
            contact_point=choice.contact_point,
            through_organisation=choice.through_organisation,
            confidential=request.data.confidential,
            send_before=choice.send_before,
            language=choice.language,
            skipped=tuple(SkippedChannel(channel=channel, reason=reason) for channel, reason in choice.skipped.items()),
            next_steps=tuple(
                NextStep(channel=step.channel, not_before=step.not_before, reason=step.reason, contact_point=step.contact_point)
                for step in choice.next_steps
            ),
        ),
    )


def _with_outreaches(facts: CitizenFacts, taken: Sequence[datetime] | None) -> CitizenFacts:
    return replace(facts, outreaches=(*facts.outreaches, *taken)) if taken else facts


_encoder = msgspec.json.Encoder()


def _digest(request: Event[OutreachRequested]) -> bytes:
    """Returns what tells one content from another under the same id. The references in it are keyed, so it cannot be guessed."""
    return hashlib.blake2b(_encoder.encode(request.data), digest_size=16).digest()
