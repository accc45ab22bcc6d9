"""The handlers and the stream on facts in memory: load, decide, keep, say."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from builders import MONDAY_10H, TEST_SYSTEM, a_citizen, a_policy, a_ref, a_request, an_event, an_interaction, no_phone
from channel_router.domain.looking import ROUTER_SOURCE, Looking
from channel_router.domain.preference import preferred_channel
from channel_router.edges.memory import MemoryAccessLog, MemoryFacts
from channel_router.edges.stream import Stream
from channel_router.handlers import Done, Ignored, Parked, choose_channels, keep_facts, try_choices, windows_of
from channel_router.ports import Facts
from contact_events.codec import read_event, write_event
from contact_events.envelope import Event
from contact_events.facts import CitizenErased, ReferencesLinked
from contact_events.identity import event_key
from contact_events.purposes import Purpose
from event_bus.records import Batch, Record

NOW = MONDAY_10H
PURPOSE = Purpose(
    code="burgerzaken",
    nl="Burgerzaken",
    en="Civil affairs",
    legal_basis="Wet BRP",
    roles=frozenset({"caseworker"}),
    may_reach=True,
)
LOOKING = Looking(id=UUID(int=7), seen_by="b.visser", at=NOW, roles=frozenset({"caseworker"}))


async def choose(facts: Facts, *requests: Event[Any], now: datetime = NOW) -> Done:
    return await choose_channels(facts, requests, a_policy(), now)


def a_record(
    value: bytes | None, *, topic: str = "outreach-requests", offset: int = 0, headers: tuple[tuple[str, bytes], ...] = ()
) -> Record:
    return Record(topic, 0, offset, a_ref().value, value, headers)


async def test_a_request_is_answered_with_a_choice_about_the_same_citizen() -> None:
    request = an_event(a_request())

    done = await choose(MemoryFacts(), request)

    (said,) = done.say
    assert done.kept == 1
    assert said.data.channel == "letter"
    assert said.data.citizen == request.data.citizen
    assert said.data.request == request.ref


async def test_the_choice_that_is_said_is_the_choice_that_was_made() -> None:
    request = an_event(a_request(reach_before=NOW + timedelta(days=20)))
    facts = MemoryFacts()
    await keep_facts(facts, [an_event(no_phone())])

    (said,) = (await choose(facts, request)).say

    known = await facts.about([a_ref().uuid], NOW, windows_of(a_policy()))
    choice = preferred_channel(request.data, known[a_ref().uuid], a_policy(), NOW)
    assert said.data.sentence == choice.sentence
    assert said.data.reasons == tuple(reason.value for reason in choice.reasons)
    assert {skipped.channel: skipped.reason for skipped in said.data.skipped} == dict(choice.skipped)
    assert [step.channel for step in said.data.next_steps] == [step.channel for step in choice.next_steps]
    assert said.data.send_before == choice.send_before
    assert said.data.policy_version == a_policy().version


async def test_the_id_of_a_choice_comes_from_its_request_so_that_choosing_twice_is_one_event() -> None:
    request = an_event(a_request())

    (one,) = (await choose(MemoryFacts(), request)).say
    (other,) = (await choose(MemoryFacts(), request, now=NOW + timedelta(hours=5))).say

    assert one.key == other.key == event_key(ROUTER_SOURCE, request.key.hex)


async def test_a_choice_is_as_confidential_as_what_was_asked() -> None:
    (open_one,) = (await choose(MemoryFacts(), an_event(a_request()))).say
    (confidential,) = (await choose(MemoryFacts(), an_event(a_request(confidential=True)))).say

    assert (open_one.data.confidential, confidential.data.confidential) == (False, True)


async def test_what_is_said_can_be_read_back_by_the_codec() -> None:
    (said,) = (await choose(MemoryFacts(), an_event(a_request(legal_form="written")))).say

    assert read_event(write_event(said)).data == said.data


async def test_a_request_that_comes_twice_is_answered_once() -> None:
    facts, request = MemoryFacts(), an_event(a_request())
    await choose(facts, request)

    again = await choose(facts, request, request)

    assert (again.kept, again.repeated, again.say) == (0, 2, [])


async def test_a_request_that_comes_twice_in_one_batch_is_answered_once() -> None:
    request = an_event(a_request())

    done = await choose(MemoryFacts(), request, request)

    assert (done.kept, done.repeated, len(done.say)) == (1, 1, 1)


async def test_another_request_under_a_known_id_is_parked_and_never_answered() -> None:
    facts = MemoryFacts()
    await choose(facts, an_event(a_request(), event_id="1"))

    done = await choose(facts, an_event(a_request(matter="belasting"), event_id="1"), an_event(a_request(), event_id="2"))

    assert done.parked == {0: Parked.OTHER_CONTENT}
    assert done.kept == 1


async def test_requests_in_one_batch_share_the_contact_budget() -> None:
    requests = [an_event(a_request(), event_id=str(n)) for n in range(6)]

    done = await choose(MemoryFacts(), *requests)

    moments = [said.data.not_before for said in done.say]
    assert moments[:4] == [NOW] * 4
    assert all(moment >= NOW + a_policy().budget.period for moment in moments[4:])


async def test_a_choice_takes_of_the_contact_budget_of_the_next_batch() -> None:
    facts = MemoryFacts()
    for n in range(4):
        await choose(facts, an_event(a_request(), event_id=str(n)))

    (said,) = (await choose(facts, an_event(a_request(), event_id="5"))).say

    assert "waits_for_budget" in said.data.reasons


async def test_what_a_person_takes_over_takes_nothing_of_the_budget() -> None:
    facts = MemoryFacts()
    visitor = a_citizen(kind="visitor")
    await choose(facts, *(an_event(a_request(citizen=visitor), event_id=str(n)) for n in range(6)))

    (said,) = (await choose(facts, an_event(a_request(), event_id="7"))).say

    assert said.data.not_before == NOW


async def test_a_dry_run_keeps_nothing_and_takes_nothing_of_the_budget() -> None:
    facts = MemoryFacts()

    choices = await try_choices(facts, MemoryAccessLog(), [(a_request(), PURPOSE)] * 6, LOOKING, a_policy())

    (said,) = (await choose(facts, an_event(a_request()))).say
    assert {choice.channel for choice in choices} == {"letter"}
    assert all(choice.not_before == NOW for choice in choices)
    assert said.data.not_before == NOW


async def test_a_dry_run_leaves_one_line_for_each_citizen_however_often_it_asks() -> None:
    log = MemoryAccessLog()
    neighbour = a_request(citizen=a_citizen(name="neighbour"))
    wanted = [(a_request(), PURPOSE), (neighbour, PURPOSE), (a_request(), PURPOSE)]

    await try_choices(MemoryFacts(), log, wanted, LOOKING, a_policy())

    assert [line.data.citizen.ref for line in log.lines] == [a_ref().text, neighbour.citizen.ref]
    assert {(line.data.what, line.data.purpose, line.data.role) for line in log.lines} == {
        ("channel_choice", "burgerzaken", "caseworker")
    }
    assert len({line.key for line in log.lines}) == 2
    assert len({line.id.partition(".")[0] for line in log.lines}) == 1


async def test_a_dry_run_leaves_a_line_under_every_reference_whose_facts_it_stands_on() -> None:
    """When the link proves wrong, each of the two people still sees who asked."""
    facts, log, other = MemoryFacts(), MemoryAccessLog(), a_citizen("her other reference")
    linked = ReferencesLinked(link_id="l-1", citizen=other, other=a_citizen(), evidence="passport", linked_by="m", linked_at=NOW)
    await keep_facts(facts, [an_event(linked), an_event(no_phone(citizen=other))])

    await try_choices(facts, log, [(a_request(), PURPOSE)], LOOKING, a_policy())
    once = list(log.lines)
    await try_choices(facts, log, [(a_request(), PURPOSE), (a_request(citizen=other), PURPOSE)], LOOKING, a_policy())

    assert [line.data.citizen.ref for line in once] == [a_ref().text, other.ref]
    assert len({line.id.partition(".")[0] for line in once}) == 1
    assert log.lines == [*once, *once]


async def test_a_dry_run_says_what_would_be_chosen() -> None:
    facts = MemoryFacts()
    await keep_facts(facts, [an_event(no_phone())])
    request = a_request(urgency="high")

    (tried,) = await try_choices(facts, MemoryAccessLog(), [(request, PURPOSE)], LOOKING, a_policy())
    (said,) = (await choose(facts, an_event(request))).say

    assert tried.sentence == said.data.sentence


async def test_a_request_about_somebody_erased_since_is_left_aside() -> None:
    facts, before, after = MemoryFacts(), an_event(a_request(), event_id="1"), NOW + timedelta(days=2)
    erased_at = NOW + timedelta(days=1)
    await keep_facts(
        facts, [an_event(CitizenErased(citizen=a_citizen(), refs=(a_ref().text,), erased_at=erased_at, ground="asked"))]
    )

    done = await choose(facts, before, an_event(a_request(), event_id="2", logged_at=after))

    assert done.ignored == {Ignored.CITIZEN_ERASED: 1}
    assert done.kept == 1


async def test_facts_are_counted_as_kept_repeated_or_nothing_to_learn() -> None:
    facts, call = MemoryFacts(), an_interaction()
    await keep_facts(facts, [call])

    done = await keep_facts(facts, [call, an_event(no_phone()), an_event(a_request())])

    assert (done.kept, done.repeated, done.ignored) == (1, 1, {Ignored.NOTHING_TO_LEARN: 1})


async def test_the_stream_parks_what_it_cannot_read_and_goes_on_with_its_neighbours() -> None:
    request = write_event(an_event(a_request()))
    broken = [a_record(b"{", offset=0), a_record(request, offset=1), a_record(None, offset=2)]

    handled = await Stream(a_policy(), lambda: NOW).handle_with(MemoryFacts(), Batch("outreach-requests", 0, broken))

    assert [(parked.record.offset, parked.reason) for parked in handled.parked] == [(0, "not_json"), (2, "not_json")]
    assert (handled.kept, len(handled.say)) == (1, 1)


async def test_the_stream_parks_the_very_record_that_clashes() -> None:
    records = [
        a_record(b"{", offset=7),
        a_record(write_event(an_event(a_request(), event_id="1")), offset=8),
        a_record(write_event(an_event(a_request(matter="belasting"), event_id="1")), offset=9),
    ]

    handled = await Stream(a_policy(), lambda: NOW).handle_with(MemoryFacts(), Batch("outreach-requests", 0, records))

    assert [(parked.record.offset, parked.reason) for parked in handled.parked] == [(7, "not_json"), (9, "same_id_other_content")]


async def test_the_stream_says_a_choice_under_the_citizens_key_with_the_trace_of_its_request() -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    record = a_record(write_event(an_event(a_request())), headers=(("traceparent", trace),))

    handled = await Stream(a_policy(), lambda: NOW).handle_with(MemoryFacts(), Batch("outreach-requests", 0, [record]))

    (said,) = handled.say
    headers = dict(said.headers)
    assert (said.topic, said.key) == ("channel-choices", a_ref().value)
    assert headers["content-type"] == b"application/cloudevents+json"
    assert headers["traceparent"].split(b"-")[1] == trace.split(b"-")[1]


async def test_the_stream_learns_from_the_other_topics() -> None:
    facts = MemoryFacts()
    record = a_record(write_event(an_event(no_phone(), source=TEST_SYSTEM)), topic="citizen-facts")

    handled = await Stream(a_policy(), lambda: NOW).handle_with(facts, Batch("citizen-facts", 0, [record]))

    (said,) = (await choose(facts, an_event(a_request()))).say
    assert handled.kept == 1
    assert {skipped.channel: skipped.reason for skipped in said.data.skipped}["phone"] == "asked_not_to_be_phoned"
