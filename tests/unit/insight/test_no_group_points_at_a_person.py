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


def test_two_small_groups_that_are_ten_together_hide_nobody_else() -> None:
    found = shown(groups(web=40, phone=30, counter=9, letter=4), Group(166, 83))

    assert (set(found.groups), found.hidden) == ({"web", "phone"}, ("counter", "letter"))


def test_two_small_groups_that_are_under_ten_together_take_one_along() -> None:
    found = shown(groups(web=40, phone=30, counter=3, letter=4), Group(154, 77))

    assert (set(found.groups), found.hidden) == ({"web"}, ("counter", "letter", "phone"))


def test_a_month_of_fewer_than_ten_people_shows_nothing() -> None:
    found = shown(groups(web=9), Group(18, 9))

    assert (found.groups, found.whole) == ({}, None)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60), min_size=1))
def test_whatever_the_groups_what_is_hidden_is_never_few_people_and_never_alone(people: dict[str, int]) -> None:
    everybody = groups(**people)
    whole = Group(sum(each.contacts for each in everybody.values()), sum(people.values()))

    found = shown(everybody, whole)

    assert all(group.people >= FEWEST_PEOPLE for group in found.groups.values())
    if found.whole is not None and found.hidden and found.groups:
        assert len(found.hidden) >= 2
        assert sum(people[name] for name in found.hidden) >= FEWEST_PEOPLE
    assert {*found.groups, *found.hidden} == set(people)
