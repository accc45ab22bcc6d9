"""Which channels can be used for a request, in order, and why the others cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channel_router.domain.budget import NO_FORM
from channel_router.domain.facts import CitizenFacts
from channel_router.domain.history import history_of
from channel_router.domain.moments import arrives, first_moment, may_use
from channel_router.domain.policy import ChannelRules, LegalForm, Policy
from channel_router.domain.reasons import ASKED_NOT, Reason
from channel_router.domain.roads import Blocked, Road, needs_surer_identity, road_for
from channel_router.domain.wishes import Wish
from contact_events.outreach import OutreachRequested

_LAW_REASONS = {"written": Reason.LAW_ASKS_WRITTEN, "registered_letter": Reason.LAW_ASKS_REGISTERED_LETTER}
_HELPER = "mandate"
_NOT_WISHED = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that can be used: its way to the citizen, its first moment, and why it would be chosen."""

    rules: ChannelRules
    road: Road
    not_before: datetime
    reasons: tuple[Reason, ...]
    next_reason: Reason
    moment_reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The usable channels, best first; and the others with the reason, and since when where that is known."""

    usable: tuple[Candidate, ...]
    skipped: Mapping[str, Reason]
    since: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything one request brings to the question which channels can be used."""

    request: OutreachRequested
    wish: Wish
    facts: CitizenFacts
    policy: Policy
    now: datetime
    start: datetime
    row: tuple[str, ...]
    row_is_named: bool
    law: LegalForm | None
    needs_conversation: bool
    rather_talk: bool
    is_unsure: bool


def candidates_for(
    request: OutreachRequested,
    wish: Wish,
    language: str,
    facts: CitizenFacts,
    policy: Policy,
    now: datetime,
    start: datetime,
) -> Candidates:
    """Returns the channels of the policy, each either usable from `start` on or skipped with a reason."""
    row, is_named = policy.row(request.interaction_need, request.societal_result)
    need = policy.needs.get(request.interaction_need)
    law = None if request.legal_form == NO_FORM else policy.legal_forms.get(request.legal_form, policy.unknown_form)
    question = _Question(
        request=request,
        wish=wish,
        facts=facts,
        policy=policy,
        now=now,
        start=start,
        row=row,
        row_is_named=is_named,
        law=law,
        needs_conversation=need is not None and need.conversation,
        rather_talk=language not in policy.written_languages,
        is_unsure=needs_surer_identity(request, facts),
    )
    ranked: list[tuple[tuple[int, ...], Candidate]] = []
    skipped: dict[str, Reason] = {}
    since: dict[str, datetime] = {}
    for place, rules in enumerate(policy.channels.values()):
        found = _weighed(question, rules, place)
        if isinstance(found, Blocked):
            skipped[rules.name] = found.reason
            if found.since is not None:
                since[rules.name] = found.since
        else:
            ranked.append(found)
    ranked.sort(key=lambda pair: pair[0])
    return Candidates(tuple(candidate for _, candidate in ranked), skipped, since)


def _weighed(question: _Question, rules: ChannelRules, place: int) -> tuple[tuple[int, ...], Candidate] | Blocked:
    by_law = question.law is not None and _is_legal(question, rules.name)
    refusal = _refusal(question, rules, by_law)
    if refusal is not None:
        return Blocked(refusal)
    road = road_for(rules, question.request, question.wish, question.facts, question.policy, question.start)
    if isinstance(road, Blocked):
        return road
    if not by_law and question.policy.ailing.is_ailing(question.facts.health.get(rules.name)):
        return Blocked(Reason.CHANNEL_AILING)
    moment = first_moment(rules, question.wish.quiet_hours, question.start, question.policy)
    if moment is None:
        return Blocked(Reason.ALWAYS_QUIET_OR_CLOSED)
    term = question.request.reach_before
    if not by_law and term is not None and arrives(rules, moment, question.policy) > term:
        return Blocked(Reason.TOO_LATE_FOR_TERM)
    return _ranked(question, rules, road, moment, by_law, place)


def _refusal(question: _Question, rules: ChannelRules, by_law: bool) -> Reason | None:
    """Returns why a channel is out of the question whatever its addresses and hours, or None."""
    name, wish, request = rules.name, question.wish, question.request
    if question.is_unsure:
        return Reason.IDENTITY_NOT_SURE
    if by_law:
        return None
    if name in wish.refused:
        return ASKED_NOT.get(name, Reason.ASKED_NOT_THIS_CHANNEL)
    if question.law is not None:
        return Reason.LAW_ASKS_ANOTHER_FORM
    is_wished = name in wish.preferred
    if rules.address == _HELPER and wish.through_organisation is None:
        return Reason.NO_INTERMEDIARY_ASKED
    if name not in question.row and rules.address != _HELPER:
        if not is_wished:
            return Reason.NOT_IN_POLICY
        if question.needs_conversation:
            return Reason.NEEDS_A_CONVERSATION
    if rules.address == _HELPER and question.needs_conversation:
        return Reason.NEEDS_A_CONVERSATION
    if request.confidential and not rules.confidential:
        return Reason.CONFIDENTIAL
    if wish.person_please and not rules.person and not is_wished and rules.address != _HELPER:
        return Reason.ASKED_FOR_A_PERSON
    return None


def _ranked(
    question: _Question, rules: ChannelRules, road: Road, moment: datetime, by_law: bool, place: int
) -> tuple[tuple[int, ...], Candidate]:
    name, wish, policy = rules.name, question.wish, question.policy
    worked, tries = history_of(name, question.facts, policy, question.now)
    is_failing = tries >= policy.history.tries_without_answer
    is_urgent = question.request.urgency == "high"
    wished_at = wish.preferred.index(name) if name in wish.preferred else _NOT_WISHED
    through_helper = rules.address == _HELPER
    talk_first = wish.person_please or question.rather_talk
    key = (
        int(not through_helper),
        int(talk_first and not rules.person),
        int(is_failing),
        wished_at,
        int(is_urgent and not rules.quick),
        int(not worked),
        question.row.index(name) if name in question.row else len(question.row) + place,
    )
    why = [
        *(_law_reasons(question, name) if by_law else ()),
        *((Reason.ASKED_FOR_INTERMEDIARY,) if through_helper else ()),
        *((Reason.ASKED_FOR_A_PERSON,) if wish.person_please and rules.person else ()),
        *((Reason.ASKED_FOR_THIS_CHANNEL,) if wished_at != _NOT_WISHED else ()),
        *((Reason.LANGUAGE_NOT_WRITTEN,) if question.rather_talk and rules.person else ()),
        *((Reason.URGENT_AND_QUICK,) if is_urgent and rules.quick else ()),
        *((Reason.REACHED_BEFORE,) if worked and not by_law else ()),
    ]
    if not why:
        why.append(Reason.POLICY_PREFERS)
    if not question.row_is_named and not by_law:
        why.append(Reason.POLICY_CELL_UNKNOWN)
    protected = (Reason.PROTECTED_ROUTE,) if road.is_protected else ()
    next_reason = why[0] if why[0] is not Reason.POLICY_PREFERS else Reason.NEXT_BY_POLICY
    if is_failing:
        next_reason = Reason.NO_ANSWER_BEFORE
    reasons = (*why, *road.reasons, *protected)
    return key, Candidate(rules, road, moment, reasons, next_reason, _moment_reasons(question, rules, moment))


def _moment_reasons(question: _Question, rules: ChannelRules, moment: datetime) -> tuple[Reason, ...]:
    if moment <= question.start:
        return ()
    is_open = may_use(rules, (), question.start, question.policy)
    return (Reason.WAITS_FOR_QUIET_HOURS,) if is_open else (Reason.WAITS_FOR_OPENING,)


def _is_legal(question: _Question, channel: str) -> bool:
    law = question.law
    if law is None:
        return False
    return channel == law.channel or (channel in law.when_wished and channel in question.wish.preferred)


def _law_reasons(question: _Question, channel: str) -> tuple[Reason, ...]:
    asked = _LAW_REASONS.get(question.request.legal_form, Reason.LAW_ASKS_UNKNOWN_FORM)
    return (asked, Reason.REFUSED_BUT_LAW_ASKS) if channel in question.wish.refused else (asked,)
