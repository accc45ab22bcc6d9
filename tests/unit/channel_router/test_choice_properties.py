"""What holds for every choice, whatever the citizen, the request, the policy and the moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import AMSTERDAM, MONDAY_10H, SENIOR_CLUB, a_citizen, a_policy, a_ref, a_request, a_wish
from channel_router.domain.choice import ChannelChoice
from channel_router.domain.facts import Address, ChannelHealth, CitizenFacts, Contact, Mandate
from channel_router.domain.moments import is_quiet, may_use
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason
from channel_router.domain.wishes import wish_for
from contact_events.facts import QuietHours
from contact_events.outreach import OutreachRequested

CHANNELS = [*a_policy().channels, "fax"]
DISTURBING = {name for name, rules in a_policy().channels.items() if rules.disturbs}
LEGAL = {"letter", "portal"}

near = st.integers(-400 * 24 * 60, 60 * 24 * 60).map(lambda minutes: MONDAY_10H + timedelta(minutes=minutes))
maybe_near = st.none() | near
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
quiet_hours = st.builds(
    QuietHours, start=clocks, until=clocks, days=st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True).map(tuple)
)
some_channels = st.lists(st.sampled_from(CHANNELS), max_size=4, unique=True).map(tuple)
wishes = st.builds(
    lambda **said: a_wish(**said),
    set_at=near,
    matter=st.sampled_from([None, "paspoort", "wmo"]),
    preferred_channels=some_channels,
    refused_channels=some_channels,
    quiet_hours=st.lists(quiet_hours, max_size=2).map(tuple),
    language=st.sampled_from([None, "dut", "tur"]),
    person_please=st.booleans(),
    through_organisation=st.sampled_from([None, SENIOR_CLUB]),
)
addresses = st.builds(
    Address,
    contact_point=st.integers(0, 5).map(lambda n: a_ref(n).text),
    kind=st.sampled_from(["phone", "email", "postal"]),
    assurance=st.sampled_from(["claimed", "substantial"]),
    seen_at=maybe_near,
    verified_at=maybe_near,
    bounced_at=maybe_near,
    refused_at=maybe_near,
)
contacts = st.builds(
    Contact,
    channel=st.sampled_from([*CHANNELS, "web"]),
    at=near,
    reached=st.booleans(),
    inbound=st.booleans(),
    signed_in=st.booleans(),
)
mandates = st.builds(
    Mandate,
    organisation=st.sampled_from([SENIOR_CLUB, "urn:nld:kvknr:1"]),
    organisation_name=st.just("club"),
    valid_from=near,
    valid_until=near,
    matters=st.sampled_from([(), ("paspoort",), ("wmo",)]),
)
citizens = st.builds(
    CitizenFacts,
    kinds=st.frozensets(st.sampled_from(["bsn", "phone", "member"])),
    wishes=st.lists(wishes, max_size=3).map(tuple),
    addresses=st.lists(addresses, max_size=5, unique_by=lambda address: address.contact_point).map(tuple),
    contacts=st.lists(contacts, max_size=6).map(lambda made: tuple(sorted(made, key=lambda contact: contact.at, reverse=True))),
    mandates=st.lists(mandates, max_size=2).map(tuple),
    circumstances=st.frozensets(st.sampled_from(["deceased", "secret_address", "something_new"]), max_size=1),
    outreaches=st.lists(near, max_size=6).map(tuple),
    health=st.dictionaries(
        st.sampled_from(CHANNELS), st.builds(ChannelHealth, tried=st.integers(0, 50), failed=st.integers(0, 50)), max_size=3
    ),
)
requests = st.builds(
    lambda kind, **said: a_request(citizen=a_citizen(0, kind=kind), **said),
    kind=st.sampled_from(["bsn", "phone", "email", "member", "visitor", "unknown"]),
    matter=st.sampled_from(["paspoort", "wmo"]),
    urgency=st.sampled_from(["low", "normal", "high"]),
    legal_form=st.sampled_from(["none", "none", "written", "registered_letter", "by_bailiff"]),
    reach_before=st.none() | st.integers(-24, 500).map(lambda hours: MONDAY_10H + timedelta(hours=hours)),
    interaction_need=st.sampled_from(["inform", "act", "talk", "dance"]),
    societal_result=st.sampled_from(["good_service", "safety", "legal_certainty"]),
    confidential=st.booleans(),
)
moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: MONDAY_10H + timedelta(minutes=minutes))


def used(choice: ChannelChoice) -> list[tuple[str, datetime, str | None]]:
    """Every channel the choice would use, with its moment and contact point."""
    first = (choice.channel, choice.not_before, choice.contact_point)
    return [first, *((step.channel, step.not_before, step.contact_point) for step in choice.next_steps)]


@given(requests, citizens, moments)
def test_a_refused_channel_is_used_only_where_the_law_asks_and_then_it_says_so(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    refused = wish_for(request.matter, facts.wishes).refused

    choice = preferred_channel(request, facts, a_policy(), now)

    for channel, _, _ in used(choice):
        assert channel not in refused or (request.legal_form != "none" and channel in LEGAL)
    assert choice.channel not in refused or Reason.REFUSED_BUT_LAW_ASKS in choice.reasons


@given(requests, citizens, moments)
def test_nobody_is_disturbed_in_quiet_hours_or_by_a_closed_channel(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    quiet = wish_for(request.matter, facts.wishes).quiet_hours

    choice = preferred_channel(request, facts, a_policy(), now)

    for channel, not_before, _ in used(choice):
        assert channel not in DISTURBING or not is_quiet(quiet, not_before.astimezone(AMSTERDAM))
        assert channel == "person" or may_use(a_policy().channels[channel], (), not_before, a_policy())


@given(requests, citizens, moments)
def test_a_bounced_address_is_never_used(request: OutreachRequested, facts: CitizenFacts, now: datetime) -> None:
    bounced = {address.contact_point for address in facts.addresses if address.has_bounced}

    choice = preferred_channel(request, facts, a_policy(), now)

    assert not bounced & {contact_point for _, _, contact_point in used(choice)}


@given(requests, citizens, moments)
def test_every_choice_ends_in_a_person_and_says_why(request: OutreachRequested, facts: CitizenFacts, now: datetime) -> None:
    choice = preferred_channel(request, facts, a_policy(), now)

    assert used(choice)[-1][0] == "person"
    assert choice.reasons
    assert choice.channel != "person" or choice.needs_person
    assert choice.policy_version == a_policy().version


@given(requests, citizens, moments)
def test_every_channel_of_the_policy_is_chosen_comes_next_or_is_skipped_with_a_reason(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    choice = preferred_channel(request, facts, a_policy(), now)

    spoken_of = [channel for channel, _, _ in used(choice) if channel != "person"] + list(choice.skipped)
    assert sorted(spoken_of) == sorted(a_policy().channels)


@given(requests, citizens, moments)
def test_steps_follow_each_other_and_none_lies_in_the_past(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    steps = [moment for _, moment, _ in used(preferred_channel(request, facts, a_policy(), now))]

    assert steps == sorted(steps)
    assert steps[0] >= now
    assert all(moment.tzinfo is UTC for moment in steps)


@given(requests, citizens, moments)
def test_the_same_question_gives_the_same_answer_whatever_the_order_of_the_facts(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    turned = replace(
        facts,
        addresses=tuple(reversed(facts.addresses)),
        mandates=tuple(reversed(facts.mandates)),
        outreaches=tuple(reversed(facts.outreaches)),
    )

    assert preferred_channel(request, facts, a_policy(), now) == preferred_channel(request, turned, a_policy(), now)


@given(requests, citizens, moments)
def test_a_confidential_matter_never_stands_in_an_email_or_sms(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    choice = preferred_channel(made_confidential(request), facts, a_policy(), now)

    assert not {"email", "sms"} & {channel for channel, _, _ in used(choice)}


def made_confidential(request: OutreachRequested) -> OutreachRequested:
    return msgspec.structs.replace(request, confidential=True)


@given(requests, citizens, moments)
def test_who_has_died_is_never_contacted(request: OutreachRequested, facts: CitizenFacts, now: datetime) -> None:
    choice = preferred_channel(request, replace(facts, circumstances=frozenset({"deceased"})), a_policy(), now)

    assert used(choice) == [("person", choice.not_before, None)]


@given(requests, citizens, moments)
def test_a_secret_address_is_never_used_unverified(request: OutreachRequested, facts: CitizenFacts, now: datetime) -> None:
    verified = {address.contact_point for address in facts.addresses if address.is_verified}

    choice = preferred_channel(request, replace(facts, circumstances=frozenset({"secret_address"})), a_policy(), now)

    for channel, _, contact_point in used(choice):
        assert contact_point in verified or channel in {"portal", "intermediary", "person"}


@given(requests, citizens, moments)
def test_a_helper_is_used_only_when_asked_and_under_a_mandate_for_the_matter(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    choice = preferred_channel(request, facts, a_policy(), now)

    if "intermediary" in {channel for channel, _, _ in used(choice)}:
        asked = wish_for(request.matter, facts.wishes).through_organisation
        assert any(
            mandate.organisation == asked and (not mandate.matters or request.matter in mandate.matters)
            for mandate in facts.mandates
        )


@given(requests, citizens, moments)
def test_without_the_law_nothing_is_chosen_that_comes_after_the_term(
    request: OutreachRequested, facts: CitizenFacts, now: datetime
) -> None:
    choice = preferred_channel(request, facts, a_policy(), now)

    if request.reach_before is not None and request.legal_form == "none" and choice.channel != "person":
        assert choice.not_before <= request.reach_before
        assert choice.send_before is not None
        assert choice.not_before <= choice.send_before


@given(requests, citizens, moments)
@settings(max_examples=50)
def test_every_sentence_can_be_read_and_fits_the_event(request: OutreachRequested, facts: CitizenFacts, now: datetime) -> None:
    choice = preferred_channel(request, facts, a_policy(), now)

    for language in ("nl", "en"):
        assert 20 < len(choice.sentence[language]) <= 1000
        assert choice.sentence[language].endswith(".")
        assert "_" not in choice.sentence[language]
    assert isinstance(choice.not_before, datetime)
