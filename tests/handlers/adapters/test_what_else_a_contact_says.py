"""Beside who and what: who spoke for the citizen, which promise is kept, which entry is not right, and where somebody lives."""

from pathlib import Path
from typing import Any

import pytest

from contact_events.citizen_ref import RefKind
from counter_adapter.domain import DOOR as COUNTER
from front_door.door import ChannelDoor
from handlers.adapters.opened_doors import open_door, ref
from intermediary_adapter.domain import DOOR as INTERMEDIARY
from phone_log_adapter.domain import DOOR as PHONE
from web_adapter.domain import DOOR as WEB

DOORS = pytest.mark.parametrize("door", [WEB, PHONE, COUNTER, INTERMEDIARY], ids=lambda door: str(door.channel))
ENTRY = "7a1d2f0c-3b7e-5c55-9c1e-0f6f2b6f5a11"


async def said(door: ChannelDoor, folder: Path, **more: Any) -> Any:
    async with open_door(door, folder) as opened:
        answer = await opened.post(json={**door.example, **more})
        assert answer.status_code == 202, answer.text
        return (await opened.events())[0].data


@DOORS
async def test_where_somebody_lives_is_kept_as_a_code_and_nothing_finer(door: ChannelDoor, tmp_path: Path) -> None:
    data = await said(door, tmp_path, neighbourhood="BU99990101")

    assert data.details["neighbourhood"] == "BU99990101"


@pytest.mark.parametrize("typed", ["Centrum", "9999", "BU9999010", "1234 AB 12", "bu99990101"])
async def test_a_neighbourhood_that_is_no_code_is_refused_with_how_to_write_it(tmp_path: Path, typed: str) -> None:
    async with open_door(WEB, tmp_path) as opened:
        answer = await opened.post(json={**WEB.example, "neighbourhood": typed})

    assert answer.status_code == 400
    assert [(one["pointer"], one["reason"]) for one in answer.json()["errors"]] == [
        ("/neighbourhood", "write a neighbourhood by its code of the CBS: WK and six digits, or BU and eight")
    ]


async def test_a_call_says_which_promise_it_keeps_and_a_form_which_entry_it_is_about(tmp_path: Path) -> None:
    phone, web = tmp_path / "phone", tmp_path / "web"
    for folder in (phone, web):
        folder.mkdir()
    call = await said(PHONE, phone, keepsCallBack=ENTRY)
    form = await said(WEB, web, aboutEntry=ENTRY)

    assert (call.details["keeps_call_back"], form.details["about_entry"]) == (ENTRY, ENTRY)


@pytest.mark.parametrize("door", [WEB, PHONE, COUNTER], ids=lambda door: str(door.channel))
async def test_whoever_speaks_for_a_citizen_proves_nothing_of_her(door: ChannelDoor, tmp_path: Path) -> None:
    whom = {"citizen": {"bsn": "999990342"}, "representedBy": {"phone": "0612345678"}, "callBack": None}

    data = await said(door, tmp_path, **whom)

    assert data.citizen.ref == ref(RefKind.BSN, "999990342")
    assert data.represented_by.ref == ref(RefKind.PHONE, "+31612345678")
    assert data.citizen.assurance == "claimed"
    # The number is of whoever speaks: nobody is to find it as hers.
    assert data.represented_by.ref not in {point.ref for point in data.contact_points}


async def test_the_number_that_calls_is_of_whoever_speaks(tmp_path: Path) -> None:
    data = await said(PHONE, tmp_path, citizen={"bsn": "999990342"}, callerNumber="0612345678", representedBy={}, callBack=None)

    assert data.represented_by.ref == ref(RefKind.PHONE, "+31612345678")
    assert data.contact_points == ()
