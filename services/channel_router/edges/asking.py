"""Who asks, about whom, for which purpose: read from the request, refused in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from channel_router.domain.budget import NO_FORM
from channel_router.domain.looking import Looking
from channel_router.domain.policy import Policy
from channel_router.edges.bodies import ChoiceAsked
from contact_events.citizen_ref import NotAnIdentifier, PseudonymKeys
from contact_events.purposes import Opening, Purpose, PurposeRefusal, Purposes
from contact_events.words import CitizenReference
from service_runtime.problems import FieldFault, Problem, invalid_input
from service_runtime.tokens import Principal
from service_runtime.tracing import current_traceparent

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """What a request is held against."""

    policy: Policy
    purposes: Purposes
    pseudonyms: PseudonymKeys | None

    def checked(
        self, asked: Sequence[ChoiceAsked], principal: Principal, *, many: bool
    ) -> list[tuple[CitizenReference, Purpose]]:
        """Returns about whom each is and why. Raises Problem 400 with everything that the policy or the register does not
        know, or that is no identifier, and 403 for purposes that are not for the roles of the token or do not open this.
        """
        faults: list[FieldFault] = []
        closed: dict[PurposeRefusal, list[FieldFault]] = {}
        checked: list[tuple[CitizenReference, Purpose]] = []
        for place, each in enumerate(asked):
            pointer = f"/requests/{place}" if many else ""
            purpose = self.purposes.allowed(each.purpose, principal.roles, Opening.CHANNEL_CHOICE)
            if isinstance(purpose, PurposeRefusal):
                refused = faults if purpose is PurposeRefusal.NO_SUCH_PURPOSE else closed.setdefault(purpose, [])
                refused.append(FieldFault("purpose", f"{pointer}/purpose", purpose.reason))
            try:
                citizen = each.citizen.reference(self.pseudonyms)
            except NotAnIdentifier as fault:
                faults.append(FieldFault("bsn", f"{pointer}/citizen/bsn", str(fault)))
            else:
                if isinstance(purpose, Purpose):
                    checked.append((citizen, purpose))
            faults += self._unknown_words(each, pointer)
        if faults:
            raise invalid_input(faults)
        for refusal, places in closed.items():
            raise Problem(403, refusal.value, refusal.heading, refusal.sentence, faults=places)
        return checked

    def _unknown_words(self, asked: ChoiceAsked, pointer: str) -> list[FieldFault]:
        given = (
            ("legalForm", asked.legal_form, (NO_FORM, *self.policy.legal_forms)),
            ("interactionNeed", asked.interaction_need, tuple(self.policy.needs)),
            ("societalResult", asked.societal_result, tuple(self.policy.results)),
        )
        return [
            FieldFault(name, f"{pointer}/{name}", f"must be one of {', '.join(known)}")
            for name, word, known in given
            if word not in known
        ]


def looking_of(principal: Principal, now: datetime) -> Looking:
    """Returns who asks, as the citizen will read it."""
    trace = (current_traceparent() or "").split("-")
    is_traced = len(trace) == 4
    return Looking(
        id=uuid4(),
        seen_by=(principal.name or principal.subject)[:_LONGEST_NAME],
        at=now,
        roles=frozenset(principal.roles),
        organisation_name=(principal.organisation_name or "")[:_LONGEST_NAME] or None,
        trace_id=trace[1] if is_traced else None,
        span_id=trace[2] if is_traced else None,
    )
