"""What advisers and operators see, and who may not see it."""

from screens.screen import Screen


def test_an_operator_sees_that_every_service_is_well(screen: Screen) -> None:
    screen.sign_in("desk", "operator")

    screen.reads("Alles loopt.")
    names = screen.page.locator("tbody th").all_inner_texts()
    assert {"timeline", "desk", "web_adapter", "insight"} <= set(names)
    screen.look("operating")


def test_an_operator_sees_which_service_does_not_answer(screen: Screen) -> None:
    screen.sign_in("desk", "operator")
    with screen.town.without_services("insight"):
        screen.go("desk", "/beheer")
        screen.reads("insight geeft geen antwoord.")
        screen.look("operating-away")


def test_an_adviser_sees_groups_or_that_they_are_too_small(screen: Screen) -> None:
    screen.sign_in("insight", "adviser")

    screen.reads("Contacten in")
    screen.look("insight")


def test_a_page_of_another_role_says_so_in_words(screen: Screen) -> None:
    screen.sign_in("desk", "agent")
    screen.go("desk", "/beheer")

    screen.reads("Deze pagina is niet voor u")
    screen.look("not-for-you")
    screen.faults.clear()  # the browser tells of the 403


def test_a_page_that_is_not_there_says_so_in_words(screen: Screen) -> None:
    screen.go("desk", "/bestaat-niet")

    screen.reads("Deze pagina is er niet")
    screen.faults.clear()  # the browser tells of the 404


def test_the_start_page_has_a_way_in_for_each(screen: Screen) -> None:
    start = screen.town.stack.start_page
    assert start is not None
    screen.page.goto(start.address)
    screen.look("start")
    screen.page.get_by_role("link", name="Mevrouw De Vries, inwoner").click()

    screen.reads("Mijn contacten")
