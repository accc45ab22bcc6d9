"""What becomes of an event: accepted once, the same answer again, never mixed with other content, in every mode."""

import json
from urllib.parse import quote

from front_door.check_adapter.outcomes import NotChecked, expect
from front_door.check_adapter.rule import Rule
from front_door.check_adapter.target import BATCH, INTERACTIONS, JSON, STRUCTURED, Target, an_id, refused, said

MOST_IN_ONE_BATCH = 500


def _example_accepted(target: Target) -> None:
    answer = target.post(target.body())
    expect(that=answer.status_code == 202, otherwise=f"answered {said(answer)}")
    missing = {"id", "source", "receipt", "status", "interactions"} - set(answer.json())
    expect(that=not missing, otherwise=f"the answer has no {', '.join(sorted(missing))}")


def _same_again(target: Target) -> None:
    body = target.body()
    first, again = target.post(body), target.post(body)
    expect(that=first.status_code == again.status_code == 202, otherwise=f"the second was answered {said(again)}")
    expect(that=first.json() == again.json(), otherwise="the second answer differs from the first")


def _other_content(target: Target) -> None:
    body = target.body()
    target.post(body)
    refused(target.post(body | {"confidential": not body.get("confidential", False)}), 409)


def _idempotency_key(target: Target) -> None:
    body, key = target.body(), an_id()
    del body["id"]
    first, again = (target.post(body, Idempotency_Key=key) for _ in range(2))
    expect(that=first.status_code == 202, otherwise=f"answered {said(first)}")
    expect(that=first.json()["id"] == key and first.json() == again.json(), otherwise="the key did not become the id")


def _structured(target: Target) -> None:
    event = target.event()
    answer = target.post(event, STRUCTURED)
    expect(that=answer.status_code == 202, otherwise=f"answered {said(answer)}")
    expect(that=answer.json()["id"] == event["id"], otherwise="the answer names another id")


def _binary(target: Target) -> None:
    event = target.event()
    data = event.pop("data")
    event.pop("datacontenttype", None)
    headers = {f"ce-{name}": quote(str(value), safe=" !#$%&'()*+,-./:;<=>?@[]^_`{|}~") for name, value in event.items()}
    answer = target.client.post(
        INTERACTIONS, content=json.dumps(data).encode(), headers=headers | target.signed() | {"Content-Type": JSON}
    )
    expect(that=answer.status_code == 202, otherwise=f"answered {said(answer)}")
    structured = target.post(event | {"data": data}, STRUCTURED)
    expect(that=structured.json() == answer.json(), otherwise="the same event in structured mode got another answer")


def _batch(target: Target) -> None:
    good, bad = target.event(), target.event(type="nl.plein.no-such-thing.v1")
    answer = target.post([good, bad, target.event()], BATCH)
    expect(that=answer.status_code == 202, otherwise=f"answered {said(answer)}")
    heard = [each["httpStatus"] for each in answer.json()]
    expect(that=heard == [202, 400, 202], otherwise=f"good, bad, good was answered {heard}")


def _largest_batch(target: Target) -> None:
    event = target.event()
    most = target.post([event] * MOST_IN_ONE_BATCH, BATCH)
    expect(that=most.status_code == 202, otherwise=f"{MOST_IN_ONE_BATCH} were answered {said(most)}")
    expect(that=len({str(each.get("accepted")) for each in most.json()}) == 1, otherwise="one event got several answers")
    refused(target.post([event] * (MOST_IN_ONE_BATCH + 1), BATCH), 413)


def _foreign_source(target: Target) -> None:
    refused(target.post(target.event(source="urn:nld:oin:00000000000000000000:systeem:iemand-anders"), STRUCTURED), 403)


def _no_token(target: Target) -> None:
    answer = target.post(target.body(), token="")
    refused(answer, 401)
    expect(that="www-authenticate" in answer.headers, otherwise="the 401 has no WWW-Authenticate header")
    refused(target.post(target.body(), token="geen.echt.token"), 401)  # noqa: S106 - it is no token


def _other_token(target: Target) -> None:
    if not target.other_token:
        raise NotChecked("give a valid token of another channel to check this")
    refused(target.post(target.body(), token=target.other_token), 403)


def _status(target: Target) -> None:
    address = target.post(target.body()).json()["status"]
    # The address as callers see it may be another host than the one under test.
    path = "/" + address.split("/", 3)[3]
    answer = target.client.get(path, headers=target.signed())
    expect(that=answer.status_code == 200, otherwise=f"answered {said(answer)}")
    more = set(answer.json()) - {"status", "nl", "en"}
    expect(that=not more and "status" in answer.json(), otherwise=f"it tells more than the status: {', '.join(sorted(more))}")
    refused(target.client.get(path), 401)
    refused(target.client.get(f"{INTERACTIONS}/00000000-0000-4000-8000-000000000000/status", headers=target.signed()), 404)


RULES_OF_EVENTS = (
    Rule("accepts its own documented example, with id, source, receipt and status address", _example_accepted),
    Rule("gives the same answer to the same event", _same_again),
    Rule("answers other content under a used id with 409", _other_content),
    Rule("takes the Idempotency-Key as the id of a body without one", _idempotency_key),
    Rule("takes a CloudEvent in structured mode", _structured),
    Rule("takes a CloudEvent in binary mode, as the same event", _binary),
    Rule("takes a batch, and a bad event in it leaves its neighbours alone", _batch),
    Rule("takes a batch of 500, and refuses one of 501 with 413", _largest_batch),
    Rule("refuses a source that is not the sender's with 403", _foreign_source),
    Rule("refuses with 401 when there is no token, or none that counts", _no_token),
    Rule("refuses a token of another channel with 403", _other_token),
    Rule("tells the status of an event to who may post, and nothing but the status", _status),
)
