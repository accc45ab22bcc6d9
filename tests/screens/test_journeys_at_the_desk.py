"""The journeys of the product at the desk, without a mouse: the late note, twice is once, only what you need, not here."""

from datetime import datetime, time, timedelta

from desk.domain.contact_form import HERE
from plein.local.personas import MRS_DE_VRIES_BSN
from running_town import COUNTER, PHONE, WEB, a_call, a_form, a_visit
from screens.screen import Screen


def test_a_note_typed_later_takes_its_place_by_when_it_happened(screen: Screen) -> None:
    """Journey 2."""
    town, bsn, yesterday = screen.town, screen.town.new_citizen(), datetime.now(HERE).date() - timedelta(days=1)
    town.accepted(WEB, a_form(bsn, summary="Vandaag op de website."))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)

    screen.press("A", "O", "W", "Tab")
    screen.type("Gisteren aan de telefoon.")
    screen.press("Escape", "m")
    screen.tab_to("day")
    screen.type_date(yesterday)
    screen.tab_to("clock")
    screen.type_clock(time(10, 30))
    screen.press("Escape", "s")
    screen.page.wait_for_url("**/klaar")

    newest, late = town.entries(town.found(bsn=bsn), 2)
    assert (newest["summary"], late["summary"]) == ("Vandaag op de website.", "Gisteren aan de telefoon.")
    assert datetime.fromisoformat(late["occurredAt"]) < datetime.fromisoformat(late["recordedAt"]) - timedelta(hours=1)
    screen.open_at_desk(bsn)
    shown = screen.page.locator("[data-live] > li").all_inner_texts()
    assert "Vandaag op de website." in shown[0]
    assert "gisteren 10:30" in shown[1]
    assert "opgeschreven vandaag" in shown[1]
    screen.look("late-note")


def test_sent_twice_is_there_once(screen: Screen) -> None:
    """Journey 3, as an agent does it: in a hurry, and back to be sure."""
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    screen.press("A", "O", "W", "Tab")
    screen.type("Eén keer gevraagd.")
    screen.press("Control+Enter", "Control+Enter")
    screen.page.wait_for_url("**/klaar")
    receipt = screen.page.locator("main strong").inner_text()

    screen.page.go_back()
    screen.page.wait_for_url("**/klaar")

    assert screen.page.locator("main strong").inner_text() == receipt
    asked = [entry.get("summary") for entry in town.entries(town.found(bsn=bsn), 2)]
    assert asked.count("Eén keer gevraagd.") == 1


def test_each_purpose_shows_what_it_needs_and_she_reads_who_looked(screen: Screen) -> None:
    """Journey 7."""
    town, hers = screen.town, MRS_DE_VRIES_BSN
    town.accepted(WEB, a_form(hers, matter="belasting", summary="Over de aanslag."))
    town.accepted(COUNTER, a_visit(hers, questions=[{"matter": "wmo-melding", "summary": "Hulp thuis geregeld."}]))
    town.found(bsn=hers)

    def seen_for(purpose: str, words: str) -> str:
        screen.sign_in("desk", "caseworker")
        screen.choose_purpose(purpose)
        screen.find(hers)
        screen.reads(words)
        return screen.page.locator("[data-live]").inner_text()

    tax, support = seen_for("Gemeentelijke", "Over de aanslag."), seen_for("Een", "Hulp thuis geregeld.")

    assert ("Over de aanslag." in tax, "Hulp thuis geregeld." in tax) == (True, False)
    assert ("Over de aanslag." in support, "Hulp thuis geregeld." in support) == (False, True)
    screen.sign_in("my_plein", "citizen", "/gekeken")
    for why in ("Gemeentelijke belasting opleggen en innen", "Een melding voor hulp thuis onderzoeken (Wmo)"):
        row = screen.page.locator("tbody tr", has_text=why).first
        assert "Bram Visser" in row.inner_text()


def test_without_a_purpose_there_is_no_timeline(screen: Screen) -> None:
    """Journey 7: a purpose that is not theirs opens nothing, whatever a page sends."""
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(PHONE, a_call(bsn))
    citizen = town.found(bsn=bsn)
    screen.sign_in("desk", "agent")
    screen.page.locator("#purpose").evaluate("field => { for (const one of field.options) one.value = 'wmo-melding' }")
    screen.find(bsn)

    screen.reads("Dit mag niet")
    assert citizen not in screen.page.content()
    screen.faults.clear()  # the browser tells of the 403


def test_a_diagnosis_is_refused_stays_on_the_screen_and_is_kept_nowhere(screen: Screen) -> None:
    """Journey 8."""
    town, bsn, words = screen.town, screen.town.new_citizen(), "De diagnose is dementie."
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    screen.press("A", "O", "W", "Tab")
    screen.type(words)
    screen.reads("Dit klad is niet bewaard")
    screen.press("Control+Enter")

    screen.reads("Nog niet vastgelegd.")
    screen.reads("dit lijkt medisch of strafrechtelijk")
    assert screen.page.locator("#summary-1").input_value() == words
    screen.look("refused")
    screen.page.goto(screen.page.url)
    assert screen.page.locator("#summary-1").input_value() == ""
    assert screen.page.evaluate("JSON.stringify(localStorage)") == "{}"
    assert len(town.entries(town.found(bsn=bsn), 1)) == 1
    screen.faults.clear()  # the browser tells of the 400
