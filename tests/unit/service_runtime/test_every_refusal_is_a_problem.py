"""standards.md, REST API Design Rules: one shape of refusal on every path, and the headers on every answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy.exc import OperationalError
from starlette.types import Message

import service_runtime.database  # noqa: F401 - registers what "the database is away" looks like
from service_runtime.problems import FieldFault, Problem
from service_runtime.tokens import TokenChecker
from unit.service_runtime.doors import a_service, a_token, an_issuer, failing_with, knock

GOOD = {"name": "desk", "number": 3}


def problem_in(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """Checks the shape that every refusal has and returns its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:plein:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("urn:plein:request:")
    assert answer.headers["api-version"] == "1.0.0"
    assert answer.headers["cache-control"] == "no-store"
    return body


async def test_an_address_that_does_not_exist(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.get("/v1/nothing")

    problem_in(answer, 404, "not-found")


async def test_a_trailing_slash_is_another_address_and_no_redirect(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.get("/v1/things/desk/")

    problem_in(answer, 404, "not-found")


async def test_a_method_that_is_not_offered_names_all_that_are(tmp_path: Path) -> None:
    """Two routes on one address: the Allow header has the methods of both."""
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.delete("/v1/things/desk")

    problem_in(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, PUT"


async def test_all_faults_are_said_at_once_with_their_pointers(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path), a_token()) as caller:
        answer = await caller.post("/v1/things", json={"name": "x", "number": "many"})

    errors = problem_in(answer, 400, "invalid-input")["errors"]
    assert errors == [
        {"name": "name", "pointer": "/name", "reason": "must have at least 2 characters"},
        {"name": "number", "pointer": "/number", "reason": "must be a whole number"},
    ]


async def test_a_declared_body_is_refused_with_400_and_never_422(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.put("/v1/things/desk", json={"name": "x"})

    pointers = {error["pointer"]: error["reason"] for error in problem_in(answer, 400, "invalid-input")["errors"]}
    assert pointers == {"/name": "must have at least 2 characters", "/number": "is missing"}


async def test_a_missing_declared_body_is_refused_with_400(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.put("/v1/things/desk")

    problem_in(answer, 400, "invalid-input")


async def test_a_query_that_cannot_be_read_is_refused_with_400(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.get("/v1/things/desk", params={"asOf": "once"})

    (error,) = problem_in(answer, 400, "invalid-input")["errors"]
    assert error == {"name": "asOf", "pointer": "", "reason": "in the query must be a whole number"}


BAD_BODIES = {
    "no JSON": (b'{"name": }', "is not JSON; look at line 1, column 10"),
    "nothing": (b" ", "is empty; send JSON"),
    "no UTF-8": (b'{"name": "\xff\xfe"}', "is not text in UTF-8"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "is not text in UTF-8"),
    "a key twice": (b'{"name": "ab", "name": "cd", "number": 1}', "has the same key twice in one object"),
    "NaN": (b'{"name": "ab", "number": NaN}', "holds a number that JSON does not know (NaN or Infinity)"),
    "minus Infinity": (b'{"number": -Infinity}', "holds a number that JSON does not know (NaN or Infinity)"),
    "too large a number": (b'{"number": 1e999}', "holds a number that is too large"),
    "too many digits": (b'{"number": ' + b"9" * 5000 + b"}", "holds a number that is too large"),
    "too deep": (b"[" * 21 + b"]" * 21, "is nested deeper than 20 levels"),
    "far too deep": (b"[" * 100_000, "is nested deeper than 20 levels"),
    "half a character": (b'{"name": "\\ud83d"}', "holds half a character (a lone surrogate) in a text"),
    "a NUL": (b'{"name": "a\\u0000b"}', "holds a NUL character in a text"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/things"), ("PUT", "/v1/things/desk")])
async def test_a_body_that_is_no_strict_json(method: str, path: str, case: str, tmp_path: Path) -> None:
    """The same rules whether the route reads the body itself or declares it."""
    body, reason = BAD_BODIES[case]

    async with knock(a_service(tmp_path), a_token()) as caller:
        answer = await caller.request(method, path, content=body, headers={"content-type": "application/json"})

    (error,) = problem_in(answer, 400, "invalid-input")["errors"]
    assert error["reason"] == reason


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/things"), ("PUT", "/v1/things/desk")])
@pytest.mark.parametrize("headers", [
    {"content-type": "text/plain"}, {"content-type": "application/xml"}, {},
    {"content-type": "application/json", "content-encoding": "gzip"},
])  # fmt: skip
async def test_a_body_that_is_no_json_by_its_headers(method: str, path: str, headers: dict[str, str], tmp_path: Path) -> None:
    async with knock(a_service(tmp_path), a_token()) as caller:
        answer = await caller.request(method, path, content=b'{"name": "desk", "number": 1}', headers=headers)

    problem_in(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/things"), ("PUT", "/v1/things/desk")])
async def test_a_body_that_says_it_is_too_large(method: str, path: str, tmp_path: Path) -> None:
    async with knock(a_service(tmp_path, MAX_BODY_BYTES="100"), a_token()) as caller:
        answer = await caller.request(method, path, json={"name": "x" * 200, "number": 1})

    problem_in(answer, 413, "too-large")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/things"), ("PUT", "/v1/things/desk")])
async def test_a_body_in_chunks_that_turns_out_too_large(method: str, path: str, tmp_path: Path) -> None:
    """No Content-Length to go by: what comes in is counted."""
    sent = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"name": "'
        for _ in range(50):
            sent.append(10)
            yield b"x" * 10
        yield b'"}'

    async with knock(a_service(tmp_path, MAX_BODY_BYTES="100"), a_token()) as caller:
        answer = await caller.request(method, path, content=chunks(), headers={"content-type": "application/json"})

    problem_in(answer, 413, "too-large")
    assert answer.request.headers["transfer-encoding"] == "chunked"


async def test_a_body_of_just_the_largest_size_is_read(tmp_path: Path) -> None:
    body = b'{"name": "desk", "number": 1}'

    async with knock(a_service(tmp_path, MAX_BODY_BYTES=str(len(body))), a_token()) as caller:
        answer = await caller.post("/v1/things", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 201


async def test_nobody_signed_in(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.post("/v1/things", json=GOOD)

    problem_in(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"] == 'Bearer realm="plein"'


async def test_a_token_that_does_not_count_says_why(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path), a_token(aud="elsewhere")) as caller:
        answer = await caller.post("/v1/things", json=GOOD)

    problem_in(answer, 401, "token-not-accepted")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "another audience" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", [b"Basic YTpi", b"Bearer", b"Bearer ", b"bearer a b", b"Bearer \xe9"])
async def test_an_authorization_header_that_is_no_bearer_token(header: bytes, tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.post("/v1/things", json=GOOD, headers=[(b"authorization", header)])

    problem_in(answer, 401, "token-not-accepted")


async def test_two_authorization_headers_are_no_choice(tmp_path: Path) -> None:
    header = f"Bearer {a_token()}"

    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.post("/v1/things", json=GOOD, headers=[("authorization", header), ("authorization", header)])

    problem_in(answer, 401, "token-not-accepted")


async def test_a_token_without_the_scope_names_the_scope(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path), a_token(scope="things:read")) as caller:
        answer = await caller.post("/v1/things", json=GOOD)

    problem_in(answer, 403, "not-allowed")
    assert answer.headers["www-authenticate"] == 'Bearer realm="plein", error="insufficient_scope", scope="things:write"'


async def test_a_token_in_the_address_is_refused_even_when_it_is_good(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answer = await caller.post("/v1/things", params={"access_token": a_token()}, json=GOOD)

    problem_in(answer, 400, "token-in-address")


async def test_keys_that_cannot_be_read_are_503_and_not_the_callers_fault(tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path, jwks=f"file:{tmp_path / 'gone.json'}")], "plein")

    async with knock(a_service(tmp_path, checker=checker), a_token()) as caller:
        answer = await caller.post("/v1/things", json=GOOD)
        public = await caller.get("/v1/things/desk")

    problem_in(answer, 503, "sign-in-not-available")
    assert answer.headers["retry-after"] == "5"
    assert public.status_code == 200


async def test_one_caller_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    app = a_service(tmp_path, REQUESTS_PER_SECOND="0.5", REQUEST_BURST="2")

    async with knock(app, a_token()) as caller:
        answers = [await caller.post("/v1/things", json=GOOD) for _ in range(3)]
    async with knock(app, a_token(sub="another-adapter")) as other:
        unhindered = await other.post("/v1/things", json=GOOD)
    async with knock(app) as nobody:
        by_address = await nobody.get("/v1/things/desk")

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    problem_in(answers[2], 429, "too-many-requests")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 2
    assert (unhindered.status_code, by_address.status_code) == (201, 200)


async def test_tokens_that_do_not_count_use_up_the_bucket_of_the_address(tmp_path: Path) -> None:
    app = a_service(tmp_path, REQUESTS_PER_SECOND="0.5", REQUEST_BURST="2")

    async with knock(app) as guesser:
        answers = [
            await guesser.post("/v1/things", json=GOOD, headers={"authorization": f"Bearer {a_token(sub=str(turn), aud='x')}"})
            for turn in range(3)
        ]
    async with knock(app, peer="192.0.2.9") as neighbour:
        elsewhere = await neighbour.get("/v1/things/desk")

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert elsewhere.status_code == 200


async def test_whoever_keeps_the_process_alive_is_never_turned_away(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path, REQUESTS_PER_SECOND="0.5", REQUEST_BURST="1")) as caller:
        answers = [await caller.get("/v1/health/live") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}


async def test_an_exception_nobody_caught_is_500_and_says_nothing_of_it(tmp_path: Path) -> None:
    app = a_service(tmp_path)
    failing_with(app, lambda: RuntimeError("BSN 999990342 could not be saved"))

    async with knock(app) as caller:
        answer = await caller.get("/v1/failing")

    problem_in(answer, 500, "failed")
    assert "999990342" not in answer.text


async def test_a_database_that_is_away_is_503(tmp_path: Path) -> None:
    app = a_service(tmp_path)
    failing_with(app, lambda: OperationalError("SELECT 1", {}, Exception("gone")))

    async with knock(app) as caller:
        answer = await caller.get("/v1/failing")

    problem_in(answer, 503, "not-available")
    assert answer.headers["retry-after"] == "2"


async def test_what_fails_while_the_process_stops_is_503(tmp_path: Path) -> None:
    """Its parts may be gone already: a door said 500 because its journal was closed."""
    app = a_service(tmp_path)
    failing_with(app, lambda: RuntimeError("the journal is not open"))
    app.state.stopping.set()

    async with knock(app) as caller:
        answer = await caller.get("/v1/failing")

    problem_in(answer, 503, "not-available")
    assert answer.headers["retry-after"] == "2"


async def test_a_problem_that_a_route_raises_keeps_its_words(tmp_path: Path) -> None:
    fault = FieldFault("id", "/id", "is known with other content")
    app = a_service(tmp_path)
    failing_with(app, lambda: Problem(409, "other-content", "Known already", "Use another id.", faults=[fault]))

    async with knock(app) as caller:
        answer = await caller.get("/v1/failing")

    body = problem_in(answer, 409, "other-content")
    assert body["detail"] == "Use another id."
    assert body["errors"] == [{"name": "id", "pointer": "/id", "reason": "is known with other content"}]


async def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async with knock(a_service(tmp_path)) as caller:
        answers = [await caller.get(path) for path in ("/v1/things/desk", "/v1/nothing", "/v1/openapi.json", "/metrics")]

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["api-version"] == "1.0.0"
        assert "server" not in answer.headers


async def test_a_caller_that_goes_away_in_its_body_is_no_failure_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_service(tmp_path)
    sent: list[Message] = []
    headers = [(b"authorization", f"Bearer {a_token()}".encode()), (b"content-type", b"application/json")]

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/things", "query_string": b"", "headers": headers, "client": None}
    await app(scope, receive, send)

    assert sent == []
    assert "request_failed" not in capsys.readouterr().out
