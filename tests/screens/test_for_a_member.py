"""A volunteer of 74 on an old tablet asks something for a member: journey 6, without JavaScript."""

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload

from running_town import RunningTown
from screens.conftest import shots_of
from screens.screen import Screen


@pytest.fixture
def tablet(browser: Browser, town: RunningTown, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A window in which no script runs, and a volunteer who is signed in."""
    screen = Screen(browser, town, shots_of(request), scripts=False)
    screen.sign_in("for_a_member", "volunteer")
    yield screen
    screen.close()


def test_a_question_for_a_member_gives_a_receipt_and_no_file(tablet: Screen) -> None:
    bsn, words = tablet.town.new_citizen(), f"Wil weten of de aanvraag compleet is {secrets.token_hex(4)}."
    tablet.page.get_by_label("Lidnummer").fill("L-20417")
    tablet.page.get_by_label("BSN, als uw lid dat geeft").fill(bsn)
    tablet.page.get_by_label("Mijn lid zei: ja, dat is goed.").check()
    tablet.page.get_by_label("Waar gaat het over?").select_option("aow")
    tablet.page.get_by_label("De vraag").fill(words)
    tablet.page.get_by_role("button", name="Versturen").click()

    tablet.reads("Ontvangstbewijs")
    receipt = tablet.page.locator("dd strong").first.inner_text()
    (entry,) = tablet.town.entries(tablet.town.found(bsn=bsn), 1)
    assert (entry["receipt"], entry["summary"], entry["loggedBy"]) == (receipt, words, "Koos Smit")
    assert entry["onBehalf"]["organisationName"] == "Seniorenclub De Linde"
    assert "Vindt u het goed" in entry["onBehalf"]["consentText"]
    tablet.page.reload()
    tablet.reads("Bij de gemeente")

    tablet.go("for_a_member", "/verstuurd")
    tablet.reads(receipt)
    assert words not in tablet.page.content()


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(tablet: Screen) -> None:
    tablet.page.get_by_label("De vraag").fill("Een halve vraag.")
    tablet.page.get_by_role("button", name="Versturen").click()

    tablet.reads("Vul een lidnummer of een BSN in.")
    tablet.reads("Kies een onderwerp.")
    assert tablet.page.get_by_label("De vraag").input_value() == "Een halve vraag."
    tablet.faults.clear()  # the browser tells of the 400


def test_a_diagnosis_is_refused_with_a_friendly_reason(tablet: Screen) -> None:
    """Journey 8."""
    tablet.page.get_by_label("Lidnummer").fill("L-20417")
    tablet.page.get_by_label("Mijn lid zei: ja, dat is goed.").check()
    tablet.page.get_by_label("Waar gaat het over?").select_option("wmo-melding")
    tablet.page.get_by_label("De vraag").fill("Ons lid heeft de diagnose dementie en zoekt hulp thuis.")
    tablet.page.get_by_role("button", name="Versturen").click()

    tablet.reads("Dit kunnen wij zo niet aannemen.")
    tablet.faults.clear()  # the browser tells of the 400


def test_a_file_gets_a_result_for_each_line_and_what_was_accepted_is_found_again(tablet: Screen) -> None:
    send_a_file(tablet)

    tablet.reads("1 aangenomen, 1 niet")
    rows = tablet.page.locator("tbody tr")
    assert "aangenomen, ontvangstnummer" in rows.nth(0).inner_text()
    assert rows.nth(1).locator("td").all_inner_texts()[:2] == ["regel 3", "L-2"]
    link = rows.nth(0).get_by_role("link")
    receipt = link.inner_text()
    link.click()
    tablet.reads("Ontvangstbewijs")
    tablet.go("for_a_member", "/verstuurd")
    tablet.reads(receipt)


def test_every_page_can_be_used_by_everybody(browser: Browser, town: RunningTown, request: pytest.FixtureRequest) -> None:
    screen = Screen(browser, town, shots_of(request))
    screen.sign_in("for_a_member", "volunteer")
    screen.look("ask")
    for path, name in (
        ("/verstuurd", "sent"),
        ("/bestand", "file"),
        ("/toegankelijkheid", "accessibility"),
        ("/privacy", "privacy"),
    ):
        screen.go("for_a_member", path)
        screen.look(name)
    send_a_file(screen)
    screen.page.get_by_text("Wat u bij onderwerp kunt schrijven").click()
    screen.reads("minimaregeling")
    screen.look("file-results")
    screen.close()


def send_a_file(screen: Screen) -> None:
    """Sends one line that is right and one that is not."""
    lines = "lidnummer;toestemming;onderwerp;vraag\nL-1;Het is goed.;aow;Wanneer kan dat?\nL-2;Het is goed.;bestaat-niet;Hoe?\n"
    screen.go("for_a_member", "/bestand")
    screen.page.get_by_label("Uw bestand").set_input_files(
        FilePayload(name="vragen.csv", mimeType="text/csv", buffer=lines.encode())
    )
    screen.page.get_by_role("button", name="Versturen").click()
