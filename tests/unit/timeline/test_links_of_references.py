"""Which links hold, and who is one person by them."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

from builders import MONDAY_10H, a_ref
from contact_events.citizen_ref import CitizenRef
from contact_events.identity import event_key
from timeline.domain.links import Link, Reference, Undo, applied, as_of, holds_two_bsns, person, would_join_two_bsns

HER_BSN = Reference(a_ref("bsn"), "bsn")
HER_SISTERS_BSN = Reference(a_ref("haar zus"), "bsn")
PHONE = Reference(a_ref("telefoon"), "phone")
MEMBER = Reference(a_ref("lid"), "member")


def a_link_between(one: Reference, other: Reference, *, hour: int = 0, undone_at: int | None = None) -> Link:
    at = MONDAY_10H + timedelta(hours=hour)
    undo = None
    if undone_at is not None:
        moment = MONDAY_10H + timedelta(hours=undone_at)
        undo = Undo(key(f"undo {hour}"), "vergist", "Bram", moment, moment)
    return Link(key(f"link {hour}"), str(hour), one, other, "paspoort gezien", "Anouk", at, at, undo)


def key(name: str) -> UUID:
    return event_key("urn:nld:test", name)


def test_links_join_along_a_chain() -> None:
    links = [a_link_between(HER_BSN, PHONE), a_link_between(PHONE, MEMBER, hour=1)]

    assert person({HER_BSN.ref}, applied(links)) == {HER_BSN.ref, PHONE.ref, MEMBER.ref}


def test_an_undone_link_holds_no_longer_and_parts_who_hung_on_it() -> None:
    links = [a_link_between(HER_BSN, PHONE, undone_at=5), a_link_between(PHONE, MEMBER, hour=1)]

    assert person({HER_BSN.ref}, applied(links)) == {HER_BSN.ref}
    assert person({PHONE.ref}, applied(links)) == {PHONE.ref, MEMBER.ref}


def test_the_earliest_link_wins_where_two_would_bring_two_bsns_together_whatever_the_order() -> None:
    links = [
        a_link_between(HER_BSN, PHONE, hour=0),
        a_link_between(PHONE, MEMBER, hour=1),
        a_link_between(MEMBER, HER_SISTERS_BSN, hour=2),
    ]

    for order in permutations(links):
        assert {link.link_id for link in applied(order)} == {"0", "1"}


def test_two_bsns_are_blocked_also_through_others() -> None:
    links = [a_link_between(HER_BSN, PHONE), a_link_between(MEMBER, HER_SISTERS_BSN, hour=1)]

    assert would_join_two_bsns(links, PHONE, MEMBER)
    assert not would_join_two_bsns(links[:1], PHONE, MEMBER)
    assert would_join_two_bsns((), HER_BSN, HER_SISTERS_BSN)


def test_one_bsn_under_two_key_versions_is_no_second_bsn() -> None:
    """A renewed key gives the same BSN another reference; only a person can tell that they are one."""
    renewed = Reference(CitizenRef(a_ref("bsn, nieuwe sleutel").value, 2), "bsn")

    assert not holds_two_bsns([HER_BSN, renewed])


def test_as_of_a_moment_a_later_undoing_is_not_known_yet() -> None:
    links = [a_link_between(HER_BSN, PHONE, undone_at=5)]

    then = as_of(links, MONDAY_10H + timedelta(hours=3))

    assert person({HER_BSN.ref}, applied(then)) == {HER_BSN.ref, PHONE.ref}
    assert as_of(links, MONDAY_10H - timedelta(hours=1)) == ()
