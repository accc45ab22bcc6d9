"""Journey 1: one person, four doors, one timeline, live."""

import json
import threading
import time

import httpx2

from running_town import COUNTER, INTERMEDIARY, PHONE, WEB, RunningTown, a_call, a_form, a_member_question, a_visit


def test_four_doors_make_one_timeline_in_order_of_when_it_happened(town: RunningTown) -> None:
    """Posted in another order than they happened."""
    bsn = town.new_citizen()
    club = town.accepted(INTERMEDIARY, a_member_question(bsn, occurredAt="2026-11-20T15:00:00+01:00"))
    web = town.accepted(WEB, a_form(bsn, occurredAt="2026-11-16T20:15:00+01:00"))
    visit = town.accepted(COUNTER, a_visit(bsn, occurredAt="2026-11-19T13:40:00+01:00"))
    call = town.accepted(PHONE, a_call(bsn, startedAt="2026-11-18T10:02:00+01:00"))

    entries = town.entries(town.found(bsn=bsn), 4)

    assert [entry["channel"]["code"] for entry in entries] == ["intermediary", "counter", "phone", "web"]
    assert [entry["channel"]["nl"] for entry in entries] == ["helper of organisatie", "balie", "telefoon", "website"]
    assert {entry["id"] for entry in entries} == town.keys([club, web, visit, call])


def test_assurance_says_how_sure_each_door_was(town: RunningTown) -> None:
    """A sign-in, a document at the counter and a number said over the phone are not the same."""
    bsn = town.new_citizen()
    town.accepted(WEB, a_form(bsn))
    town.accepted(COUNTER, a_visit(bsn))
    town.accepted(PHONE, a_call(bsn))

    entries = town.entries(town.found(bsn=bsn), 3)

    assurance = {entry["channel"]["code"]: entry["assurance"] for entry in entries}
    assert assurance["web"] == "substantial"
    assert assurance["counter"] in {"substantial", "high"}
    assert assurance["phone"] in {"none", "claimed", "low"}


def test_a_new_contact_slides_in_live_within_a_second(town: RunningTown) -> None:
    """An agent has the timeline open while the citizen sends a form."""
    bsn = town.new_citizen()
    town.accepted(COUNTER, a_visit(bsn))
    following = _Following(town, town.found(bsn=bsn))
    following.start()
    assert following.opened.wait(20)

    posted_at = time.monotonic()
    (web,) = town.keys([town.accepted(WEB, a_form(bsn))])

    town.awaited(lambda: following.seen_at.get(web), bool, seconds=20)
    assert following.seen_at[web] - posted_at < 1.0


class _Following(threading.Thread):
    """An agent's open page: when each entry slid in."""

    def __init__(self, town: RunningTown, citizen: str) -> None:
        super().__init__(daemon=True)
        self.opened = threading.Event()
        self.seen_at: dict[str, float] = {}
        self._url = f"{town.stack.url_of('timeline')}/v1/citizens/{citizen}/timeline/live"
        self._headers = {"Authorization": f"Bearer {town.stack.token('agent')}"}

    def run(self) -> None:
        query = {"purpose": "klantcontact"}
        with httpx2.stream("GET", self._url, params=query, headers=self._headers, timeout=30, trust_env=False) as answer:
            assert answer.status_code == httpx2.codes.OK
            self.opened.set()
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    self.seen_at[json.loads(line.removeprefix("data:"))["id"]] = time.monotonic()
