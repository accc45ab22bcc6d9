"""What a timeline shows, on both twins: per purpose, page by page, as of then, and never without a line in the log."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, an_event, an_interaction
from contact_events.facts import AddressVerified
from contact_events.identity import keys_behind, receipt_of
from contact_events.seen import InformationSeen
from handlers.timeline.timeline_setting import (
    EVERYTHING,
    OWN,
    PASSPORTS,
    SHE,
    Twin,
    a_correction,
    a_link,
    a_look,
)
from timeline.domain.links import Reference
from timeline.domain.timeline import View
from timeline.edges.memory import MemoryTimelines
from timeline.ports import Mark, Unavailable

HOUR = timedelta(hours=1)


async def test_a_purpose_shows_its_matters_and_confidential_entries_only_when_it_says_so(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="passport"),
        an_interaction(event_id="secret passport", confidential=True),
        an_interaction(event_id="care", matter="wmo-melding"),
    )

    assert sorted(await twin.ids(purpose=EVERYTHING)) == ["care", "passport", "secret passport"]
    assert await twin.ids(purpose=PASSPORTS) == ["passport"]


async def test_a_filter_never_widens_a_purpose(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="passport"),
        an_interaction(event_id="care", matter="wmo-melding"),
        an_interaction(event_id="by web", channel="web"),
    )

    assert await twin.ids(purpose=PASSPORTS, matters=frozenset({"wmo-melding"})) == []
    assert await twin.ids(purpose=EVERYTHING, matters=frozenset({"wmo-melding"})) == ["care"]
    assert await twin.ids(purpose=PASSPORTS, channels=frozenset({"web"})) == ["by web"]


async def test_an_entry_made_confidential_disappears_with_all_its_words(twin: Twin) -> None:
    call = an_interaction(event_id="call")

    await twin.hear(call)
    await twin.hear(a_correction(call, event_id="c1", confidential=True))

    assert await twin.ids(purpose=PASSPORTS) == []


async def test_earlier_words_outside_the_purpose_are_left_out_of_a_correction(twin: Twin) -> None:
    call = an_interaction(event_id="call", matter="wmo-melding", summary="over hulp thuis")

    await twin.hear(call, a_correction(call, event_id="c1", matter="paspoort", summary="over het paspoort"))

    [entry] = await twin.entries(purpose=PASSPORTS)
    assert entry.words.summary == "over het paspoort"
    assert entry.corrections[0].earlier is None
    [whole] = await twin.entries(purpose=EVERYTHING)
    assert whole.corrections[0].earlier is not None


async def test_pages_follow_each_other_without_gap_or_repeat_also_at_equal_moments(twin: Twin) -> None:
    await twin.hear(*(an_interaction(event_id=str(n), occurred_at=MONDAY_10H + (n // 3) * HOUR) for n in range(10)))
    whole = await twin.ids(limit=50)

    seen: list[str] = []
    before = None
    while True:
        page = (await twin.read(limit=3, before=before)).page
        seen += [entry.event.id for entry in page.entries]
        before = page.next
        if before is None:
            break

    assert seen == whole
    assert len(whole) == 10


async def test_linked_references_are_one_timeline_in_order_of_when_things_happened(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="first", citizen=a_citizen("telefoon", kind="phone"), occurred_at=MONDAY_10H - HOUR),
        an_interaction(event_id="second"),
        an_interaction(event_id="third", citizen=a_citizen("lid", kind="member"), occurred_at=MONDAY_10H + HOUR),
    )

    await twin.hear(
        a_link("mevrouw De Vries", a_citizen("telefoon", kind="phone"), link_id="l1"),
        a_link(a_citizen("telefoon", kind="phone"), a_citizen("lid", kind="member"), link_id="l2"),
        topic="citizen-facts",
    )

    for name in ("mevrouw De Vries", "telefoon", "lid"):
        assert await twin.ids(a_ref(name)) == ["third", "second", "first"]


async def test_two_bsns_that_were_linked_elsewhere_stay_two_people_whatever_the_order(twin: Twin) -> None:
    phone = a_citizen("telefoon", kind="phone")
    first = a_link("mevrouw De Vries", phone, link_id="l1", at=MONDAY_10H)
    second = a_link("haar zus", phone, link_id="l2", at=MONDAY_10H + HOUR)
    await twin.hear(
        an_interaction(event_id="hers"),
        an_interaction(event_id="her sister's", citizen=a_citizen("haar zus")),
        an_interaction(event_id="by phone", citizen=phone),
    )

    await twin.hear(second, topic="citizen-facts")
    await twin.hear(first, topic="citizen-facts")

    assert sorted(await twin.ids()) == ["by phone", "hers"]
    assert await twin.ids(a_ref("haar zus")) == ["her sister's"]


async def test_a_shared_phone_number_shows_as_perhaps_also_and_joins_nobody(twin: Twin) -> None:
    number = a_contact_point("06")
    await twin.hear(
        an_interaction(event_id="hers", contact_points=(number,)),
        an_interaction(event_id="anonymous", citizen=a_citizen("06", kind="phone", assurance="claimed")),
    )

    read = await twin.read(purpose=EVERYTHING)

    assert [entry.event.id for entry in read.page.entries] == ["hers"]
    assert read.perhaps_also == (Reference(a_ref("06"), "phone"),)
    assert (await twin.read(purpose=OWN)).perhaps_also == ()


async def test_perhaps_also_says_nothing_about_entries_outside_the_purpose(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="hers", contact_points=(a_contact_point("06"),)),
        an_interaction(event_id="care", citizen=a_citizen("06", kind="phone"), matter="wmo-melding"),
    )

    read = await twin.read(purpose=PASSPORTS)

    assert read.perhaps_also == ()


async def test_as_of_shows_what_was_known_then(twin: Twin) -> None:
    call = an_interaction(event_id="call", summary="eerst", occurred_at=MONDAY_10H)
    phone = a_citizen("telefoon", kind="phone")
    await twin.hear(call, an_interaction(event_id="by phone", citizen=phone, occurred_at=MONDAY_10H - HOUR))
    [kept, *_] = await twin.entries()
    then = kept.landed_at

    await twin.hear(a_correction(call, event_id="c1", summary="later", occurred_at=MONDAY_10H - 2 * HOUR))
    await twin.hear(an_interaction(event_id="next"), a_link("mevrouw De Vries", phone, link_id="l1"))

    [entry] = await twin.entries(as_of=then)
    assert (entry.words.summary, entry.words.occurred_at, entry.corrections) == ("eerst", MONDAY_10H, ())
    assert await twin.ids() == ["next", "by phone", "call"]
    assert await twin.ids(as_of=datetime(2020, 1, 1, tzinfo=UTC)) == []


async def test_every_page_leaves_a_line_that_the_citizen_reads_newest_first(twin: Twin) -> None:
    await twin.hear(an_interaction(event_id="call"))
    for number in range(3):
        await twin.timelines.page((SHE,), View(PASSPORTS), a_look(PASSPORTS, by=f"agent {number}", at=MONDAY_10H + number * HOUR))

    lines = await twin.timelines.access_log((SHE,), before=None, limit=2, looking=a_look(OWN, at=MONDAY_10H - HOUR))

    assert [line.data.seen_by for _, line in lines] == ["agent 2", "agent 1", "agent 0"]
    assert (lines[0][1].data.purpose, lines[0][1].data.legal_basis, lines[0][1].data.what) == ("balie", "AVG 6.1.e", "timeline")
    rest = await twin.timelines.access_log((SHE,), before=(lines[1][1].data.seen_at, lines[1][0]), limit=2, looking=a_look())
    assert [line.data.seen_by for _, line in rest][:1] == ["agent 0"]


async def test_who_looked_at_joined_references_is_one_line_for_her_and_stays_with_each_when_they_part(twin: Twin) -> None:
    phone = a_citizen("telefoon", kind="phone")
    await twin.hear(a_link("mevrouw De Vries", phone, link_id="l1"))

    await twin.timelines.page((SHE,), View(EVERYTHING), a_look(by="Anouk"))

    lines = await twin.timelines.access_log((SHE,), before=None, limit=10, looking=a_look())
    assert [line.data.seen_by for _, line in lines] == ["Anouk"]
    other = await twin.timelines.access_log((a_ref("telefoon"),), before=None, limit=10, looking=a_look())
    assert "Anouk" in [line.data.seen_by for _, line in other]


async def test_one_look_of_another_service_at_two_linked_references_is_one_line_on_her_list(twin: Twin) -> None:
    seen = [
        InformationSeen(
            citizen=citizen,
            seen_by="Bram",
            purpose="terugbellen",
            legal_basis="AVG 6.1.e",
            what="contact_point_list",
            seen_at=MONDAY_10H,
            service="address_book",
        )
        for citizen in (a_citizen(), a_citizen("telefoon", kind="phone"))
    ]
    await twin.hear(a_link("mevrouw De Vries", a_citizen("telefoon", kind="phone"), link_id="l1"), topic="citizen-facts")

    await twin.hear(*(an_event(line, event_id=f"look.{n}") for n, line in enumerate(seen)), topic="access-log")

    lines = await twin.timelines.access_log((SHE,), before=None, limit=10, looking=a_look())
    assert [line.data.seen_by for _, line in lines] == ["Bram"]


async def test_what_another_service_logged_joins_her_list_once(twin: Twin) -> None:
    seen = an_event(
        InformationSeen(
            citizen=a_citizen(),
            seen_by="Bram",
            purpose="terugbellen",
            legal_basis="AVG 6.1.e",
            what="contact_point",
            seen_at=MONDAY_10H,
            service="address_book",
        ),
        event_id="seen-1",
    )

    first = await twin.hear(seen, topic="access-log")
    again = await twin.hear(seen, topic="access-log")

    assert (first.kept, again.kept, again.repeated) == (1, 0, 1)
    lines = await twin.timelines.access_log((SHE,), before=None, limit=10, looking=a_look())
    assert [(line.data.seen_by, line.data.service) for _, line in lines] == [("Bram", "address_book")]


async def test_a_search_by_phone_finds_everybody_seen_with_it_and_is_sure_of_nobody(twin: Twin) -> None:
    number = a_contact_point("06")
    await twin.hear(
        an_interaction(event_id="hers", contact_points=(number,), occurred_at=MONDAY_10H),
        an_interaction(event_id="his", citizen=a_citizen("haar man"), contact_points=(number,), occurred_at=MONDAY_10H + HOUR),
        an_interaction(event_id="anonymous", citizen=a_citizen("06", kind="phone"), occurred_at=MONDAY_10H - HOUR),
        an_event(
            AddressVerified(
                citizen=a_citizen("zonder contact"),
                contact_point=a_ref("06").text,
                kind="phone",
                verified_at=MONDAY_10H,
                verified_how="code",
            )
        ),
    )

    found = await twin.timelines.find((a_ref("06"),), weak=True, looking=a_look(what="search"))

    assert [each.references[0].ref for each in found] == [a_ref("haar man"), SHE, a_ref("06")]
    assert [each.certain for each in found] == [False, False, False]
    assert [each.references[0].kind for each in found] == ["bsn", "bsn", "phone"]
    for ref in (a_ref("haar man"), SHE):
        lines = await twin.timelines.access_log((ref,), before=None, limit=10, looking=a_look())
        assert [line.data.what for _, line in lines][:1] == ["search"]


async def test_a_search_by_bsn_finds_the_person_with_every_reference_the_bsn_first(twin: Twin) -> None:
    phone = a_citizen("telefoon", kind="phone")
    await twin.hear(an_interaction(event_id="call", citizen=phone), a_link(phone, "mevrouw De Vries", link_id="l1"))

    [found] = await twin.timelines.find((SHE,), weak=False, looking=a_look(what="search"))

    assert found.certain
    assert [reference.kind for reference in found.references] == ["bsn", "phone"]
    assert await twin.timelines.find((a_ref("onbekend"),), weak=False, looking=a_look()) == ()


async def test_a_receipt_leads_to_its_entry_when_the_purpose_shows_it(twin: Twin) -> None:
    call = an_interaction(event_id="call")
    await twin.hear(call, an_interaction(event_id="another"))
    first, last = keys_behind(receipt_of(call.key))

    [entry] = await twin.timelines.behind_receipt(first, last, View(PASSPORTS), a_look())
    hidden = await twin.timelines.behind_receipt(first, last, View(EVERYTHING, matters=frozenset({"afval"})), a_look())

    assert (entry.event.id, hidden) == ("call", ())


async def test_what_was_kept_after_a_mark_comes_live_also_when_it_happened_long_ago(twin: Twin) -> None:
    phone = a_citizen("telefoon", kind="phone")
    mark, followed = await twin.timelines.begin_live((SHE,), a_look())

    await twin.hear(
        an_interaction(event_id="late note", occurred_at=MONDAY_10H - 400 * 24 * HOUR),
        an_interaction(event_id="care", matter="wmo-melding"),
        an_interaction(event_id="joined", citizen=phone),
        a_link("mevrouw De Vries", phone, link_id="l1"),
    )
    entries, later = await twin.timelines.changed_since((SHE,), mark, View(PASSPORTS))

    assert sorted(entry.event.id for entry in entries) == ["joined", "late note"]
    assert followed == (SHE,)
    assert later.changed_at >= mark.changed_at
    assert (await twin.timelines.changed_since((SHE,), Mark(later.changed_at + HOUR), View(PASSPORTS)))[0] == ()


async def test_a_source_is_heard_by_the_latest_it_logged(twin: Twin) -> None:
    await twin.hear(an_interaction(event_id="2", logged_at=MONDAY_10H + HOUR))
    await twin.hear(an_interaction(event_id="1", logged_at=MONDAY_10H))

    assert set((await twin.timelines.heard()).values()) == {MONDAY_10H + HOUR}


async def test_without_a_place_to_log_nothing_is_shown() -> None:
    timelines = MemoryTimelines()
    twin = Twin(timelines, timelines.record_contacts)
    await twin.hear(an_interaction(event_id="call"))

    timelines.is_available = False

    with pytest.raises(Unavailable):
        await twin.read()


def test_keys_of_lookings_are_never_taken_for_each_other() -> None:
    one, other = (a_look(look_id=uuid4()).lines([SHE])[0] for _ in range(2))

    assert one.key != other.key
    assert isinstance(one.key, UUID)


async def test_a_search_tells_when_contact_was_of_what_the_purpose_shows_only(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="passport", occurred_at=MONDAY_10H - HOUR),
        an_interaction(event_id="care", matter="wmo-melding", occurred_at=MONDAY_10H),
        an_interaction(event_id="secret", citizen=a_citizen("haar man"), confidential=True),
    )

    [she] = await twin.timelines.find((SHE,), weak=False, looking=a_look(PASSPORTS, what="search"))
    [he] = await twin.timelines.find((a_ref("haar man"),), weak=False, looking=a_look(PASSPORTS, what="search"))
    [known] = await twin.timelines.find((SHE,), weak=False, looking=a_look(what="search"))

    assert (she.last_contact_at, he.last_contact_at) == (MONDAY_10H - HOUR, None)
    assert he.references == (Reference(a_ref("haar man"), "bsn"),)
    assert known.last_contact_at == MONDAY_10H
