"""Which addresses can be used: verified before claimed, never bounced, not too old."""

from datetime import timedelta

from builders import MONDAY_10H, a_citizen, a_policy, a_ref, a_request, a_wish, an_address, at, bounced, citizen_facts, verified
from channel_router.domain.choice import ChannelChoice
from channel_router.domain.facts import Address
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import Reason
from contact_events.outreach import OutreachRequested

BY_EMAIL = a_wish(preferred_channels=("email",))


def by_email(*addresses: Address, request: OutreachRequested | None = None) -> ChannelChoice:
    facts = citizen_facts(wishes=[BY_EMAIL], addresses=addresses)
    return preferred_channel(request or a_request(), facts, a_policy(), now=MONDAY_10H)


def test_a_verified_address_is_used_before_a_claimed_one_that_was_seen_later() -> None:
    claimed = an_address("email", contact_point="c1-" + "f" * 32, seen_at=MONDAY_10H)

    choice = by_email(claimed, verified("email"))

    assert choice.contact_point == verified("email").contact_point
    assert Reason.ADDRESS_VERIFIED in choice.reasons


def test_of_two_claimed_addresses_the_surest_is_used() -> None:
    sure = an_address("email", contact_point="c1-" + "0" * 32, assurance="high", seen_at=MONDAY_10H - timedelta(days=90))

    choice = by_email(an_address("email"), sure)

    assert choice.contact_point == sure.contact_point
    assert Reason.ADDRESS_CLAIMED in choice.reasons


def test_a_bounced_address_is_left_out_and_the_choice_says_since_when() -> None:
    choice = by_email(bounced("email", bounced_at=at("2026-06-14 09:00")))

    assert choice.skipped["email"] is Reason.ADDRESS_BOUNCED
    assert choice.since["email"] == at("2026-06-14 09:00")
    assert "Niet per e-mail: een bericht naar dit adres of nummer kwam terug (in juni 2026)." in choice.sentence["nl"]


def test_an_address_verified_after_it_bounced_is_used_again() -> None:
    choice = by_email(bounced("email", verified_at=at("2026-07-01 09:00")))

    assert choice.channel == "email"


def test_an_address_that_bounced_after_it_was_verified_is_left_out() -> None:
    choice = by_email(verified("email", bounced_at=MONDAY_10H - timedelta(days=1)))

    assert choice.skipped["email"] is Reason.ADDRESS_BOUNCED


def test_an_address_that_was_merely_mentioned_after_it_bounced_is_left_out() -> None:
    choice = by_email(bounced("email", seen_at=MONDAY_10H))

    assert choice.skipped["email"] is Reason.ADDRESS_BOUNCED


def test_a_full_mailbox_keeps_an_address_out_for_two_weeks() -> None:
    yesterday = by_email(an_address("email", refused_at=MONDAY_10H - timedelta(days=1)))
    last_month = by_email(an_address("email", refused_at=MONDAY_10H - timedelta(days=31)))

    assert yesterday.skipped["email"] is Reason.ADDRESS_BOUNCED
    assert last_month.channel == "email"


def test_an_address_not_used_for_too_long_is_left_out() -> None:
    choice = by_email(an_address("email", seen_at=MONDAY_10H - timedelta(days=366)))

    assert choice.skipped["email"] is Reason.ADDRESS_TOO_OLD


def test_a_verified_address_stays_good_longer_than_a_claimed_one() -> None:
    choice = by_email(verified("email", seen_at=MONDAY_10H - timedelta(days=700)))

    assert choice.channel == "email"


def test_without_an_address_the_channel_is_skipped() -> None:
    choice = by_email()

    assert choice.skipped["email"] is Reason.NO_ADDRESS_KNOWN


def test_who_is_known_by_an_email_address_only_is_reached_there() -> None:
    choice = by_email(request=a_request(citizen=a_citizen("j@example.nl", kind="email", assurance="claimed")))

    assert choice.channel == "email"
    assert choice.contact_point == a_ref("j@example.nl").text


def test_who_is_known_by_an_email_address_that_bounced_is_not_reached_there() -> None:
    gone = bounced("email", contact_point=a_ref("j@example.nl").text)

    choice = by_email(gone, request=a_request(citizen=a_citizen("j@example.nl", kind="email", assurance="claimed")))

    assert choice.skipped["email"] is Reason.ADDRESS_BOUNCED


def test_a_letter_goes_to_the_register_address_of_who_has_a_bsn() -> None:
    choice = preferred_channel(a_request(), citizen_facts(), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"
    assert choice.contact_point is None


def test_a_member_without_bsn_or_postal_address_gets_no_letter() -> None:
    request = a_request(citizen=a_citizen(kind="member"))

    choice = preferred_channel(request, citizen_facts(kinds=frozenset({"member"})), a_policy(), now=MONDAY_10H)

    assert choice.skipped["letter"] is Reason.NO_ADDRESS_KNOWN
    assert choice.channel == "sms"


def test_a_member_who_is_linked_to_a_bsn_gets_a_letter() -> None:
    request = a_request(citizen=a_citizen(kind="member"))

    choice = preferred_channel(request, citizen_facts(kinds=frozenset({"member", "bsn"})), a_policy(), now=MONDAY_10H)

    assert choice.channel == "letter"


def test_a_letter_that_came_back_stops_letters_until_an_address_is_verified() -> None:
    returned = bounced("postal")
    moved = verified("postal", contact_point="c1-" + "b" * 32)

    before = preferred_channel(a_request(), citizen_facts(addresses=(returned,)), a_policy(), now=MONDAY_10H)
    after = preferred_channel(a_request(), citizen_facts(addresses=(returned, moved)), a_policy(), now=MONDAY_10H)

    assert before.skipped["letter"] is Reason.ADDRESS_BOUNCED
    assert after.contact_point == moved.contact_point


def test_the_portal_is_for_who_signed_in() -> None:
    signed_in = preferred_channel(a_request(), citizen_facts(signed_in=True), a_policy(), now=MONDAY_10H)
    not_signed_in = preferred_channel(a_request(), citizen_facts(), a_policy(), now=MONDAY_10H)
    long_ago = preferred_channel(a_request(), citizen_facts(signed_in=True), a_policy(), now=MONDAY_10H + timedelta(days=600))

    assert signed_in.channel == "portal"
    assert not_signed_in.skipped["portal"] is Reason.NOT_SEEN_ON_PORTAL
    assert long_ago.skipped["portal"] is Reason.NOT_SEEN_ON_PORTAL
