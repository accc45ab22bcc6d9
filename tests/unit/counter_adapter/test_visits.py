"""What a visit to the counter means."""

from typing import Any

import pytest

from contact_events.interactions import InteractionRecorded
from counter_adapter.domain import DOOR
from front_door.submission import Refused
from handlers.adapters.opened_doors import KEYS, MATTERS, submission
from service_runtime.problems import Problem

VISIT = {
    "id": "bezoek-1",
    "desk": "balie 3",
    "visit": "walk_in",
    "citizen": {"bsn": "999990342"},
    "employee": "j.jansen",
    "occurredAt": "2026-11-24T13:40:00+01:00",
    "questions": [{"matter": "aow", "summary": "Vraag"}],
}


def visited(**changes: Any) -> InteractionRecorded:
    found = DOOR.interpret(submission(DOOR, VISIT | changes), KEYS, MATTERS)
    assert not isinstance(found, Refused), found
    return found[0].data  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("check", "assurance"),
    [
        (None, "claimed"),
        ({"document": "none"}, "claimed"),
        ({"document": "none", "chipRead": True}, "claimed"),
        ({"document": "id_card"}, "substantial"),
        ({"document": "passport", "chipRead": True}, "high"),
    ],
)
def test_a_document_makes_us_sure_and_its_chip_surer(check: dict[str, Any] | None, assurance: str) -> None:
    """What a person looked at is less than what a machine read."""
    changes = {"identityCheck": check} if check else {}

    assert visited(**changes).citizen.assurance == assurance


def test_a_shown_document_says_nothing_about_a_mere_phone_number() -> None:
    """The document proves the person, not the number they mention."""
    assert visited(citizen={"phone": "0612345678"}, identityCheck={"document": "passport"}).citizen.assurance == "claimed"


def test_desk_ticket_and_kind_of_visit_are_kept_as_details() -> None:
    """What only this channel knows; the number of the document is not among it."""
    found = visited(ticket="B042", identityCheck={"document": "id_card"})

    assert found.details == {"desk": "balie 3", "visit": "walk_in", "ticket": "B042", "document": "id_card"}
    assert (found.reached, found.logged_by) == (True, "j.jansen")


@pytest.mark.parametrize("desk", ["balie 3: mevrouw is in de war en vertelde een heel lang verhaal over haar zoon", "", "\tx\ny"])
def test_a_desk_is_a_mark_and_no_place_for_a_story(desk: str) -> None:
    """Details hold no free text."""
    with pytest.raises(Problem):
        DOOR.contact.read(VISIT | {"desk": desk})


def test_a_document_number_is_no_field() -> None:
    """It cannot be kept by accident."""
    with pytest.raises(Problem):
        DOOR.contact.read(VISIT | {"identityCheck": {"document": "passport", "number": "SPECI2014"}})
