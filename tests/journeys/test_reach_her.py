"""Journey 4: how to reach her. Wishes and bounces count, it says why, a person comes last, and she reads who asked."""

from secrets import token_hex
from typing import Any

from running_town import COUNTER, WEB, RunningTown

HER_EMAIL = "m.devries@example.nl"
WHY = {"sms": "asked_no_sms", "email": "address_bounced"}


def test_a_dry_run_skips_what_she_refused_and_what_bounced_and_is_on_her_list(town: RunningTown) -> None:
    bsn = town.new_citizen()
    citizen = {"bsn": bsn, "email": HER_EMAIL}
    no_sms = {
        "id": f"wens-{token_hex(6)}",
        "fact": "contact-wish-set",
        "refusedChannels": ["sms"],
        "at": "2026-11-16T20:20:00+01:00",
    }
    bounced = {"id": f"mail-{token_hex(6)}", "fact": "address-bounced", "email": HER_EMAIL, "at": "2026-06-03T08:00:00+02:00"}
    assert town.http.fact(WEB, {**no_sms, "citizen": citizen}).status_code == 202
    assert town.http.fact(COUNTER, {**bounced, "citizen": citizen}).status_code == 202

    choice = town.awaited(lambda: dry_run(town, bsn), lambda seen: skipped(seen).items() >= WHY.items())
    looks = town.awaited(lambda: own_access_log(town, bsn), bool)

    assert skipped(choice).items() >= WHY.items()
    assert choice["sentence"]["nl"].startswith(("Wij ", "Een medewerker "))
    assert choice["nextSteps"][-1]["channel"] == "person"
    assert (looks[0]["seenBy"], looks[0]["role"], looks[0]["what"]) == ("Bram Visser", "caseworker", "channel_choice")
    assert looks[0]["purpose"]["nl"] == "Beoordelen van hulp bij een laag inkomen"


def test_without_a_registered_purpose_there_is_no_dry_run_and_nothing_on_her_list(town: RunningTown) -> None:
    bsn = town.new_citizen()

    refused = [ask(town, "caseworker", {"bsn": bsn}, **purpose).status_code for purpose in ({}, {"purpose": "nieuwsgierig"})] + [
        ask(town, "agent", {"bsn": bsn}, purpose="inkomensondersteuning").status_code
    ]
    ask(town, "agent", {"bsn": bsn}, purpose="klantcontact")

    looks = town.awaited(lambda: own_access_log(town, bsn), bool)
    assert refused == [400, 400, 403]
    assert [(look["role"], look["purpose"]["code"]) for look in looks] == [("agent", "klantcontact")]


def dry_run(town: RunningTown, bsn: str) -> dict[str, Any]:
    answer = ask(town, "caseworker", {"bsn": bsn}, purpose="inkomensondersteuning")
    assert answer.is_success, answer.text
    choice: dict[str, Any] = answer.json()
    return choice


def ask(town: RunningTown, persona: str, citizen: dict[str, str], **more: str) -> Any:
    return town.http.ask(persona, "channel_router", "/v1/channel-choices", {"citizen": citizen, "matter": "aow", **more})


def skipped(choice: dict[str, Any]) -> dict[str, str]:
    return {each["channel"]: each["reason"]["code"] for each in choice["skipped"]}


def own_access_log(town: RunningTown, bsn: str) -> list[dict[str, Any]]:
    """Returns what the citizen reads of dry runs, newest first."""
    headers = {"Authorization": f"Bearer {town.stack.token('citizen', bsn=bsn)}"}
    answer = town.http.client.get(f"{town.stack.url_of('timeline')}/v1/citizens/me/access-log", headers=headers)
    assert answer.is_success, answer.text
    return [line for line in answer.json()["lines"] if line["service"] == "channel_router"]
