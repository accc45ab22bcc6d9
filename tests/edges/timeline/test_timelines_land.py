"""What lands on a timeline, on both twins: once, in its place, whatever the order, and what never does."""

from datetime import timedelta

import pytest

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, a_request, an_event, an_interaction, at
from contact_events.codec import write_event
from contact_events.envelope import Event
from contact_events.facts import MandateEnded
from contact_events.outreach import ChannelChosen, DeliveryReported
from handlers.timeline.timeline_setting import (
    PASSPORTS,
    SHE,
    Twin,
    a_correction,
    a_link,
    a_look,
    a_withdrawal,
    an_erasure,
    an_undoing,
)
from timeline.domain.landing import Reason

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("as_few_and_as_many")


async def test_a_late_phone_note_takes_its_place_by_when_it_happened(twin: Twin) -> None:
    call = an_interaction(event_id="call", occurred_at=MONDAY_10H, recorded_at=MONDAY_10H + HOUR)
    visit = an_interaction(event_id="visit", occurred_at=MONDAY_10H + HOUR / 2, recorded_at=MONDAY_10H + HOUR / 2)

    await twin.hear(visit)
    await twin.hear(call)

    assert await twin.ids() == ["visit", "call"]


async def test_the_same_event_twice_appears_once(twin: Twin) -> None:
    call = an_interaction(event_id="call")

    together = await twin.hear(call, call)
    again = await twin.hear(call)

    assert (together.kept, together.repeated) == (1, 1)
    assert (again.kept, again.repeated, again.parked) == (0, 1, [])
    assert await twin.ids() == ["call"]


async def test_the_same_id_with_other_content_is_parked_and_changes_nothing(twin: Twin) -> None:
    call = an_interaction(event_id="call", summary="over het paspoort")
    other = an_interaction(event_id="call", summary="over iets anders", citizen=a_citizen("haar zus"))

    await twin.hear(call)
    handled = await twin.hear(an_interaction(event_id="next"), other)

    assert [park.reason for park in handled.parked] == [Reason.SAME_ID_OTHER_CONTENT]
    assert (handled.kept, handled.parked[0].record.offset) == (1, 2)
    assert {entry.words.summary for entry in await twin.entries()} == {"over het paspoort", None}
    assert await twin.ids(a_ref("haar zus")) == []


async def test_what_a_sender_sent_decides_a_repeat_not_when_it_was_logged(twin: Twin) -> None:
    def logged(moment: str) -> Event:  # type: ignore[type-arg]
        event = an_interaction(event_id="call", logged_at=at(moment))
        return Event(id=event.id, source=event.source, logged_at=event.logged_at, data=event.data, content_digest=b"d" * 16)

    await twin.hear(logged("2026-11-23 10:00"))
    handled = await twin.hear(logged("2026-11-23 10:05"))

    assert (handled.kept, handled.repeated) == (0, 1)


async def test_an_unreadable_event_is_parked_with_its_reason_and_its_neighbours_land(twin: Twin) -> None:
    odd = write_event(an_interaction(event_id="odd", summary="vraag"))

    handled = await twin.hear(
        an_interaction(event_id="before"),
        b"{",
        odd.replace(b"interaction.recorded.v1", b"interaction.recorded.v9"),
        odd.replace(b'"vraag"', b'"vr\\u0000aag"'),
        an_interaction(event_id="after", occurred_at=MONDAY_10H + HOUR),
    )

    assert [park.reason for park in handled.parked] == ["not_json", "unknown_major_version", "nul_in_text"]
    assert await twin.ids() == ["after", "before"]


async def test_a_channel_choice_and_a_delivery_show_on_the_timeline(twin: Twin) -> None:
    request = an_event(a_request(), event_id="request")
    choice = an_event(
        ChannelChosen(
            citizen=a_citizen(),
            request=request.ref,
            matter="paspoort",
            channel="letter",
            not_before=MONDAY_10H,
            chosen_at=MONDAY_10H,
            policy_version="1",
            reasons=("only-address",),
            sentence={"nl": "Wij sturen een brief.", "en": "We send a letter."},
        ),
        event_id="choice",
    )
    delivery = an_event(
        DeliveryReported(
            citizen=a_citizen(),
            request=request.ref,
            choice=choice.ref,
            matter="paspoort",
            channel="letter",
            outcome="sent",
            occurred_at=MONDAY_10H + HOUR,
        ),
        event_id="delivery",
    )

    await twin.hear(choice, topic="channel-choices")
    await twin.hear(delivery, topic="deliveries")

    assert await twin.ids() == ["delivery", "choice"]
    assert await twin.ids(channels=frozenset({"phone"})) == []


async def test_a_choice_about_something_confidential_is_as_confidential(twin: Twin) -> None:
    """What was skipped and why tells as much as the contact it is about."""
    choice = ChannelChosen(
        citizen=a_citizen(),
        request=an_event(a_request(), event_id="request").ref,
        matter="paspoort",
        channel="letter",
        not_before=MONDAY_10H,
        chosen_at=MONDAY_10H,
        policy_version="1",
        reasons=("only-address",),
        sentence={"nl": "Wij sturen een brief.", "en": "We send a letter."},
        confidential=True,
    )

    await twin.hear(an_event(choice, event_id="choice"), topic="channel-choices")

    assert await twin.ids() == ["choice"]
    assert await twin.ids(purpose=PASSPORTS) == []


async def test_a_fact_that_is_no_entry_is_ignored(twin: Twin) -> None:
    ended = MandateEnded(mandate_id="m", citizen=a_citizen(), organisation="urn:nld:kvknr:1", ended_at=MONDAY_10H)

    handled = await twin.hear(an_event(ended), topic="citizen-facts")

    assert (handled.kept, handled.ignored) == (0, {Reason.NOT_ON_THE_TIMELINE: 1})


async def test_a_correction_may_come_before_the_entry_it_corrects(twin: Twin) -> None:
    call = an_interaction(event_id="call", summary="over het paspoort", occurred_at=MONDAY_10H)
    correction = a_correction(call, event_id="c1", summary="over het rijbewijs", occurred_at=MONDAY_10H - 2 * HOUR)
    visit = an_interaction(event_id="visit", occurred_at=MONDAY_10H - HOUR)

    await twin.hear(correction)
    await twin.hear(call, visit)

    [first, second] = await twin.entries()
    assert (first.event.id, second.event.id) == ("visit", "call")
    assert second.words.summary == "over het rijbewijs"
    assert second.corrections[0].earlier is not None
    assert second.corrections[0].earlier.summary == "over het paspoort"
    assert (second.corrections[0].corrected_by, second.corrections[0].reason) == ("Anouk", "verkeerd ingevuld")


async def test_corrections_count_in_order_of_when_they_were_written(twin: Twin) -> None:
    call = an_interaction(event_id="call", summary="een")
    later = a_correction(call, event_id="c2", at=MONDAY_10H + HOUR, summary="drie")
    earlier = a_correction(call, event_id="c1", at=MONDAY_10H, summary="twee")

    await twin.hear(call)
    await twin.hear(later)
    await twin.hear(earlier, later)

    [entry] = await twin.entries()
    assert entry.words.summary == "drie"
    assert [correction.now.summary for correction in entry.corrections] == ["twee", "drie"]


async def test_a_correction_under_another_reference_of_hers_counts(twin: Twin) -> None:
    """The reference may have changed between the two, because a key was renewed or a link was made."""
    call = an_interaction(event_id="call", matter="paspoort")

    await twin.hear(call, a_correction(call, event_id="c1", citizen=a_citizen("een andere sleutel"), matter="rijbewijs"))

    [entry] = await twin.entries()
    assert entry.words.matter == "rijbewijs"


async def test_a_withdrawn_entry_stays_with_who_and_why(twin: Twin) -> None:
    call = an_interaction(event_id="call")

    await twin.hear(call, a_withdrawal(call, event_id="w1"))

    [entry] = await twin.entries()
    assert entry.withdrawn is not None
    assert (entry.withdrawn.withdrawn_by, entry.withdrawn.reason) == ("Anouk", "verkeerde persoon")


async def test_an_erased_citizen_is_forgotten_and_no_replay_brings_her_back(twin: Twin) -> None:
    call, note = an_interaction(event_id="call"), an_interaction(event_id="note", contact_points=(a_contact_point(),))
    amended = a_correction(call, event_id="c1", summary="anders")
    erased_at = MONDAY_10H + HOUR

    await twin.hear(call, amended, a_link("mevrouw De Vries", "haar telefoon", link_id="l1"))
    await twin.hear(an_erasure("mevrouw De Vries", at=erased_at), topic="citizen-facts")
    replayed = await twin.hear(call, note, amended)

    assert (replayed.kept, replayed.ignored) == (0, {Reason.ERASED: 3})
    read = await twin.read()
    assert (read.page.entries, read.person) == ((), (SHE,))
    assert await twin.timelines.find((a_ref("06"),), weak=True, looking=a_look()) == ()


async def test_what_an_erased_reference_corrected_has_its_earlier_words_and_place_again(twin: Twin) -> None:
    """The correction came under a reference of her phone, and goes with it; what she wrote herself stays."""
    call, visit = an_interaction(event_id="call"), an_interaction(event_id="visit", occurred_at=MONDAY_10H + HOUR)
    moved = a_correction(call, event_id="c1", citizen=a_citizen("telefoon"), matter="afval", occurred_at=MONDAY_10H + 2 * HOUR)
    await twin.hear(call, visit, moved)

    await twin.hear(an_erasure("telefoon", at=MONDAY_10H + HOUR), topic="citizen-facts")

    assert await twin.ids(purpose=PASSPORTS) == ["visit", "call"]


async def test_a_new_contact_after_erasure_is_kept(twin: Twin) -> None:
    await twin.hear(an_interaction(event_id="old", logged_at=MONDAY_10H))
    await twin.hear(an_erasure("mevrouw De Vries", at=MONDAY_10H + HOUR), topic="citizen-facts")

    await twin.hear(an_interaction(event_id="new", logged_at=MONDAY_10H + 2 * HOUR))

    assert await twin.ids() == ["new"]


@pytest.mark.parametrize("erased", ["mevrouw De Vries", "telefoon"])
@pytest.mark.parametrize("erasure_first", [True, False])
async def test_an_undoing_logged_before_an_erasure_is_forgotten_whichever_comes_first(
    twin: Twin, erased: str, erasure_first: bool
) -> None:
    """A link that was logged after the erasure is about new contacts, and holds."""
    phone = a_citizen("telefoon", kind="phone")
    erasure = an_erasure(erased, at=MONDAY_10H)
    undoing = an_undoing("mevrouw De Vries", phone, link_id="l1", at=MONDAY_10H)
    await twin.hear(a_link("mevrouw De Vries", phone, link_id="l1", at=MONDAY_10H + HOUR), topic="citizen-facts")

    for event in (erasure, undoing) if erasure_first else (undoing, erasure):
        await twin.hear(event, topic="citizen-facts")

    assert set((await twin.read()).person) == {a_ref(), a_ref("telefoon")}


async def test_an_undoing_may_come_before_its_link(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="hers"), an_interaction(event_id="other", citizen=a_citizen("telefoon", kind="phone"))
    )

    await twin.hear(an_undoing("mevrouw De Vries", "telefoon", link_id="l1", at=MONDAY_10H + HOUR), topic="citizen-facts")
    await twin.hear(a_link("mevrouw De Vries", a_citizen("telefoon", kind="phone"), link_id="l1"), topic="citizen-facts")

    assert await twin.ids() == ["hers"]
    [link] = await twin.timelines.links((SHE,), a_look())
    assert link.undone is not None
