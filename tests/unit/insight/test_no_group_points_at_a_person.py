"""Groups under ten people are not shown, and cannot be worked out from what is."""

from hypothesis import given
from hypothesis import strategies as st

from insight.domain.suppression import FEWEST_PEOPLE, Group, shown


def groups(**people: int) -> dict[str, Group]:
    return {name: Group(contacts=count * 2, people=count) for name, count in people.items()}


def test_groups_of_ten_or_more_are_shown_with_their_total() -> None:
    found = shown(groups(web=40, phone=10), Group(100, 50))

    assert (set(found.groups), found.hidden, found.whole) == ({"web", "phone"}, (), Group(100, 50))


def test_a_group_of_nine_takes_the_next_smallest_along() -> None:
    """Alone it would be the total less the others."""
    found = shown(groups(web=40, phone=30, counter=9), Group(158, 79))

    assert (set(found.groups), found.hidden) == ({"web"}, ("counter", "phone"))


def test_small_groups_that_may_be_the_same_people_take_one_along() -> None:
    """Nine and four may be nine people in all: the total less the shown ones would be theirs."""
    found = shown(groups(web=40, phone=30, counter=9, letter=4), Group(166, 83))

    assert (set(found.groups), found.hidden) == ({"web"}, ("counter", "letter", "phone"))


def test_a_share_is_told_of_ten_contacts_or_more() -> None:
    """Of three contacts, one that came back is somebody."""
    few, enough = Group(9, 12, repeats=3, solved=2, judged=3), Group(10, 10, repeats=3, solved=9, judged=10)

    assert (few.came_back, few.done_at_once) == (None, None)
    assert (enough.came_back, enough.done_at_once) == (30, 90)


def test_a_month_of_fewer_than_ten_people_shows_nothing() -> None:
    found = shown(groups(web=9), Group(18, 9))

    assert (found.groups, found.whole) == ({}, None)


@given(st.lists(st.sets(st.integers(0, 14), min_size=1), min_size=2, max_size=8))
def test_whoever_is_in_which_groups_what_is_hidden_is_never_of_few_people(members: list[set[int]]) -> None:
    everybody = {str(place): Group(contacts=len(each), people=len(each)) for place, each in enumerate(members)}
    whole = Group(sum(map(len, members)), len(set().union(*members)))

    found = shown(everybody, whole)

    assert all(group.people >= FEWEST_PEOPLE for group in found.groups.values())
    if found.whole is not None and found.hidden and found.groups:
        assert len(set().union(*(members[int(name)] for name in found.hidden))) >= FEWEST_PEOPLE
    assert {*found.groups, *found.hidden} == set(everybody)
