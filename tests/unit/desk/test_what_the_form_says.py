"""From the form of a call to what the phone's door takes, with every fault at once."""

from datetime import UTC, datetime
from uuid import UUID

from desk.domain.contact import At, ContactInHand, Whom
from desk.domain.contact_form import Fault, body_of, without_empty_questions, without_what_is_not_kept

OPENED = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SENT = datetime(2026, 11, 27, 9, 7, 30, tzinfo=UTC)
HER = Whom(f"c1-{7:032x}", "bsn")


def a_call(**fields: tuple[str, ...]) -> ContactInHand:
    return ContactInHand(UUID(int=1), "anouk", At.PHONE, "klantcontact", OPENED, HER, fields)


def test_a_call_of_one_question_says_what_was_typed_and_how_long_it_took() -> None:
    body = body_of(a_call(matter=("aow",), summary=("Wanneer?",), answer=("Op haar 67e.",)), "Anouk Bakker", SENT)

    assert body == {
        "id": str(UUID(int=1)),
        "agent": "Anouk Bakker",
        "startedAt": "2026-11-27T09:00:00.000+00:00",
        "endedAt": "2026-11-27T09:07:30.000+00:00",
        "recordedAt": "2026-11-27T09:07:30.000+00:00",
        "direction": "inbound",
        "reached": True,
        "identityCheck": "none",
        "language": "dut",
        "confidential": False,
        "citizen": {"ref": HER.citizen, "refKind": "bsn"},
        "questions": [{"matter": "aow", "summary": "Wanneer?", "answer": "Op haar 67e."}],
    }


def test_a_question_that_was_left_wholly_empty_was_never_meant() -> None:
    body = body_of(a_call(matter=("aow", "", "afval"), summary=("a", "", "b"), answer=("", "", "")), "A", SENT)

    assert isinstance(body, dict)
    assert [question["matter"] for question in body["questions"]] == ["aow", "afval"]


def test_every_fault_is_told_at_once_by_its_field() -> None:
    faults = body_of(
        a_call(
            matter=("", "aow"), summary=("zonder onderwerp", ""), call_back=("yes",), call_back_day=("31-12",), day=("gisteren",)
        ),
        "A",
        SENT,
    )

    assert set(faults) == {
        Fault("matter-1", "missing"),
        Fault("summary-2", "missing"),
        Fault("call_back_day", "not_a_date"),
        Fault("day", "not_a_date"),
    }


def test_an_empty_form_is_not_a_contact() -> None:
    assert body_of(a_call(), "A", SENT) == (Fault("matter-1", "missing"),)


def test_more_questions_than_a_door_takes_are_told_and_none_is_dropped() -> None:
    enough, too_many = (a_call(matter=("aow",) * count, summary=("s",) * count) for count in (20, 21))

    assert isinstance(body_of(enough, "A", SENT), dict)
    assert body_of(too_many, "A", SENT) == (Fault("matter-21", "too_many"),)


def test_a_note_that_is_typed_later_takes_its_place_by_when_it_was_in_dutch_time() -> None:
    body = body_of(a_call(matter=("aow",), summary=("s",), day=("2026-07-01",), clock=("10:30",)), "A", SENT)

    assert isinstance(body, dict)
    assert body["startedAt"] == "2026-07-01T08:30:00.000+00:00"
    assert "endedAt" not in body


def test_a_call_that_reached_nobody_keeps_no_promise() -> None:
    kept = a_call(matter=("aow",), summary=("s",), keeps=(str(UUID(int=5)),))
    in_vain = kept.with_fields({**kept.fields, "reached": ("no",)})

    found, missed = body_of(kept, "A", SENT), body_of(in_vain, "A", SENT)

    assert isinstance(found, dict)
    assert isinstance(missed, dict)
    assert (found.get("keepsCallBack"), missed.get("keepsCallBack")) == (str(UUID(int=5)), None)


def test_faults_point_at_the_rows_that_somebody_sees() -> None:
    """An empty row in the middle goes first: the door counts only what was asked."""
    typed = a_call(matter=("aow", "", "afval"), summary=("a", "", ""), answer=("", "", ""), language=("dut",))

    tidy = without_empty_questions(typed)

    assert tidy.fields == {"matter": ("aow", "afval"), "summary": ("a", ""), "answer": ("", ""), "language": ("dut",)}
    assert without_empty_questions(a_call(matter=("",), summary=("",))).fields == {"matter": ("",), "summary": ("",)}


def test_a_draft_keeps_nothing_that_looks_sensitive_unless_there_is_a_reason() -> None:
    typed = a_call(matter=("aow", "afval"), summary=("een diagnose", "de bak"), call_back_asked=("een diagnose",))

    def is_sensitive(text: str) -> bool:
        return "diagnose" in text

    kept = without_what_is_not_kept(typed, is_sensitive)
    why = typed.with_fields({**typed.fields, "no_medical_or_criminal_detail": ("Het gaat over een hond.",)})

    assert kept.fields == {"matter": ("aow", "afval"), "summary": ("", "de bak"), "call_back_asked": ("",)}
    assert without_what_is_not_kept(why, is_sensitive) == why
