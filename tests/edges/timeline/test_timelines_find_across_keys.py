"""One BSN under an old and a new pseudonym key is one person, from the first search that meets both, on both twins."""

from uuid import uuid4

from builders import MONDAY_10H, a_citizen, an_interaction
from contact_events.citizen_ref import PseudonymKeys, RefKind
from contact_events.words import CitizenReference
from handlers.timeline.timeline_setting import Twin, a_link, a_look
from timeline.handlers import find_citizens, undo_link
from timeline.ports import Candidate

BSN = "999990342"
KEYS = PseudonymKeys({1: b"old" * 11, 2: b"new" * 11})
NEW, OLD = KEYS.refs(RefKind.BSN, BSN)


def known_by(ref_text: str) -> CitizenReference:
    return CitizenReference(ref=ref_text, kind="bsn", assurance="substantial")


async def search(twin: Twin) -> tuple[Candidate, ...]:
    return await find_citizens(twin.timelines, (NEW, OLD), weak=False, looking=a_look(what="search"), new_id=uuid4)


async def test_a_search_by_bsn_joins_what_came_under_the_old_key_and_the_new(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="old", citizen=known_by(OLD.text)),
        an_interaction(event_id="new", citizen=known_by(NEW.text)),
    )
    assert await twin.ids(NEW) == ["new"]

    [first] = await search(twin)
    [again] = await search(twin)

    assert first.certain
    assert {reference.ref for reference in first.references} == {reference.ref for reference in again.references} == {NEW, OLD}
    assert first.last_contact_at == again.last_contact_at == MONDAY_10H
    for ref in (NEW, OLD):
        assert sorted(await twin.ids(ref)) == ["new", "old"]
        [link] = await twin.timelines.links((ref,), a_look())
        assert (link.linked_by, BSN in link.evidence) == ("Plein", False)


async def test_a_bsn_known_under_one_key_only_is_found_and_links_nothing(twin: Twin) -> None:
    await twin.hear(an_interaction(event_id="old", citizen=known_by(OLD.text)))

    [found] = await search(twin)

    assert [reference.ref for reference in found.references] == [OLD]
    assert await twin.timelines.links((OLD,), a_look()) == ()


async def test_what_would_bring_two_bsns_together_is_left_apart(twin: Twin) -> None:
    """Somebody linked another person to the old reference: a search does not settle that."""
    stranger = CitizenReference(ref=KEYS.refs(RefKind.BSN, "111222333")[0].text, kind="bsn", assurance="none")
    await twin.hear(
        an_interaction(event_id="old", citizen=known_by(OLD.text)),
        an_interaction(event_id="new", citizen=known_by(NEW.text)),
        an_interaction(event_id="phone", citizen=a_citizen("telefoon", kind="phone")),
        an_interaction(event_id="stranger", citizen=stranger),
    )
    await twin.hear(a_link(known_by(OLD.text), stranger, link_id="l1"), topic="citizen-facts")

    found = await search(twin)

    assert len(found) == 2
    assert await twin.ids(NEW) == ["new"]


async def test_a_link_that_somebody_undid_stays_undone(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="old", citizen=known_by(OLD.text)),
        an_interaction(event_id="new", citizen=known_by(NEW.text)),
    )
    await search(twin)
    [link] = await twin.timelines.links((NEW,), a_look())
    await undo_link(twin.timelines, link.link_id, "zo besloten", a_look(what="link"))

    [found] = await search(twin)

    assert {reference.ref for reference in found.references} == {NEW, OLD}
    assert await twin.ids(NEW) == ["new"]
