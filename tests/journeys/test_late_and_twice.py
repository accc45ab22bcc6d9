"""Journeys 2 and 3: the late note, and twice is once."""

import httpx2

from running_town import COUNTER, PHONE, WEB, RunningTown, a_call, a_form, a_visit


def test_a_late_phone_note_takes_its_place_by_when_it_happened(town: RunningTown) -> None:
    """The note of ten o'clock is typed at eleven, after a form of half past ten."""
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn, occurredAt="2026-11-18T10:30:00+01:00"))
    late = a_call(bsn, startedAt="2026-11-18T10:00:00+01:00", recordedAt="2026-11-18T11:05:00+01:00")
    town.accepted(PHONE, late)

    entries = town.entries(town.found(bsn=bsn), 2)

    assert [entry["channel"]["code"] for entry in entries] == ["web", "phone"]
    assert entries[1]["occurredAt"] == "2026-11-18T09:00:00Z"
    assert entries[1]["recordedAt"] == "2026-11-18T10:05:00Z"


def test_the_same_event_again_gets_the_same_answer_and_one_entry(town: RunningTown) -> None:
    bsn = town.new_citizen()
    visit = a_visit(bsn)

    first, again = town.accepted(COUNTER, visit), town.accepted(COUNTER, visit)
    town.accepted(COUNTER, a_visit(bsn))

    assert again == first
    assert len(town.entries(town.found(bsn=bsn), 2)) == 2


def test_an_adapter_that_was_killed_gives_the_same_answer_afterwards(town: RunningTown) -> None:
    """The journal remembers what the process forgot."""
    bsn = town.new_citizen()
    form = a_form(bsn)
    first = town.accepted(WEB, form)

    town.stack.services[WEB].kill()
    again = town.awaited(lambda: _accepted_or_none(town, form), lambda answer: answer is not None)

    assert again == first
    assert len(town.entries(town.found(bsn=bsn), 1)) == 1


def test_other_content_under_a_used_id_is_refused(town: RunningTown) -> None:
    bsn = town.new_citizen()
    form = a_form(bsn)
    town.accepted(WEB, form)

    refused = town.post(WEB, {**form, "summary": "Een heel andere vraag."})

    assert refused.status_code == 409
    assert len(town.entries(town.found(bsn=bsn), 1)) == 1


def _accepted_or_none(town: RunningTown, form: dict[str, object]) -> dict[str, object] | None:
    try:
        answer = town.post(WEB, form)
    except httpx2.TransportError:
        return None
    return answer.json() if answer.status_code == httpx2.codes.ACCEPTED else None
