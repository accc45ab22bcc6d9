"""Web forms as an integrator posts them, each an event of its own, made as fast as a client must."""

import itertools
import json
from collections.abc import Iterator, Sequence

from stdnum.nl import bsn as bsn_number

from benchmarks.wire import request_bytes

SOURCE = "urn:nld:oin:00000001823288444000:systeem:website"
TYPE = "nl.plein.web-form.submitted.v1"
A_BATCH = 100
_JSON = {"Content-Type": "application/json"}
_BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def made_up_bsns(count: int) -> list[str]:
    """Returns valid BSNs of nobody."""
    numbers = (f"{number:09d}" for number in itertools.count(999_100_000))
    return list(itertools.islice((number for number in numbers if bsn_number.is_valid(number)), count))


def forms(run: str, bsns: Sequence[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yields id and body of forms that never end; `run` makes the ids differ from those of other runs."""
    for number, bsn in enumerate(itertools.cycle(bsns)):
        yield (
            f"{run}-{number}",
            {
                "signedIn": {"bsn": bsn, "level": "substantial"},
                "matter": "aow",
                "summary": "Wanneer kan ik mijn AOW aanvragen?",
            },
        )


def one_a_request(run: str, token: str, bsns: Sequence[str]) -> Iterator[bytes]:
    for event_id, body in forms(run, bsns):
        yield request_bytes("POST", "/v1/interactions", token, json.dumps({"id": event_id, **body}).encode(), _JSON)


def batch_a_request(run: str, token: str, bsns: Sequence[str]) -> Iterator[bytes]:
    numbered = forms(run, bsns)
    while True:
        events = [
            {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": TYPE, "time": "2026-11-24T09:00:00Z", "data": body}
            for event_id, body in itertools.islice(numbered, A_BATCH)
        ]
        yield request_bytes("POST", "/v1/interactions", token, json.dumps(events).encode(), _BATCH)
