"""The official CloudEvents SDK posts in all three modes, and every event lands on the timeline."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from plein.local.personas import MUNICIPALITY
from running_town import COUNTER, RunningTown, a_visit

SOURCE = f"{MUNICIPALITY}:systeem:balie-centrum"


def _event(bsn: str) -> CloudEvent:
    attributes = {"id": f"sdk-{secrets.token_hex(6)}", "source": SOURCE, "type": "nl.plein.counter-visit.submitted.v1"}
    data = {name: value for name, value in a_visit(bsn).items() if name != "id"}
    return CloudEvent(attributes={**attributes, "specversion": "1.0", "datacontenttype": "application/json"}, data=data)


def _post(town: RunningTown, headers: Mapping[str, str], body: bytes) -> httpx2.Response:
    return town.http.client.post(
        f"{town.stack.url_of(COUNTER)}/v1/interactions",
        headers={**headers, "Authorization": f"Bearer {town.stack.token('counter')}"},
        content=body,
    )


@pytest.mark.parametrize("mode", [to_structured_event, to_binary_event], ids=["structured", "binary"])
def test_a_single_event_lands(town: RunningTown, mode: Any) -> None:
    bsn = town.new_citizen()
    message: HTTPMessage = mode(_event(bsn))

    answer = _post(town, message.headers, message.body)

    assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
    (entry,) = town.entries(town.found(bsn=bsn), 1)
    assert entry["id"] in town.keys([answer.json()])


def test_a_batch_lands(town: RunningTown) -> None:
    bsn = town.new_citizen()
    events = [json.loads(JSONFormat().write(_event(bsn))) for _ in range(50)]

    answer = _post(town, {"Content-Type": "application/cloudevents-batch+json"}, json.dumps(events).encode())

    assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
    assert len(town.entries(town.found(bsn=bsn), 50)) == 50
