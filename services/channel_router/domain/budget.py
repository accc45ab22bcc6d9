"""How many times one citizen may be approached: no more than the policy says, except what cannot wait."""

from dataclasses import dataclass
from datetime import datetime

from channel_router.domain.facts import CitizenFacts
from channel_router.domain.policy import Policy
from channel_router.domain.reasons import Reason
from contact_events.outreach import OutreachRequested

NO_FORM = "none"


@dataclass(frozen=True, slots=True)
class Room:
    """From when there is room for one more outreach; None: not before the term."""

    start: datetime | None
    reasons: tuple[Reason, ...] = ()


def room_in_budget(request: OutreachRequested, facts: CitizenFacts, policy: Policy, now: datetime) -> Room:
    """Returns when the contact budget leaves room. What the law asks, what is urgent and what serves safety does not wait."""
    budget = policy.budget
    recent = sorted((at for at in facts.outreaches if at > now - budget.period), reverse=True)
    if len(recent) < budget.outreaches:
        return Room(now)
    must_not_wait = request.legal_form != NO_FORM or request.urgency == "high"
    if must_not_wait or request.societal_result in budget.not_for_results:
        return Room(now, (Reason.BUDGET_SET_ASIDE,))
    free_at = recent[budget.outreaches - 1] + budget.period
    if request.reach_before is not None and free_at >= request.reach_before:
        return Room(None)
    return Room(free_at, (Reason.WAITS_FOR_BUDGET,))
