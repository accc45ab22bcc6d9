"""What an adapter refuses to read, and how it says so."""

import json

from front_door.check_adapter.outcomes import expect
from front_door.check_adapter.rule import Rule
from front_door.check_adapter.target import BATCH, JSON, STRUCTURED, Target, refused

TOO_LARGE = 11_000_000


def _every_fault(target: Target) -> None:
    wrong = target.required[:2] or list(target.example)[:2]
    problem = refused(target.post(target.body(**{name: {"no": []} for name in wrong}, noSuchField=1)), 400)
    faults = problem.get("errors") or []
    expect(
        that=all({"name", "pointer", "reason"} <= set(fault) for fault in faults),
        otherwise="a fault lacks name, pointer or reason",
    )
    pointers = " ".join(fault["pointer"] for fault in faults)
    for name in (*wrong, "noSuchField"):
        expect(that=f"/{name}" in pointers, otherwise=f"`{name}` was wrong too, and no fault points at it")


def _nothing_repeated(target: Target) -> None:
    planted = "Kanarie-7f3a"
    answer = target.post(target.body(language=planted, category="medical"))
    refused(answer, 400)
    expect(that=planted not in answer.text, otherwise="the refusal repeats what was sent")


def _no_json(target: Target) -> None:
    example = json.dumps(target.body()).encode()
    broken = {
        "half of it": example[: len(example) // 2],
        "nothing": b"",
        "a list": b"[]",
        "a text": b'"x"',
        "a key twice": b'{"id": "1", ' + example[1:],
        "NaN": b'{"id": NaN}',
        "Latin-1": '{"id": "é"}'.encode("latin-1"),
    }
    for what, raw in broken.items():
        answer = target.post(raw)
        expect(that=answer.status_code == 400, otherwise=f"{what} was answered {answer.status_code}")
        refused(answer, 400)


def _deep(target: Target) -> None:
    for levels in (200, 100_000):
        refused(target.post(b'{"id": ' + b"[" * levels + b"]" * levels + b"}"), 400)


def _nul(target: Target) -> None:
    refused(target.post(target.body(id="nul-\x00-nul")), 400)
    refused(target.post(target.body(id="half \ud800")), 400)


def _other_kind(target: Target) -> None:
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", f"{JSON}; charset=iso-8859-1"):
        refused(target.post(target.body(), kind), 415)
    refused(target.post(target.body(), None), 415)
    refused(target.post(target.body(), Content_Encoding="gzip"), 415)


def _too_large(target: Target) -> None:
    refused(target.post(b" " * TOO_LARGE), 413)


def _envelope(target: Target) -> None:
    problem = refused(target.post({"specversion": "0.3", "data": {}}, STRUCTURED), 400)
    names = {fault["name"] for fault in problem.get("errors") or []}
    expect(that={"specversion", "id", "source", "type"} <= names, otherwise="not every fault of the envelope is named")
    refused(target.post(target.event(type="nl.plein.no-such-thing.v1"), STRUCTURED), 400)
    refused(target.post({}, BATCH), 400)


def _medical(target: Target) -> None:
    for category in ("medical", "criminal"):
        problem = refused(target.post(target.body(category=category)), 400)
        expect(that=problem["type"].endswith("medical-or-criminal"), otherwise=f"`{category}` is refused as {problem['type']}")
    reason = "Het gaat over iets anders dan een persoon."
    refused(target.post(target.body(category="medical", noMedicalOrCriminalDetail=reason)), 400)


RULES_OF_BODIES = (
    Rule("names every fault of a body at once, with 400", _every_fault),
    Rule("repeats nothing of what it refuses", _nothing_repeated),
    Rule("refuses what is not one JSON object in UTF-8 with 400", _no_json),
    Rule("refuses JSON nested too deep with 400", _deep),
    Rule("refuses NUL and half characters in a text with 400", _nul),
    Rule("refuses another kind of body with 415", _other_kind),
    Rule("refuses a body that is too large with 413", _too_large),
    Rule("refuses an envelope that is not right, and an unknown type, with 400", _envelope),
    Rule("refuses a declared medical or criminal category, whatever the reason", _medical),
)
