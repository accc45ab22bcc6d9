"""An agent with a caller on the line: who is this, what happened, and logging it without a mouse."""

import time

from playwright.sync_api import expect

from running_town import COUNTER, INTERMEDIARY, PHONE, WEB, a_call, a_form, a_member_question, a_visit
from screens.screen import Screen


def test_one_person_at_four_doors_is_one_timeline(screen: Screen) -> None:
    """Journey 1."""
    town, bsn = screen.town, screen.town.new_citizen()
    for door, body in (
        (WEB, a_form(bsn)),
        (PHONE, a_call(bsn)),
        (COUNTER, a_visit(bsn)),
        (INTERMEDIARY, a_member_question(bsn)),
    ):
        town.accepted(door, body)
    town.entries(town.found(bsn=bsn), 4)

    screen.open_at_desk(bsn)

    entries = screen.page.locator("[data-live] > li")
    assert entries.count() == 4
    shown = [entries.nth(place).inner_text() for place in range(4)]
    for entry, word in zip(shown, ("website", "helper of organisatie", "balie", "telefoon"), strict=True):
        assert word in entry
    assert "namens de inwoner: Seniorenclub De Linde" in shown[1]
    screen.look("timeline")


def test_a_form_slides_in_while_the_agent_looks(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn, summary="De eerste vraag."))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    waits = []
    for number in range(5):
        started = time.monotonic()
        town.accepted(WEB, a_form(bsn, summary=f"Nieuwe vraag {number}."))
        screen.reads(f"Nieuwe vraag {number}.")
        waits.append(time.monotonic() - started)

    assert sorted(waits)[-1] < 5, waits
    assert screen.page.locator("[data-live] > li").first.inner_text().count("Nieuwe vraag 4.") == 1


def test_a_call_is_logged_with_few_keys_and_is_on_the_timeline(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)

    screen.press("A", "O", "W", "Tab")
    screen.type("Vraagt wanneer de AOW begint.")
    screen.press("Tab")
    screen.type("Uitgelegd: op de 67e verjaardag.")
    screen.press("Control+Enter")
    screen.page.wait_for_url("**/klaar")

    assert screen.presses < 20
    screen.look("logged")
    newest = town.entries(town.found(bsn=bsn), 2)[0]
    assert (newest["channel"]["code"], newest.get("summary"), newest.get("loggedBy")) == (
        "phone",
        "Vraagt wanneer de AOW begint.",
        "Anouk Bakker",
    )


def test_questions_that_were_added_while_the_server_was_away_come_back_with_their_words(screen: Screen) -> None:
    bsn = screen.town.new_citizen()
    screen.town.accepted(WEB, a_form(bsn))
    screen.town.entries(screen.town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    away = "**/contacten/*/klad"
    screen.page.route(away, lambda route: route.abort())
    screen.press("A", "O", "W", "Tab")
    screen.type("De eerste vraag.")
    screen.page.get_by_role("button", name="Nog een vraag").click()
    screen.page.locator("#summary-2").fill("De tweede vraag.")
    screen.reads("Plein geeft geen antwoord.")

    screen.page.unroute(away)
    screen.page.reload()

    expect(screen.page.locator("#summary-1")).to_have_value("De eerste vraag.")
    expect(screen.page.locator("#summary-2")).to_have_value("De tweede vraag.")
    screen.reads("Klad bewaard.")
    screen.page.reload()
    expect(screen.page.locator("#summary-2")).to_have_value("De tweede vraag.")
    screen.faults.clear()  # the browser tells of the drafts that did not arrive


def test_what_was_typed_survives_a_reload_and_a_lost_session(screen: Screen) -> None:
    bsn = screen.town.new_citizen()
    screen.town.accepted(WEB, a_form(bsn))
    screen.town.entries(screen.town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    screen.press("A", "O", "W", "Tab")
    screen.type("Een lang verhaal.")
    screen.reads("Klad bewaard.")

    screen.page.reload()
    kept = screen.page.locator("#summary-1").input_value()
    screen.page.context.clear_cookies()
    screen.page.locator("#summary-1").press("Control+End")
    screen.type(" En nog meer.")
    screen.page.get_by_role("button", name="Vastleggen", exact=True).click()

    assert kept == "Een lang verhaal."
    screen.reads("Nog één keer versturen")
    screen.look("form-again")
    with screen.page.context.expect_page() as opened_page:
        screen.page.get_by_role("link", name="Meld u opnieuw aan, in een nieuw venster.").click()
    opened_page.value.get_by_role("button", name="local-agent").click()
    opened_page.value.get_by_text("U kunt dit venster sluiten").wait_for()
    screen.page.get_by_role("button", name="Versturen", exact=True).click()
    screen.page.get_by_role("button", name="Versturen", exact=True).click()
    screen.page.wait_for_url("**/klaar")
    found = screen.town.entries(screen.town.found(bsn=bsn), 2)
    assert "Een lang verhaal. En nog meer." in {entry.get("summary") for entry in found}
    screen.faults.clear()  # the browser tells of the draft that was refused while nobody was signed in
