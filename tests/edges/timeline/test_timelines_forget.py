"""What an erasure leaves of a timeline, on both twins: nothing of what was logged before it, under whichever reference."""

from datetime import timedelta
from itertools import permutations

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, an_interaction
from contact_events.erasure import erasure_of
from handlers.timeline.timeline_setting import EVERYTHING, SHE, Twin, a_correction, a_link, a_look, an_erasure
from timeline.domain.landing import Reason
from timeline.domain.looking import SOURCE

HOUR = timedelta(hours=1)
LATER = MONDAY_10H + HOUR
CALLER = a_ref("telefoon")


async def test_a_correction_under_another_reference_goes_with_its_entry_and_does_not_come_back(twin: Twin) -> None:
    """Its own reference is not erased, so only the mark of the entry keeps a replay from bringing back its words."""
    call = an_interaction(event_id="call", citizen=a_citizen("telefoon", kind="phone"))
    correction = a_correction(call, event_id="c", summary="wat zij vroeg")
    await twin.hear(call, correction)
    await twin.hear(an_erasure("telefoon", at=LATER), topic="citizen-facts")

    again = await twin.hear(call, correction)
    alone = await twin.hear(correction)

    assert (again.kept, again.ignored) == (0, {Reason.ERASED: 2})
    assert (alone.kept, alone.ignored) == (0, {Reason.ERASED: 1})


async def test_a_correction_is_forgotten_whichever_of_the_three_comes_first(twin: Twin) -> None:
    """Of an entry that was still on its way when it was erased nothing is kept that waits for it."""
    for number, order in enumerate(permutations(range(3))):
        her = f"telefoon {number}"
        call = an_interaction(event_id=f"call {number}", citizen=a_citizen(her, kind="phone"))
        events = (call, a_correction(call, event_id=f"c {number}", summary="woorden"), an_erasure(her, at=LATER))
        for place in order:
            await twin.hear(events[place])

        assert (await twin.hear(events[1])).ignored == {Reason.ERASED: 1}
        assert await twin.ids(a_ref(her)) == []


async def test_erasing_a_person_takes_every_linked_reference_along_and_says_so(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="hers"),
        an_interaction(event_id="call", citizen=a_citizen("telefoon", kind="phone")),
        a_link("mevrouw De Vries", a_citizen("telefoon", kind="phone"), link_id="l"),
    )

    erased = await twin.timelines.erase((SHE,), "z-1", a_look(what="erasure", at=LATER))

    assert set(erased.event.data.refs) == {SHE.text, CALLER.text}
    assert (erased.event.data.ground, erased.event.data.erased_at) == ("z-1", LATER)
    assert await twin.ids() == await twin.ids(CALLER) == []
    assert (await twin.hear(erased.event, topic="citizen-facts")).kept == 1


async def test_somebody_unknown_is_erased_too_because_contacts_may_be_on_their_way(twin: Twin) -> None:
    erased = await twin.timelines.erase((SHE,), "z-1", a_look(what="erasure", at=LATER))

    handled = await twin.hear(an_interaction(event_id="late", logged_at=MONDAY_10H))

    assert erased.event.data.refs == (SHE.text,)
    assert handled.ignored == {Reason.ERASED: 1}


async def test_a_shared_phone_number_is_named_and_not_forgotten(twin: Twin) -> None:
    point = a_contact_point("telefoon")
    await twin.hear(
        an_interaction(event_id="hers", contact_points=(point,)),
        an_interaction(event_id="call", citizen=a_citizen("telefoon", kind="phone")),
    )

    erased = await twin.timelines.erase((SHE,), "z-1", a_look(what="erasure", at=LATER))

    assert [reference.ref for reference in erased.perhaps_also] == [CALLER]
    assert await twin.ids(CALLER) == ["call"]


async def test_an_erasure_said_again_forgets_exactly_what_it_did_then(twin: Twin) -> None:
    """After an old backup is restored: not what was linked or logged since."""
    first = erasure_of((SHE,), kind="reference", erased_at=MONDAY_10H, ground="z-1", source=SOURCE)
    await twin.hear(
        an_interaction(event_id="before", logged_at=MONDAY_10H),
        an_interaction(event_id="after", logged_at=LATER),
        an_interaction(event_id="call", citizen=a_citizen("telefoon", kind="phone"), logged_at=MONDAY_10H),
        a_link("mevrouw De Vries", a_citizen("telefoon", kind="phone"), link_id="l", at=LATER),
    )

    again = await twin.timelines.erase((SHE,), "z-1", a_look(what="erasure", at=LATER + HOUR), erased_at=MONDAY_10H)

    assert again.event == first
    assert await twin.ids() == ["call", "after"] or await twin.ids() == ["after", "call"]


async def test_who_looked_and_that_she_was_erased_stay_on_her_access_log(twin: Twin) -> None:
    await twin.hear(an_interaction(event_id="hers"))
    await twin.read()
    await twin.timelines.erase((SHE,), "z-1", a_look(what="erasure", at=LATER))

    lines = await twin.timelines.access_log((SHE,), before=None, limit=10, looking=a_look(EVERYTHING))

    assert [line.data.what for _, line in lines] == ["erasure", "timeline"]
