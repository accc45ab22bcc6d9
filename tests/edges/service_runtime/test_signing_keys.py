"""The keys of an issuer over a real connection: cached, refreshed, bounded, and what happens while they are away."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc.jwk import ECKey, OctKey

from service_runtime import signing_keys
from service_runtime.signing_keys import KeysUnreachable, SigningKeys

FIRST = ECKey.generate_key("P-256", {"kid": "first"}, private=True)
SECOND = ECKey.generate_key("P-256", {"kid": "second"}, private=True)
FIRST_AGAIN = ECKey.generate_key("P-256", {"kid": "first"}, private=True)


def key_set(*keys: ECKey) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


@dataclass
class Published:
    """What the issuer answers, and how often it was asked."""

    body: bytes = b""
    status: int = 200
    location: str | None = None
    asked: int = 0
    address: str = ""
    clock: list[float] = field(default_factory=lambda: [0.0])

    def keys(self) -> SigningKeys:
        return SigningKeys("https://sign-in.example.nl", self.address, now=lambda: self.clock[0])

    def later(self, seconds: float) -> None:
        self.clock[0] += seconds


@contextmanager
def an_issuer(body: bytes) -> Iterator[Published]:
    published = Published(body)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked += 1
            self.send_response(published.status)
            if published.location:
                self.send_header("location", published.location)
            self.send_header("content-length", str(len(published.body)))
            self.end_headers()
            self.wfile.write(published.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    published.address = f"http://127.0.0.1:{server.server_port}/keys"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield published
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_keys_are_asked_for_once_and_then_remembered() -> None:
    with an_issuer(key_set(FIRST, SECOND)) as issuer:
        keys = issuer.keys()

        found = [await keys.key("first") for _ in range(5)]

        assert all(key is not None and key.thumbprint() == FIRST.thumbprint() for key in found)
        assert issuer.asked == 1


async def test_a_key_that_is_new_is_found_but_nobody_can_make_us_ask_all_the_time() -> None:
    with an_issuer(key_set(FIRST)) as issuer:
        keys = issuer.keys()
        await keys.key("first")
        issuer.body = key_set(FIRST, SECOND)

        too_soon = [await keys.key("second") for _ in range(20)]
        asked_too_soon = issuer.asked
        issuer.later(31)
        in_time = await keys.key("second")

        assert (set(too_soon), asked_too_soon) == ({None}, 1)
        assert in_time is not None
        assert issuer.asked == 2


async def test_many_unknown_keys_are_not_remembered() -> None:
    with an_issuer(key_set(FIRST)) as issuer:
        keys = issuer.keys()

        for number in range(1000):
            await keys.key(f"made-up-{number}")

        assert issuer.asked == 1
        assert len(keys._keys) == 1


async def test_a_key_that_was_withdrawn_or_replaced_stops_counting_after_ten_minutes() -> None:
    with an_issuer(key_set(FIRST)) as issuer:
        keys = issuer.keys()
        await keys.key("first")
        version = keys.version
        issuer.body = key_set(FIRST_AGAIN, SECOND)
        issuer.later(601)

        await keys.key("first")
        await keys._aside_done()
        replaced = await keys.key("first")

        assert replaced is not None
        assert replaced.thumbprint() == FIRST_AGAIN.thumbprint()
        assert keys.version == version + 1


async def test_while_the_issuer_is_away_known_keys_count_for_an_hour_and_not_longer() -> None:
    with an_issuer(key_set(FIRST)) as issuer:
        keys = issuer.keys()
        await keys.key("first")
        issuer.status = 500

        issuer.later(3000)
        within_the_hour = await keys.key("first")
        await keys._aside_done()
        issuer.later(700)

        assert within_the_hour is not None
        with pytest.raises(KeysUnreachable):
            await keys.key("first")


async def test_an_issuer_that_is_away_is_not_asked_again_for_every_request() -> None:
    with an_issuer(b"") as issuer:
        issuer.status = 503
        keys = issuer.keys()

        for _ in range(10):
            with pytest.raises(KeysUnreachable):
                await keys.key("first")
        asked = issuer.asked
        issuer.status, issuer.body = 200, key_set(FIRST)
        issuer.later(6)

        assert asked == 1
        assert await keys.key("first") is not None


BAD_SETS = {
    "no JSON": b"<html>",
    "no list": b'{"keys": 3}',
    "a list": b"[]",
    "no keys": b'{"keys": []}',
    "too large": b'{"keys": [' + b" " * signing_keys.MAX_JWKS_BYTES + b"]}",
    "too many": json.dumps({"keys": [FIRST.as_dict(private=False)] * 51}).encode(),
    "only a shared secret": json.dumps({"keys": [OctKey.generate_key(256, {"kid": "first"}).as_dict()]}).encode(),
    "only an encryption key": json.dumps({"keys": [FIRST.as_dict(private=False) | {"use": "enc"}]}).encode(),
    "a key without an id": json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}).encode(),
    "a damaged key": json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "first"}]}).encode(),
}


@pytest.mark.parametrize("case", BAD_SETS)
async def test_a_key_set_that_is_not_right_is_as_good_as_none(case: str) -> None:
    with an_issuer(BAD_SETS[case]) as issuer, pytest.raises(KeysUnreachable):
        await issuer.keys().key("first")


async def test_a_redirect_to_elsewhere_is_not_followed() -> None:
    with an_issuer(key_set(FIRST)) as elsewhere, an_issuer(b"") as issuer:
        issuer.status, issuer.location = 302, elsewhere.address

        with pytest.raises(KeysUnreachable):
            await issuer.keys().key("first")

        assert elsewhere.asked == 0


async def test_nobody_listening_is_unreachable() -> None:
    with an_issuer(b"") as issuer:
        gone = issuer.keys()

    with pytest.raises(KeysUnreachable):
        await gone.key("first")
