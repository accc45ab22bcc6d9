"""The checker of the loss hunt sees each way in which a promise can be broken, and is quiet when none is."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from faults.hunt.checking import ShownEntry, ShownParked, check, check_sample
from faults.hunt.history import NO_ANSWER, History, Line, Planted, Told, read_history

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHE, HE = UUID(int=1), UUID(int=2)


def told(number: int, *, citizen: UUID = SHE, status: int = 202, minutes: int = 0) -> Told:
    moment = NOON + timedelta(minutes=minutes)
    return Told("urn:test", f"form-{number}", UUID(int=number), citizen, moment, status, NOON)


def entry(number: int, minutes: int = 0) -> ShownEntry:
    return ShownEntry(UUID(int=number), NOON + timedelta(minutes=minutes))


def key(number: int) -> str:
    return str(UUID(int=number))


def test_what_was_accepted_and_stands_once_in_its_place_is_right() -> None:
    history = [told(10, minutes=1), told(11, minutes=2), told(11, minutes=2), told(12, citizen=HE)]

    found = check(history, {SHE: [entry(11, 2), entry(10, 1)], HE: [entry(12)]})

    assert found.is_right, found.sentence


def test_an_accepted_event_that_is_not_shown_is_lost() -> None:
    found = check([told(10), told(11)], {SHE: [entry(10)]})

    assert found.lost == {key(11)}
    assert not found.is_right


def test_an_event_shown_twice_is_duplicated_also_under_two_citizens() -> None:
    twice = check([told(10)], {SHE: [entry(10), entry(10)]})
    elsewhere = check([told(10)], {SHE: [entry(10)], HE: [entry(10)]})

    assert twice.duplicated == {key(10)}
    assert elsewhere.duplicated == elsewhere.out_of_place == {key(10)}


def test_an_event_that_was_never_sent_or_was_refused_is_a_phantom() -> None:
    found = check([told(10), told(11, status=400)], {SHE: [entry(66), entry(11), entry(10)]})

    assert found.phantom == {key(11), key(66)}


def test_an_event_that_got_no_answer_or_a_503_may_be_there_or_not() -> None:
    history = [told(10, status=NO_ANSWER), told(11, status=503)]

    assert check(history, {SHE: [entry(11), entry(10)]}).is_right
    assert check(history, {}).is_right


def test_an_event_that_was_accepted_after_no_answer_must_be_there() -> None:
    found = check([told(10, status=NO_ANSWER), told(10)], {})

    assert found.lost == {key(10)}


def test_entries_in_another_order_than_that_of_when_they_happened_are_out_of_place() -> None:
    history = [told(10, minutes=1), told(11, minutes=2), told(12, minutes=2)]

    swapped = check(history, {SHE: [entry(12, 2), entry(10, 1), entry(11, 2)]})
    same_moment = check(history, {SHE: [entry(11, 2), entry(12, 2), entry(10, 1)]})

    assert swapped.out_of_place == {key(10), key(11)}
    assert same_moment.out_of_place == {key(11), key(12)}


def test_an_entry_at_another_moment_than_was_told_is_out_of_place() -> None:
    found = check([told(10, minutes=1)], {SHE: [entry(10, 5)]})

    assert found.out_of_place == {key(10)}


def test_planted_bytes_must_stand_among_the_parked_once_and_for_their_reason() -> None:
    history = [Planted(name, "not_json", NOON) for name in ("right", "gone", "other", "twice")]
    parked = [("right", "not_json"), ("other", "too_large"), ("twice", "not_json"), ("twice", "not_json"), ("ours", "not_json")]

    found = check(history, {}, [ShownParked(*each) for each in parked])

    assert found.lost == {"gone", "other"}
    assert found.duplicated == {"twice"}
    assert found.phantom == {"ours"}


def test_a_sample_of_citizens_says_nothing_of_the_others() -> None:
    history = [told(10), told(11, citizen=HE)]

    assert check_sample(history, {SHE: [entry(10)]}).is_right
    assert check_sample(history, {SHE: []}).lost == {key(10)}


def test_the_history_reads_back_as_it_was_written_without_a_line_that_was_cut_off(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    lines: list[Line] = [told(10), dataclasses.replace(told(11), status=NO_ANSWER), Planted("ab", "not_json", NOON)]

    history.note(lines)
    with history.file.open("a") as out:
        out.write('{"kind": "told", "source": "urn')

    assert list(read_history(history.file)) == lines
    assert history.accepted == {UUID(int=10)}
    history.close()
