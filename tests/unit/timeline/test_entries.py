"""How an entry is put together, and what of a timeline may be seen."""

import dataclasses
from datetime import timedelta

import msgspec

from builders import MONDAY_10H, an_interaction
from contact_events.interactions import CorrectedFields
from handlers.timeline.timeline_setting import EVERYTHING, PASSPORTS, a_correction, a_withdrawal
from timeline.domain.entries import Amendment, Entry, Words
from timeline.domain.timeline import View, page_of, visible_entries

LATER = MONDAY_10H + timedelta(days=1)


def test_every_field_that_can_be_corrected_is_a_word_of_an_entry() -> None:
    """A correction of a field that Words does not hold would be lost."""
    correctable = {field.name for field in msgspec.structs.fields(CorrectedFields)}

    assert correctable == {field.name for field in dataclasses.fields(Words)}


def test_an_amendment_that_arrives_twice_counts_once() -> None:
    call = an_interaction(summary="eerst")
    amendment = Amendment(a_correction(call, event_id="c", summary="later"), LATER)

    entry = Entry.assembled(call, MONDAY_10H, [amendment, amendment])

    assert len(entry.corrections) == 1
    assert entry.changed_at == LATER


def test_a_correction_leaves_alone_what_it_does_not_name() -> None:
    call = an_interaction(summary="eerst", answer="ja", matter="paspoort")

    entry = Entry.assembled(call, MONDAY_10H, [Amendment(a_correction(call, event_id="c", summary="later"), LATER)])

    assert (entry.words.summary, entry.words.answer, entry.words.matter) == ("later", "ja", "paspoort")


def test_the_first_of_two_withdrawals_is_the_one_that_is_shown() -> None:
    call = an_interaction()
    first, second = (a_withdrawal(call, event_id=f"w{n}", at=MONDAY_10H + timedelta(hours=n)) for n in (1, 2))

    entry = Entry.assembled(call, MONDAY_10H, [Amendment(second, LATER), Amendment(first, LATER)])

    assert entry.withdrawn is not None
    assert entry.withdrawn.key == first.key


def test_what_a_purpose_does_not_show_is_not_counted_into_a_page() -> None:
    entries = [
        Entry.assembled(an_interaction(event_id=str(n), matter="paspoort" if n % 2 else "afval"), MONDAY_10H) for n in range(6)
    ]

    page = page_of(entries, View(PASSPORTS, limit=3))

    assert [entry.words.matter for entry in page.entries] == ["paspoort"] * 3
    assert page.next is None
    assert len(visible_entries(entries, View(EVERYTHING))) == 6
