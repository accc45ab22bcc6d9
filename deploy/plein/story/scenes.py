"""The scenes: each plays one journey of the product, shows it, and says whether it went as it must."""

import time
from collections.abc import Callable
from typing import Any

import httpx2

from plein.commands.screen import Screen
from plein.local.personas import MRS_DE_VRIES_BSN
from plein.simulation.planned import COUNTER, INTERMEDIARY, PHONE, WEB
from plein.story import bodies
from plein.story.town import Town, await_value

LIVE_SECONDS = 1.0
AT_THE_PHONE = "klantcontact"


class Stage:
    """Where scenes are shown; remembers what did not go as it must."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.failures: list[str] = []

    def expect(self, fact: str, holds: bool) -> None:
        self.screen.line(f"  {'✓' if holds else '✗'} {fact}")
        if not holds:
            self.failures.append(fact)


Scene = Callable[[Town, Stage], None]


def one_person_four_doors(town: Town, stage: Stage) -> None:
    """Journey 1."""
    stage.screen.heading("One person, four doors")
    posts = (
        (WEB, bodies.WEB_FORM),
        (PHONE, bodies.PHONE_CALL),
        (COUNTER, bodies.COUNTER_VISIT),
        (INTERMEDIARY, bodies.MEMBER_QUESTION),
    )
    answers = [town.contact(door, body) for door, body in posts]
    posted_at = time.monotonic()
    keys = [key for answer in answers for key in _keys(answer)]

    citizen = await_value(lambda: find_citizen(town), bool)
    shown = await_value(lambda: _of(town.entries("agent", citizen, AT_THE_PHONE), keys), lambda seen: len(seen) == len(keys))
    waited = time.monotonic() - posted_at

    _show(shown, stage)
    stage.expect("all four doors answered 202", all(answer.status_code == httpx2.codes.ACCEPTED for answer in answers))
    stage.expect("one timeline, four entries, in order of when they happened", [entry["id"] for entry in shown] == keys)
    stage.expect(f"live {waited * 1000:.0f} ms after the last post", waited < LIVE_SECONDS)


def the_late_note(town: Town, stage: Stage) -> None:
    """Journey 2."""
    stage.screen.heading("The late note")
    key = _keys(town.contact(PHONE, bodies.LATE_NOTE))
    citizen = find_citizen(town)

    entries = await_value(lambda: town.entries("agent", citizen, AT_THE_PHONE), lambda seen: len(_of(seen, key)) == 1)

    note = _of(entries, key)
    _show(note, stage)
    moments = [entry["occurredAt"] for entry in entries]
    stage.expect("it took its place by when the call happened", bool(note) and moments == sorted(moments))
    stage.expect("both times are kept", bool(note) and note[0]["occurredAt"] < note[0]["recordedAt"])


def twice_is_once(town: Town, stage: Stage) -> None:
    """Journey 3."""
    stage.screen.heading("Twice is once")
    first = town.contact(COUNTER, bodies.COUNTER_VISIT, again=True)
    again = town.contact(COUNTER, bodies.COUNTER_VISIT, again=True)
    other = town.contact(COUNTER, {**bodies.COUNTER_VISIT, "desk": "balie 4"})

    entries = _of(town.entries("agent", find_citizen(town), AT_THE_PHONE), _keys(first))

    stage.screen.line(f"  the counter posts its visit again: receipt {again.json().get('receipt')}")
    stage.expect("the same event again gets the same answer, word for word", again.json() == first.json())
    stage.expect("it is on the timeline once", len(entries) == 1)
    stage.expect("other content under the same id is refused (409)", other.status_code == httpx2.codes.CONFLICT)


def only_what_you_need(town: Town, stage: Stage) -> None:
    """Journey 7."""
    stage.screen.heading("Only what you need")
    tax = _keys(town.contact(PHONE, bodies.TAX_CALL))
    help_at_home = _keys(town.contact(COUNTER, bodies.HELP_AT_HOME))
    citizen = find_citizen(town)

    for_tax = await_value(lambda: town.entries("caseworker", citizen, "belasting"), lambda seen: bool(_of(seen, tax)))
    for_help = await_value(lambda: town.entries("caseworker", citizen, "wmo-melding"), lambda seen: bool(_of(seen, help_at_home)))
    unexplained = town.read("caseworker", "timeline", f"/v1/citizens/{citizen}/timeline")
    looked = town.read("citizen", "timeline", "/v1/citizens/me/access-log", limit=50).json().get("lines", [])

    for purpose, entries in (("belasting", for_tax), ("wmo-melding", for_help)):
        stage.screen.line(f"  for {purpose}: " + (", ".join(sorted({entry["matter"]["nl"] for entry in entries})) or "nothing"))
    stage.expect("for tax, only tax is shown", _matters(for_tax) == {"belasting"})
    stage.expect("for help at home, only that is shown", _matters(for_help) == {"wmo-melding"})
    stage.expect("without a purpose nothing is shown (400)", unexplained.status_code == httpx2.codes.BAD_REQUEST)
    stage.screen.line("  she sees who looked:")
    for line in looked[:3]:
        stage.screen.line(f"    {line['seenAt'][:19]} {line['seenBy']}, {line['purpose']['nl']}")
    stage.expect("every look is on her list", {"belasting", "wmo-melding"} <= {line["purpose"]["code"] for line in looked})


def not_here(town: Town, stage: Stage) -> None:
    """Journey 8."""
    stage.screen.heading("Not here")
    refused = town.contact(WEB, bodies.NOT_HERE)

    said = refused.json()
    stage.screen.line(f"  the website is told: {said.get('detail')}")
    stage.expect("a diagnosis is refused at the door", str(said.get("type", "")).endswith("medical-or-criminal"))
    stage.expect("the refusal does not repeat it", "kanker" not in refused.text)


def reach_her(town: Town, stage: Stage) -> None:
    """Journey 4: the choice, with its reasons."""
    stage.screen.heading("How would we reach her?")
    facts = [
        town.fact(WEB, bodies.NO_TEXT_MESSAGES),
        town.fact(COUNTER, bodies.EMAIL_BOUNCED),
        town.fact(INTERMEDIARY, bodies.MAY_ASK_FOR_HER),
    ]
    stage.expect(
        "her wish, the bounce and who may ask for her are known",
        all(answer.status_code == httpx2.codes.ACCEPTED for answer in facts),
    )
    asked = {"citizen": {"bsn": MRS_DE_VRIES_BSN}, "matter": "aow", "purpose": "inkomensondersteuning"}

    choice = await_value(
        lambda: town.ask("caseworker", "channel_router", "/v1/channel-choices", asked).json(),
        lambda seen: {"sms", "email"} <= {each["channel"] for each in seen.get("skipped", ())},
    )

    sentence = choice.get("sentence", {})
    stage.screen.line(f"  {sentence.get('nl', choice.get('detail', ''))}")
    stage.screen.line(f"  {sentence.get('en', '')}")
    for each in choice.get("skipped", ()):
        stage.screen.line(f"    not {each['channel']}: {each['reason']['nl']}")
    stage.expect("a channel was chosen, with a reason", bool(choice.get("channel")) and bool(choice.get("reasons")))
    skipped = {each["channel"]: each["reason"]["code"] for each in choice.get("skipped", ())}
    stage.expect("text messages and e-mail were skipped, and it says why", {"sms", "email"} <= skipped.keys())

    told = town.ask("caseworker", "channel_router", "/v1/outreach-requests", {**asked, **bodies.TO_TELL_HER})
    seen = await_value(town.own_entries, lambda entries: any(entry["kind"] == "channel_choice" for entry in entries))
    stage.expect("a caseworker asks to tell her something (202)", told.status_code == httpx2.codes.ACCEPTED)
    stage.expect("she reads how and why, on her own timeline", any(entry["kind"] == "channel_choice" for entry in seen))


SCENES: tuple[Scene, ...] = (one_person_four_doors, the_late_note, twice_is_once, only_what_you_need, not_here, reach_her)


def find_citizen(town: Town) -> str:
    """Returns her reference as an agent finds it; empty while nobody is found."""
    sought = {"purpose": AT_THE_PHONE, "bsn": MRS_DE_VRIES_BSN}
    answer = town.ask("agent", "timeline", "/v1/citizens/_zoek", sought)
    found = answer.json().get("citizens", []) if answer.is_success else []
    return str(found[0]["citizen"]) if found else ""


def _keys(answer: httpx2.Response) -> list[str]:
    return [str(each["eventKey"]) for each in answer.json().get("interactions", ())]


def _of(entries: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["id"] in keys]


def _matters(entries: list[dict[str, Any]]) -> set[str]:
    return {str(entry["matter"]["code"]) for entry in entries}


def _show(entries: list[dict[str, Any]], stage: Stage) -> None:
    for entry in entries:
        at, written = entry["occurredAt"][:16].replace("T", " "), entry["recordedAt"][:16].replace("T", " ")
        stage.screen.line(f"  {at} (written {written})  {entry['channel']['nl']:<20} {entry.get('summary', '')[:60]}")
