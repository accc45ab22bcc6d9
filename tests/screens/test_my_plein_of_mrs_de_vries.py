"""A citizen who reads her own timeline, sees who looked, says how to be reached, and stops a helper."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from plein.local.personas import MRS_DE_VRIES_BSN, SENIOR_CLUB
from running_town import PHONE, WEB, RunningTown, a_call, a_form
from screens.conftest import shots_of
from screens.screen import Screen

HERS = MRS_DE_VRIES_BSN


@pytest.fixture
def at_home(town: RunningTown, screen: Screen) -> Screen:
    """Mrs. De Vries, signed in, after a form and a call."""
    town.accepted(WEB, a_form(HERS, summary="Wanneer begint mijn AOW?"))
    town.accepted(PHONE, a_call(HERS))
    town.entries(town.found(bsn=HERS), 2)
    screen.sign_in("my_plein", "citizen")
    return screen


def test_she_reads_what_the_agents_read_in_plain_words(at_home: Screen) -> None:
    at_home.reads("u nam contact op via telefoon")
    at_home.look("timeline")


def test_she_sees_who_looked_and_why(at_home: Screen) -> None:
    at_home.go("my_plein", "/gekeken")

    at_home.reads("Anouk Bakker")
    at_home.reads("Vragen beantwoorden aan de telefoon")
    at_home.look("looked")


def test_an_entry_that_is_not_right_stays_and_her_words_stand_beside_it(at_home: Screen) -> None:
    words = f"Dat zei ik niet {secrets.token_hex(4)}."
    at_home.page.get_by_text("Meer").first.click()
    at_home.page.get_by_role("link", name="Dit klopt niet").first.click()
    at_home.look("dispute")
    at_home.page.locator("#summary").fill(words)
    at_home.page.get_by_role("button", name="Versturen").click()
    at_home.reads("Wij hebben het ontvangen")
    at_home.look("received")

    for _ in range(20):
        at_home.go("my_plein", "/")
        if at_home.page.locator(".plein-panel", has_text=words).count():
            break
    assert at_home.page.locator(".plein-panel", has_text=words).count() == 1


def test_she_says_how_to_be_reached_and_the_router_heeds_it(at_home: Screen) -> None:
    at_home.go("my_plein", "/bereiken")
    general = at_home.page.locator("section", has_text="Voor alles")
    general.get_by_label("sms").check()
    general.get_by_label("Niet storen van").fill("20:00")
    general.get_by_label("tot", exact=True).fill("09:00")
    general.get_by_role("button", name="Bewaren").click()
    at_home.reads("Bewaard. Wij houden er rekening mee.")

    for _ in range(40):
        at_home.go("my_plein", "/bereiken")
        if at_home.page.locator("section", has_text="Voor alles").get_by_label("sms").is_checked():
            break
    at_home.look("wishes")

    def choice() -> dict[str, str]:
        body = {"citizen": {"bsn": HERS}, "matter": "aow", "purpose": "inkomensondersteuning"}
        answer = at_home.town.http.ask("caseworker", "channel_router", "/v1/channel-choices", body).json()
        return {skipped["channel"]: skipped["reason"]["code"] for skipped in answer["skipped"]}

    skipped = at_home.town.awaited(choice, lambda found: found.get("sms") == "asked_no_sms")
    assert skipped["sms"] == "asked_no_sms"


def test_she_stops_a_helper_with_one_press(at_home: Screen) -> None:
    number = f"M-{secrets.token_hex(4)}"
    body = {
        "id": number,
        "fact": "mandate-granted",
        "citizen": {"bsn": HERS},
        "mandateId": number,
        "matters": ["aow"],
        "validUntil": (datetime.now(UTC) + timedelta(days=90)).isoformat(),
        "proof": "signed_form",
    }
    answer = at_home.town.http.ask("intermediary", "intermediary_adapter", "/v1/citizen-facts", body)
    assert answer.is_success, answer.text
    for _ in range(40):
        at_home.go("my_plein", "/helpers")
        if at_home.page.get_by_role("button", name="Stop").count():
            break
    at_home.look("helpers")

    at_home.page.get_by_role("button", name="Stop").first.click()

    at_home.reads("Gestopt. Deze organisatie mag niets meer voor u vragen.")
    assert SENIOR_CLUB


def test_she_takes_everything_along(at_home: Screen) -> None:
    at_home.go("my_plein", "/alles")
    at_home.look("everything")

    with at_home.page.expect_download() as downloading:
        at_home.page.get_by_role("link", name="Download het bestand").click()

    whole = json.loads(downloading.value.path().read_text())
    assert set(whole) == {"madeAt", "entries", "looks", "wishes", "mandates"}
    assert "Wanneer begint mijn AOW?" in {entry.get("summary") for entry in whole["entries"]}


def test_she_asks_something_without_javascript(browser: Browser, town: RunningTown, request: pytest.FixtureRequest) -> None:
    screen = Screen(browser, town, shots_of(request), scripts=False)
    words = f"Mag mijn zoon de brief ophalen? {secrets.token_hex(4)}"
    screen.sign_in("my_plein", "citizen")
    screen.go("my_plein", "/vraag")
    screen.page.locator("#matter").select_option("aow")
    screen.page.locator("#summary").fill(words)
    screen.page.get_by_role("button", name="Versturen").click()
    screen.reads("Uw ontvangstnummer is")
    screen.close()

    found = town.awaited(
        lambda: {entry.get("summary") for entry in town.read(town.found(bsn=HERS))["entries"]}, lambda seen: words in seen
    )
    assert words in found
