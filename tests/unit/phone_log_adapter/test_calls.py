"""What a logged call means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contact_events.citizen_ref import RefKind
from contact_events.interactions import InteractionRecorded
from front_door.submission import Refused
from handlers.adapters.opened_doors import KEYS, MATTERS, ref, submission
from phone_log_adapter.domain import DOOR

CALL = {
    "id": "bel-1",
    "agent": "s.bakker",
    "startedAt": "2026-11-24T10:00:00+01:00",
    "questions": [{"matter": "aow", "summary": "Vraag"}],
}


def logged(**changes: Any) -> list[InteractionRecorded]:
    found = DOOR.interpret(submission(DOOR, CALL | changes), KEYS, MATTERS)
    assert not isinstance(found, Refused), found
    return [event.data for event in found]


def refused(**changes: Any) -> set[str]:
    found = DOOR.interpret(submission(DOOR, CALL | changes), KEYS, MATTERS)
    assert isinstance(found, Refused)
    return {fault.pointer for fault in found.faults}


def test_each_question_of_a_call_is_a_contact_of_its_own_in_one_conversation() -> None:
    """The agent sees them under one call."""
    questions = [{"matter": "aow", "summary": "Een"}, {"matter": "belasting", "summary": "Twee", "answer": "Ja"}]
    found = DOOR.interpret(submission(DOOR, CALL | {"questions": questions}), KEYS, MATTERS)

    assert not isinstance(found, Refused)
    assert [event.id for event in found] == ["bel-1", "bel-1#2"]
    assert [event.data.matter for event in found] == ["aow", "belasting"]
    assert {event.data.conversation for event in found} == {"bel-1"}
    assert len({event.data.citizen.ref for event in found}) == 1


def test_a_late_note_keeps_when_the_call_was_and_when_it_was_typed() -> None:
    """The place on the timeline is that of the call."""
    (note,) = logged(recordedAt="2026-11-24T11:10:00+01:00", endedAt="2026-11-24T10:05:00+01:00")

    assert note.occurred_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert note.recorded_at == datetime(2026, 11, 24, 10, 10, tzinfo=UTC)


def test_a_callers_number_is_a_claim_and_a_withheld_one_is_nobody() -> None:
    """Anyone can send a number."""
    (known,), (unknown,) = logged(callerNumber="0612345678"), logged()

    assert (known.citizen.ref, known.citizen.assurance) == (ref(RefKind.PHONE, "0612345678"), "claimed")
    assert (unknown.citizen.kind, unknown.citizen.assurance) == ("visitor", "none")


@pytest.mark.parametrize(("check", "assurance"), [("none", "claimed"), ("questions", "low")])
def test_control_questions_make_us_a_little_surer(check: str, assurance: str) -> None:
    """A BSN that was only said is a claim."""
    (found,) = logged(citizen={"bsn": "999990342"}, identityCheck=check)

    assert found.citizen.assurance == assurance


def test_a_number_that_differs_from_the_callers_own_is_kept_beside_it() -> None:
    """She phones from her daughter's."""
    (found,) = logged(callerNumber="0201234567", citizen={"bsn": "999990342", "phone": "0612345678"})

    assert {point.ref for point in found.contact_points} == {
        ref(RefKind.PHONE, "0612345678"),
        ref(RefKind.PHONE, "0201234567"),
    }


def test_a_call_nobody_answered_says_so() -> None:
    """Outbound, not reached."""
    (found,) = logged(direction="outbound", reached=False)

    assert (found.direction, found.reached) == ("outbound", False)


def test_the_promise_to_call_back_stands_on_one_contact_only() -> None:
    """Two questions, one promise."""
    questions = [{"matter": "aow"}, {"matter": "belasting"}]
    first, second = logged(questions=questions, callerNumber="0612345678", callBack={"before": "2026-11-27T17:00:00Z"})

    assert first.call_back is not None
    assert second.call_back is None


def test_faults_point_at_the_fields_of_a_call() -> None:
    """All at once, in the words of the body."""
    pointers = refused(
        callerNumber="12",
        startedAt="2027-01-01T00:00:00Z",
        endedAt="2026-01-01T00:00:00Z",
        questions=[{"matter": "aow"}, {"matter": "onzin"}],
    )

    assert pointers == {"/callerNumber", "/startedAt", "/endedAt", "/questions/1/matter"}
