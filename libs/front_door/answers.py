"""What a sender hears: receipts, the state of an event in two words, and the refusals."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contact_events.identity import event_key, receipt_of
from front_door.submission import RefusalKind, Refused
from service_runtime.problems import Problem, ProblemDetails, ProblemFault

_TITLES = {
    RefusalKind.INVALID: "The body is not right",
    RefusalKind.MEDICAL_OR_CRIMINAL: "Medical and criminal data stay outside",
    RefusalKind.NO_ORGANISATION: "No organisation stands behind this token",
    RefusalKind.NOT_YOUR_OWN: "This is not yours to say",
}
STATE_WORDS = {
    "received": (
        "Wij hebben uw bericht ontvangen. Het is veilig bewaard.",
        "We have received your message. It is kept safely.",
    ),
    "passed_on": (
        "Uw bericht is doorgegeven aan de gemeente.",
        "Your message has been passed on to the municipality.",
    ),
}


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class RecordedAs(_Answer):
    """One contact on the timeline that came of the submission."""

    id: str
    event_key: UUID
    receipt: str
    status: str = Field(description="the address that tells how far it is")


class AcceptedAnswer(_Answer):
    """It is durable, and arrives. All of it follows from `(source, id)`: the same event again gets the same answer."""

    id: str
    source: str
    receipt: str
    status: str = Field(description="the address that tells how far it is")
    interactions: list[RecordedAs] = Field(description="the contacts that came of it; none for a fact or an amendment")


class BatchResult(_Answer):
    """What became of one event of a batch: `accepted`, or the `problem` with it."""

    position: int = Field(description="its place in the batch, from 0")
    http_status: int
    accepted: AcceptedAnswer | None = None
    problem: ProblemDetails | None = None


class StatusAnswer(_Answer):
    """How far an event is, and nothing else about it."""

    status: Literal["received", "passed_on"]
    nl: str
    en: str


def accepted_answer(source: str, event_id: str, interactions: tuple[str, ...], address: str) -> AcceptedAnswer:
    """Returns the answer to an accepted submission; `interactions` are the ids of its contacts."""
    head = _recorded_as(source, event_id, address)
    return AcceptedAnswer(
        id=event_id,
        source=source,
        receipt=head.receipt,
        status=head.status,
        interactions=[head if each == event_id else _recorded_as(source, each, address) for each in interactions],
    )


def _recorded_as(source: str, event_id: str, address: str) -> RecordedAs:
    key = event_key(source, event_id)
    return RecordedAs(id=event_id, event_key=key, receipt=receipt_of(key), status=f"{address}/v1/interactions/{key}/status")


def status_answer(state: Literal["received", "passed_on"]) -> StatusAnswer:
    """Returns the state of an event in words."""
    nl, en = STATE_WORDS[state]
    return StatusAnswer(status=state, nl=nl, en=en)


def refusal(refused: Refused, pointer: str = "") -> Problem:
    """Returns the problem of a refusal; `pointer` is where the body stands in what was sent."""
    faults = [type(fault)(fault.name, pointer + fault.pointer, fault.reason) for fault in refused.faults]
    said = "; ".join(f"{fault.name}: {fault.reason}" for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    return Problem(refused.kind.status, refused.kind, _TITLES[refused.kind], f"{said}{more}.", faults=faults)


def other_content() -> Problem:
    """Returns the 409 for a used id."""
    detail = "This source and id were used before, with other content. Give new content a new id, or send a correction."
    return Problem(409, "other-content", "This id is known with other content", detail)


def foreign_source() -> Problem:
    """Returns the 403 for a source that is not the sender's."""
    return Problem(403, "foreign-source", "This source is not yours", "Send as a `source` that the access token names.")


def not_in_person(amending: bool) -> Problem:
    """Returns the 403 for what a citizen may not do with the own sign-in.

    The door does not know whose an earlier entry is, so that anybody who guesses its id could change it; and the BSN of a
    sign-in for somebody else is not that person's.
    """
    if amending:
        detail = "Ask an employee to put this right: with a sign-in of your own, earlier contacts cannot be changed here."
        return Problem(403, "not-in-person", "This is not for a citizen's own sign-in", detail)
    return Problem(403, "not-for-another", "This is for yourself only", "Somebody you act for cannot be written about here.")


def problem_details(problem: Problem, instance: str) -> ProblemDetails:
    """Returns a problem as a part of an answer."""
    return ProblemDetails(
        type=f"urn:plein:problem:{problem.kind}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=instance,
        errors=[ProblemFault(name=fault.name, pointer=fault.pointer, reason=fault.reason) for fault in problem.faults],
    )
