"""The one decision of this service: how to reach a citizen, and why (architecture, decision 12).

It decides the way to somebody, never what somebody is entitled to.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from channel_router.domain.budget import room_in_budget
from channel_router.domain.candidates import Candidate, Candidates, candidates_for
from channel_router.domain.choice import ChannelChoice, Step
from channel_router.domain.facts import Circumstance, CitizenFacts
from channel_router.domain.moments import arrives, first_moment, send_before
from channel_router.domain.policy import PERSON, Policy
from channel_router.domain.reasons import Reason
from channel_router.domain.sentences import Told, sentence_of
from channel_router.domain.wishes import Wish, wish_for
from contact_events.outreach import OutreachRequested

_DUTCH = "dut"


def preferred_channel(request: OutreachRequested, facts: CitizenFacts, policy: Policy, now: datetime) -> ChannelChoice:
    """Returns how to reach a citizen: channel, moment, reasons, what was skipped, what comes next.

    The same arguments give the same answer. What the law asks outranks what the citizen asked, which outranks what worked
    before, which outranks the municipality's order. It never ends in silence: a person is always the last step.
    """
    now = now.astimezone(UTC)
    wish = wish_for(request.matter, facts.wishes)
    language = _language(request, wish, facts)
    if Circumstance.DECEASED in facts.circumstances:
        everything = dict.fromkeys(policy.channels, Reason.DECEASED)
        return _by_person(request, policy, now, language, (Reason.DECEASED,), Candidates((), everything, {}))
    room = room_in_budget(request, facts, policy, now)
    if room.start is None:
        candidates = candidates_for(request, wish, language, facts, policy, now, now)
        spent = Candidates((), dict.fromkeys(policy.channels, Reason.BUDGET_SPENT) | dict(candidates.skipped), candidates.since)
        return _by_person(request, policy, now, language, (Reason.BUDGET_SPENT,), spent)
    candidates = candidates_for(request, wish, language, facts, policy, now, room.start)
    if not candidates.usable:
        return _by_person(request, policy, now, language, (Reason.NOTHING_ELSE_LEFT, *_extra(wish, facts)), candidates)
    first = candidates.usable[0]
    term = request.reach_before
    late = term is not None and arrives(first.rules, first.not_before, policy) > term
    steps, dropped = _next_steps(candidates.usable, wish, policy, now, term)
    reasons = (
        *first.reasons,
        *((Reason.LANGUAGE_ASKED,) if wish.language is not None and language != _DUTCH else ()),
        *((Reason.TERM_CANNOT_BE_MET,) if late else ()),
        *room.reasons,
        *first.moment_reasons,
    )
    skipped = {**candidates.skipped, **dropped}
    next_steps = tuple((step.channel, step.not_before) for step in steps)
    told = Told(first.rules.name, first.not_before, term, reasons, _told(skipped, candidates), next_steps, policy.zone)
    return ChannelChoice(
        channel=first.rules.name,
        not_before=first.not_before,
        reasons=reasons,
        policy_version=policy.version,
        language=language,
        needs_person=first.rules.person or first.road.is_protected or late,
        sentence=sentence_of(told),
        contact_point=first.road.contact_point,
        through_organisation=first.road.through_organisation,
        send_before=send_before(first.rules, term, policy) if term is not None else None,
        skipped=skipped,
        since=candidates.since,
        next_steps=steps,
    )


def _by_person(
    request: OutreachRequested,
    policy: Policy,
    now: datetime,
    language: str,
    reasons: tuple[Reason, ...],
    candidates: Candidates,
) -> ChannelChoice:
    moment = _person_moment(policy, now)
    told = Told(PERSON, moment, request.reach_before, reasons, _told(candidates.skipped, candidates), (), policy.zone)
    return ChannelChoice(
        channel=PERSON,
        not_before=moment,
        reasons=reasons,
        policy_version=policy.version,
        language=language,
        needs_person=True,
        sentence=sentence_of(told),
        send_before=request.reach_before.astimezone(UTC) if request.reach_before is not None else None,
        skipped=candidates.skipped,
        since=candidates.since,
    )


def _told(skipped: Mapping[str, Reason], candidates: Candidates) -> tuple[tuple[str, Reason, datetime | None], ...]:
    return tuple((channel, reason, candidates.since.get(channel)) for channel, reason in skipped.items())


def _next_steps(
    usable: tuple[Candidate, ...], wish: Wish, policy: Policy, now: datetime, term: datetime | None
) -> tuple[tuple[Step, ...], dict[str, Reason]]:
    """Returns the steps after the first, each after the wait of the one before it, and the channels that come too late.

    Where the term leaves less time than the usual wait, half of what is left is waited.
    """
    steps: list[Step] = []
    dropped: dict[str, Reason] = {}
    at, wait = usable[0].not_before, usable[0].rules.wait
    for candidate in usable[1:]:
        moment = first_moment(candidate.rules, wish.quiet_hours, max(_after(at, wait, term), candidate.not_before), policy)
        if moment is None:
            dropped[candidate.rules.name] = Reason.ALWAYS_QUIET_OR_CLOSED
        elif term is not None and arrives(candidate.rules, moment, policy) > term:
            dropped[candidate.rules.name] = Reason.TOO_LATE_FOR_TERM
        else:
            steps.append(Step(candidate.rules.name, moment, candidate.next_reason, candidate.road.contact_point))
            at, wait = moment, candidate.rules.wait
    steps.append(Step(PERSON, max(at, _person_moment(policy, _after(at, wait, term))), Reason.PERSON_TAKES_OVER))
    return tuple(steps), dropped


def _after(at: datetime, wait: timedelta, term: datetime | None) -> datetime:
    if term is None or at + wait < term:
        return at + wait
    return at + max(term - at, timedelta(0)) / 2


def _person_moment(policy: Policy, now: datetime) -> datetime:
    return first_moment(policy.person_rules, (), now, policy) or now


def _language(request: OutreachRequested, wish: Wish, facts: CitizenFacts) -> str:
    """The language asked for, else the one of the request, else the one of the last contact, else Dutch."""
    if wish.language or request.language:
        return wish.language or request.language or _DUTCH
    return next((contact.language for contact in facts.contacts if contact.language is not None), _DUTCH)


def _extra(wish: Wish, facts: CitizenFacts) -> tuple[Reason, ...]:
    asked = (Reason.ASKED_FOR_A_PERSON,) if wish.person_please else ()
    secret = (Reason.PROTECTED_ROUTE,) if Circumstance.SECRET_ADDRESS in facts.circumstances else ()
    return (*asked, *secret)
