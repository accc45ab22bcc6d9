"""Journeys 7 and 8: only what you need, and what does not belong here."""

import pytest

from running_town import COUNTER, PHONE, WEB, RunningTown, a_call, a_form, a_visit


def test_two_purposes_show_two_selections(town: RunningTown) -> None:
    bsn = town.new_citizen()
    town.accepted(PHONE, a_call(bsn, questions=[{"matter": "belasting", "summary": "Wil in termijnen betalen."}]))
    town.accepted(COUNTER, a_visit(bsn, questions=[{"matter": "wmo-melding", "summary": "Vraagt hulp bij het huishouden."}]))
    citizen = town.found(bsn=bsn)

    for_tax = town.entries(citizen, 1, purpose="belasting", persona="caseworker")
    for_help = town.entries(citizen, 1, purpose="wmo-melding", persona="caseworker")

    assert [entry["matter"]["code"] for entry in for_tax] == ["belasting"]
    assert [entry["matter"]["code"] for entry in for_help] == ["wmo-melding"]


@pytest.mark.parametrize(("query", "status"), [({}, 400), ({"purpose": "nieuwsgierig"}, 400)])
def test_without_a_purpose_there_is_no_timeline(town: RunningTown, query: dict[str, str], status: int) -> None:
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    citizen = town.found(bsn=bsn)

    refused = town.http.read("agent", "timeline", f"/v1/citizens/{citizen}/timeline", **query)

    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["name"] == "purpose"


def test_every_look_is_on_the_list_the_citizen_reads(town: RunningTown) -> None:
    bsn = town.new_citizen()
    town.accepted(PHONE, a_call(bsn, questions=[{"matter": "belasting", "summary": "Wil in termijnen betalen."}]))
    citizen = town.found(bsn=bsn)
    town.read(citizen, purpose="belasting", persona="caseworker")

    token = town.stack.token("citizen", bsn=bsn)
    answer = town.http.client.get(
        f"{town.stack.url_of('timeline')}/v1/citizens/me/access-log", headers={"Authorization": f"Bearer {token}"}
    )

    lines = answer.json()["lines"]
    assert [lines[0]["seenBy"], lines[0]["purpose"]["code"], lines[0]["what"]] == ["Bram Visser", "belasting", "timeline"]
    assert {line["what"] for line in lines} == {"timeline", "search"}


def test_no_log_means_no_data(town: RunningTown) -> None:
    """While the line in the access log cannot be written, nothing is shown."""
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    citizen = town.found(bsn=bsn)

    with town.without_database():
        refused = town.http.client.get(
            f"{town.stack.url_of('timeline')}/v1/citizens/{citizen}/timeline",
            params={"purpose": "klantcontact"},
            headers={"Authorization": f"Bearer {town.stack.token('agent')}"},
            timeout=60,
        )

    assert refused.status_code == 503
    assert "entries" not in refused.json()
    town.awaited(lambda: town.http.read("agent", "timeline", "/v1/health/ready").status_code, lambda status: status == 200)


def test_a_diagnosis_is_refused_with_words_and_never_kept(town: RunningTown) -> None:
    bsn = town.new_citizen()
    note = "Mevrouw heeft de diagnose kanker en krijgt chemotherapie."

    refused = town.post(WEB, a_form(bsn, summary=note))

    assert refused.status_code == 400
    assert refused.json()["type"].endswith("medical-or-criminal")
    assert "kanker" not in refused.text
    assert town.find(bsn=bsn) == []


def test_a_sender_who_says_why_may_use_a_word_that_looks_medical(town: RunningTown) -> None:
    bsn = town.new_citizen()
    reason = "gaat over de collecte, niet over een persoon"

    town.accepted(WEB, a_form(bsn, summary="Wanneer is de collecte van de kankerbestrijding?", noMedicalOrCriminalDetail=reason))

    assert len(town.entries(town.found(bsn=bsn), 1)) == 1
