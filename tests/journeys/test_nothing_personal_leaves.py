"""Planted BSNs, phone numbers, addresses and notes are looked for in everything a running Plein leaves behind (decision 9)."""

import secrets
from typing import Any

import httpx2

from canaries import Canaries, traces, traces_in_files
from places import records_of_topics, rows_of_tables
from running_town import COUNTER, INTERMEDIARY, PHONE, WEB, RunningTown, a_call, a_form, a_member_question, a_visit

# What was refused may be nowhere; an accepted note belongs in the events and on the timeline, and in no log, error or address.
NOTE = "Kanariegeel kozijn klappert bij de achterdeur van het wijkhuis"
REFUSED = "Kwetsbare kanarie met de diagnose kanker zingt in stilte verder"


async def test_what_identifies_a_citizen_is_in_no_log_topic_table_or_answer(town: RunningTown) -> None:
    """Through all four doors, refused and accepted, with errors provoked on purpose."""
    planted = Canaries(
        bsns=(town.new_citizen(), town.new_citizen()),
        phones=(f"+3161{secrets.randbelow(10**7):07d}",),
        emails=(f"kanarie.{secrets.token_hex(5)}@voorbeeld.nl",),
        notes=(),
        names=("Kanarieveer-Oosterhuis",),
    )
    answers = _post_everywhere(town, planted)
    citizen = town.found(bsn=planted.bsns[0])
    town.entries(citizen, 4)
    answers += [town.http.read("agent", "timeline", f"/v1/citizens/{citizen}/timeline", purpose="klantcontact")]

    places: dict[str, str | bytes] = {f"answer {number}": _whole(answer) for number, answer in enumerate(answers)}
    places |= {
        f"metrics of {name}": town.http.client.get(f"{town.stack.url_of(name)}/metrics").text for name in town.stack.services
    }
    places |= await records_of_topics(town.broker.address)
    places |= rows_of_tables(town.stack.databases)

    assert traces(places, planted) == []
    assert traces_in_files([town.stack.logs], planted) == []
    everywhere = Canaries(bsns=(), phones=(), emails=(), notes=(REFUSED,), names=())
    assert traces(places, everywhere) == []
    said_only_in_events = Canaries(bsns=(), phones=(), emails=(), notes=(NOTE, REFUSED), names=())
    assert traces_in_files([town.stack.logs], said_only_in_events) == []


def test_the_search_would_find_them(town: RunningTown) -> None:
    """The same places do hold the accepted note, so an empty result above means something."""
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn, summary=NOTE))
    town.entries(town.found(bsn=bsn), 1)

    found = traces(rows_of_tables(town.stack.databases), Canaries(bsns=(), phones=(), emails=(), notes=(NOTE,), names=()))

    assert any("timeline.entry" in trace.where for trace in found)


def _post_everywhere(town: RunningTown, planted: Canaries) -> list[httpx2.Response]:
    bsn, other = planted.bsns
    contact = {"bsn": bsn, "phone": planted.phones[0], "email": planted.emails[0], "name": planted.names[0]}
    good = [
        (
            WEB,
            a_form(bsn, summary=NOTE, citizen={"phone": planted.phones[0], "email": planted.emails[0], "name": planted.names[0]}),
        ),
        (PHONE, a_call(bsn, citizen=contact, callerNumber=planted.phones[0])),
        (COUNTER, a_visit(bsn, citizen=contact)),
        (INTERMEDIARY, a_member_question(bsn)),
    ]
    bad: list[tuple[str, dict[str, Any]]] = [
        (WEB, a_form(bsn, summary=REFUSED)),
        (WEB, a_form(f"{bsn}x", matter="bestaat-niet", summary=NOTE, citizen={"phone": f"{planted.phones[0]}x"})),
        (PHONE, a_call(other, startedAt=planted.emails[0], agent=[NOTE])),
        (COUNTER, a_visit(other, opmerking=planted.emails[0], desk=NOTE * 2)),
        (INTERMEDIARY, a_member_question(other, consentText=None, memberName=planted.names[0])),
    ]
    accepted = [town.post(door, body) for door, body in good]
    refused = [town.post(door, body) for door, body in bad]
    assert {answer.status_code for answer in accepted} == {202}, [answer.text for answer in accepted]
    assert {answer.status_code for answer in refused} == {400}, [answer.text for answer in refused]
    return accepted + refused


def _whole(answer: httpx2.Response) -> str:
    return "\n".join([str(answer.url), *(f"{name}: {value}" for name, value in answer.headers.items()), answer.text])
