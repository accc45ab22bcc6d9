"""What an agent does between calls: call-backs, how to reach somebody, who is the same person, and a call that comes in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from playwright.sync_api import expect

from my_plein.domain.saying import DISPUTE
from running_town import PHONE, WEB, RunningTown, a_call, a_form
from screens.screen import Screen


def test_a_call_back_is_promised_listed_and_kept_by_phoning(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    before = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    promise = {"before": before, "owner": "Anouk Bakker", "asked": "Of het gelukt is"}
    town.accepted(PHONE, a_call(bsn, callerNumber="0612345678", callBack=promise))
    town.entries(town.found(bsn=bsn), 1)
    screen.sign_in("desk", "agent")

    screen.go("desk", "/terugbellen")
    screen.reads("Anouk Bakker")
    screen.look("call-backs")
    assert "Of het gelukt is" not in screen.page.content()
    before_count = screen.page.get_by_role("button", name="Nu bellen").count()
    screen.page.get_by_role("button", name="Nu bellen").last.click()
    screen.page.locator("[data-live]").wait_for()
    screen.page.locator("#summary-1").fill("Teruggebeld: het is gelukt.")
    screen.page.get_by_role("button", name="Vastleggen", exact=True).click()
    screen.page.wait_for_url("**/klaar")

    newest = town.entries(town.found(bsn=bsn), 2)[0]
    assert (newest["direction"], newest["details"].get("keeps_call_back") is not None) == ("outbound", True)
    for _ in range(40):
        screen.go("desk", "/terugbellen")
        if screen.page.get_by_role("button", name="Nu bellen").count() == before_count - 1:
            break
    assert screen.page.get_by_role("button", name="Nu bellen").count() == before_count - 1


def test_a_number_shows_only_for_a_purpose_that_opens_it(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(PHONE, a_call(bsn, callerNumber="0612340678"))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    screen.page.get_by_role("link", name="Nummers en adressen").click()
    screen.page.get_by_label("Waarvoor heeft u het nodig?").select_option("terugbellen")
    for _ in range(40):
        screen.page.get_by_role("button", name="Toon", exact=True).click()
        if screen.page.get_by_role("button", name="Toon helemaal").count():
            break

    masked = screen.page.locator("li strong").first.inner_text()
    screen.look("numbers")
    screen.page.get_by_role("button", name="Toon helemaal").first.click()

    assert "•" in masked
    screen.reads("06 12340678")


def test_the_router_says_in_one_sentence_how_to_reach_somebody(screen: Screen) -> None:
    """Journey 4, up to the choice with its reasons."""
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    screen.page.get_by_role("link", name="Hoe bereiken wij deze inwoner?").click()
    screen.page.locator("#matter").select_option("aow")
    screen.page.get_by_role("button", name="Hoe zou Plein dit doen?").click()

    screen.reads("Er is niets verstuurd.")
    assert screen.page.locator("[role=status] h2").inner_text().startswith(("Brief", "Telefoon", "Mijn Plein", "E-mail", "Sms"))
    screen.look("reach")


def test_a_caseworker_asks_to_tell_something_and_the_choice_comes_on_the_timeline(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.sign_in("desk", "caseworker")
    screen.page.get_by_label("Waarvoor kijkt u?").select_option("inkomensondersteuning")
    screen.page.locator("#typed").fill(bsn)
    screen.page.get_by_role("button", name="Zoeken").click()
    screen.page.locator("[data-live]").wait_for()
    contact = screen.page.url
    screen.page.get_by_role("link", name="Hoe bereiken wij deze inwoner?").click()
    screen.page.locator("#matter").select_option("aow")
    screen.page.locator("#title").fill("U kunt nu uw AOW aanvragen")
    with town.without_services("channel_router"):
        screen.page.get_by_role("button", name="Vraag Plein dit te vertellen").click()
        screen.reads("De router geeft nu geen antwoord.")
        screen.faults.clear()  # the browser tells of the 503
    expect(screen.page.locator("#title")).to_have_value("U kunt nu uw AOW aanvragen")
    screen.page.get_by_role("button", name="Vraag Plein dit te vertellen").click()
    screen.reads("Gevraagd. De keuze en de redenen komen op de tijdlijn.")
    screen.page.reload()  # sends the form again
    screen.reads("Gevraagd. De keuze en de redenen komen op de tijdlijn.")

    screen.page.goto(contact)
    screen.reads("wij gaan contact opnemen", seconds=30)
    choice = screen.page.locator("[data-live] > li", has_text="wij gaan contact opnemen")
    expect(choice).to_have_count(1)
    assert "_" not in (choice.text_content() or "_"), "an agent reads words, and no code"
    screen.look("choice")


def test_a_shared_number_is_confirmed_by_a_person_and_can_be_undone(screen: Screen) -> None:
    town, bsn, email = screen.town, screen.town.new_citizen(), f"p{screen.town.new_citizen()}@example.nl"
    town.accepted(WEB, a_form(bsn) | {"citizen": {"email": email}})
    town.accepted(WEB, {"id": f"los-{bsn}", "citizen": {"email": email}, "matter": "afval", "summary": "Over het papier."})
    town.entries(town.found(bsn=bsn), 1)
    town.found(email=email)
    screen.open_at_desk(bsn)

    screen.page.get_by_text("Misschien is 1 andere verwijzing ook deze persoon").click()
    screen.page.get_by_label("E-mailadres: hoe weet u dit?").fill("Zij noemde dit adres aan de telefoon.")
    screen.page.get_by_role("button", name="Dit is dezelfde persoon").click()
    screen.reads("Over het papier.")
    screen.look("joined")
    screen.page.get_by_role("link", name="Wie is dezelfde persoon?").click()
    screen.look("links")
    screen.page.get_by_label("Waarom klopt dit niet?").fill("Het adres is van haar dochter.")
    screen.page.get_by_role("button", name="Losmaken").click()

    screen.reads("Losgemaakt door Anouk Bakker")
    screen.page.get_by_role("link", name="Terug naar het contact").click()
    screen.page.locator("[data-live]").wait_for()
    assert screen.page.get_by_text("Over het papier.").count() == 0


def test_a_call_that_comes_in_opens_once_and_has_no_number_in_its_address(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    number = f"06123{bsn[-5:]}"
    town.accepted(PHONE, a_call(bsn, callerNumber=number))
    town.entries(town.found(bsn=bsn), 1)
    screen.sign_in("desk", "agent")
    announced = httpx2.post(
        f"{town.stack.url_of('desk')}/v1/incoming-calls",
        json={"callerNumber": number},
        headers={"Authorization": f"Bearer {town.stack.token('phone-log')}"},
        trust_env=False,
    )
    address = announced.json()["open"]

    screen.page.goto(address)

    screen.reads("Er belt iemand")
    assert number not in address
    screen.look("ringing")
    screen.page.goto(address)
    screen.reads("Dit is er niet meer")
    screen.faults.clear()  # the browser tells of the 410


def test_the_timeline_of_another_day_says_so(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)

    screen.page.get_by_label("Zoals bekend op").fill("2026-01-01")
    screen.page.get_by_role("button", name="Toon", exact=True).click()

    screen.reads("U ziet wat wij wisten op")
    screen.reads("Geen contacten die bij dit doel horen.")
    screen.look("as-of")


def test_older_contacts_come_when_they_are_asked_for(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    for number in range(27):
        occurred_at = (datetime.now(UTC) - timedelta(days=30 - number)).isoformat()
        town.accepted(WEB, a_form(bsn, summary=f"Vraag {number + 1} van 27.", occurredAt=occurred_at))
    town.entries(town.found(bsn=bsn), 27)
    screen.open_at_desk(bsn)
    assert screen.page.locator("[data-live] > li").count() == 25
    assert screen.page.get_by_text("Vraag 1 van 27.").count() == 0

    screen.press("Escape", "n")
    screen.reads("Vraag 1 van 27.")

    assert screen.page.locator(".plein-timeline > li").count() == 2
    assert "cursor" not in screen.page.title()


def test_a_correction_shows_what_stood_before_and_a_withdrawn_entry_stays_with_the_reason(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    wrong, gone = a_call(bsn, questions=[{"matter": "aow", "summary": "Over de AWO."}]), a_call(bsn)
    for call in (wrong, gone):
        town.accepted(PHONE, call)
    town.entries(town.found(bsn=bsn), 2)
    said = {"citizen": {"bsn": bsn}, "reason": "Hoorde bij een ander"}
    corrected = {**said, "corrects": {"id": wrong["id"]}, "corrected": {"summary": "Over de AOW."}, "reason": "Typefout"}
    withdrawn = {**said, "corrects": {"id": gone["id"]}}
    changed(town, "corrections", corrected)
    changed(town, "withdrawals", withdrawn)
    town.awaited(
        lambda: town.read(town.found(bsn=bsn))["entries"],
        lambda entries: any(entry["corrections"] for entry in entries) and any(entry.get("withdrawn") for entry in entries),
    )
    screen.open_at_desk(bsn)

    screen.reads("Over de AOW.")
    screen.page.get_by_text("Verbeterd").first.click()
    screen.reads("Over de AWO.")
    screen.reads("Hoorde bij een ander")
    screen.look("corrected")

    changed(
        town, "corrections", {**corrected, "corrected": {"summary": "Over de AOW, niet het pensioen."}, "reason": "Vollediger"}
    )
    screen.reads("Over de AOW, niet het pensioen.")
    screen.reads("Over de AWO.")  # what was opened to read stays open
    expect(screen.page.locator("summary", has_text="Typefout")).to_be_focused()


def test_what_a_citizen_says_about_an_entry_comes_to_stand_beside_it_and_stays_there(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    call = a_call(bsn)
    town.accepted(PHONE, call)
    (entry,) = town.entries(town.found(bsn=bsn), 1)
    screen.open_at_desk(bsn)
    shown = screen.page.locator(f"#e-{entry['id']}")

    town.accepted(WEB, a_form(bsn, form=DISPUTE, aboutEntry=entry["id"], summary="Dat vroeg ik niet."))

    panel = shown.locator(".plein-panel", has_text="Dat vroeg ik niet.")
    expect(panel).to_be_visible(timeout=10_000)
    corrected = {"citizen": {"bsn": bsn}, "reason": "Typefout", "corrects": {"id": call["id"]}}
    changed(town, "corrections", {**corrected, "corrected": {"summary": "Vraagt naar de aanvraag van de AOW."}})
    expect(shown).to_contain_text("Vraagt naar de aanvraag van de AOW.", timeout=10_000)
    expect(panel).to_have_count(1)
    screen.page.reload()
    expect(panel).to_have_count(1)
    screen.look("disputed")


def changed(town: RunningTown, path: str, body: dict[str, Any]) -> None:
    """Has the phone log correct or withdraw an entry."""
    answer = town.http.ask("phone-log", "phone_log_adapter", f"/v1/{path}", body)
    assert answer.is_success, answer.text


def test_the_counter_logs_a_visit_in_four_touches(screen: Screen) -> None:
    screen.sign_in("desk", "counter-employee")
    screen.go("desk", "/balie")
    screen.look("counter")
    for touched in ("afspraak", "identiteitskaart", "Paspoort en identiteitskaart"):
        screen.page.locator("label.plein-tile", has_text=touched).last.click()
    screen.page.get_by_role("button", name="Klaar").click()

    screen.reads("Vastgelegd. Ontvangstnummer:")


def test_shortcuts_are_listed_and_can_be_switched_off(screen: Screen) -> None:
    screen.sign_in("desk", "agent")
    screen.page.locator("#inhoud").focus()
    screen.press("?")
    screen.reads("Eén toets, zolang u niet in een veld typt.")
    screen.look("shortcuts")

    screen.page.get_by_label("Sneltoetsen staan aan op deze computer").uncheck()
    screen.go("desk", "/terugbellen")
    screen.page.locator("#inhoud").focus()
    screen.press("?")

    assert screen.page.url.endswith("/terugbellen")


def test_the_desk_speaks_english(screen: Screen) -> None:
    screen.sign_in("desk", "agent")
    screen.page.get_by_role("link", name="English").click()

    screen.reads("Who is there?")
    assert screen.page.locator("html").get_attribute("lang") == "en"
    screen.look("english")
