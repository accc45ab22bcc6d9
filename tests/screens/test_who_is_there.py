"""One box for everything: whoever calls, visits or shows a receipt is found by what they say, with the keyboard alone."""

import pytest

from plein.local.personas import MRS_DE_VRIES_BSN
from running_town import PHONE, WEB, a_call, a_form
from screens.screen import Screen


def test_a_bsn_opens_the_timeline_and_says_whom_it_is_of(screen: Screen) -> None:
    screen.town.accepted(WEB, a_form(MRS_DE_VRIES_BSN))
    screen.town.entries(screen.town.found(bsn=MRS_DE_VRIES_BSN), 1)
    screen.open_at_desk(MRS_DE_VRIES_BSN)

    screen.reads("Johanna de Vries")
    screen.reads("geboren op ma 14 mrt 1960")
    assert MRS_DE_VRIES_BSN not in screen.page.url + screen.page.title()
    screen.go("desk", "/")
    screen.reads("Johanna de Vries")


def test_a_name_with_a_date_of_birth_finds_who_is_in_the_register(screen: Screen) -> None:
    screen.town.accepted(WEB, a_form(MRS_DE_VRIES_BSN))
    screen.town.entries(screen.town.found(bsn=MRS_DE_VRIES_BSN), 1)
    screen.sign_in("desk", "agent")
    screen.find("De Vries, 14-3-1960")

    screen.reads("1 persoon gevonden")
    screen.look("found-by-name")
    screen.page.get_by_role("button", name="Openen").press("Enter")
    screen.page.locator("[data-live]").wait_for()
    screen.reads("Johanna de Vries")


def test_a_phone_number_may_be_of_several_people_so_somebody_chooses(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    number = f"06123{bsn[-5:]}"
    town.accepted(PHONE, a_call(bsn, callerNumber=number))
    town.entries(town.found(bsn=bsn), 1)
    screen.sign_in("desk", "agent")
    screen.find(number)

    screen.reads("Misschien: dit nummer of adres kan van meer mensen zijn")
    screen.look("found-by-phone")
    screen.page.get_by_role("button", name="Openen").first.press("Enter")
    screen.page.locator("[data-live]").wait_for()


def test_a_receipt_opens_the_timeline_that_it_stands_on(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn, summary="Met dit bewijs."))
    (entry,) = town.entries(town.found(bsn=bsn), 1)
    screen.sign_in("desk", "agent")
    screen.find(entry["receipt"].lower())

    screen.page.locator("[data-live]").wait_for()
    screen.reads("Met dit bewijs.")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("123456789", "Dit BSN klopt niet. Controleer de negen cijfers."),
        ("De Vries", "Typ bij een naam ook de geboortedatum"),
        ("iemand@", "Dit e-mailadres klopt niet."),
        ("De Vries 31-2-1960", "Deze geboortedatum bestaat niet."),
    ],
)
def test_what_is_not_right_is_said_before_anybody_is_looked_up(screen: Screen, typed: str, told: str) -> None:
    screen.sign_in("desk", "agent")
    screen.find(typed)

    screen.reads(told)
    assert screen.page.locator("#typed").input_value() == typed
    screen.faults.clear()  # the browser tells of the 400


def test_a_bsn_is_checked_while_it_is_typed(screen: Screen) -> None:
    screen.sign_in("desk", "agent")
    screen.type("123456789")
    screen.reads("Dit BSN klopt niet.")
    screen.press("Control+A")
    screen.type(MRS_DE_VRIES_BSN)

    screen.reads("Dit BSN kan bestaan.")


def test_a_caller_who_stays_unknown_is_logged_all_the_same(screen: Screen) -> None:
    screen.sign_in("desk", "agent")
    screen.press("Escape", "o")
    screen.reads("U weet nog niet wie dit is. Vastleggen kan ook zo.")
    screen.look("unknown-caller")
    screen.press("Escape", "v", "A", "f", "v", "Tab")
    screen.type("Vraagt wanneer het papier wordt opgehaald.")
    screen.press("Escape", "s")

    screen.page.wait_for_url("**/klaar")
