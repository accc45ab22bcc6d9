"""The rules of standards.md for access tokens, each with the token that breaks it."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from service_runtime.settings import BadSettings
from service_runtime.signing_keys import KeysUnreachable
from service_runtime.token_checker import MAX_TOKEN_BYTES
from service_runtime.tokens import BadToken, TokenChecker, read_issuers
from unit.service_runtime.doors import ISSUER, KEY, a_token, an_issuer, claims, write_keys

OTHER_KEY = ECKey.generate_key("P-256", {"kid": "first"}, private=True)
NOW = 1_795_000_000.0


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned() -> str:
    return f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'first'})}.{encoded(claims())}."


def with_another_payload() -> str:
    header, _, signature = a_token().split(".")
    return f"{header}.{encoded(claims(sub='somebody-else'))}.{signature}"


def signed_with_the_public_key_as_secret() -> str:
    """The classic confusion: HS256 with the bytes everybody can read."""
    signed = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'first'})}.{encoded(claims())}"
    signature = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_by_a_key_in_the_header() -> str:
    return a_token(OTHER_KEY, {"jwk": OTHER_KEY.as_dict(private=False)})


def signed_by_a_key_at_an_address_in_the_header(name: str) -> Callable[[], str]:
    return lambda: a_token(OTHER_KEY, {name: "https://evil.example/keys.json"})


BAD_TOKENS: dict[str, tuple[Callable[[], str], str]] = {
    "no signature (alg none)": (unsigned, "signed token"),
    "alg none with a signature": (lambda: unsigned() + "AAAA", "algorithm"),
    "HS256 with the public key": (signed_with_the_public_key_as_secret, "algorithm"),
    "a payload that was not signed": (with_another_payload, "signature"),
    "another key under the same id": (lambda: a_token(OTHER_KEY), "signature"),
    "a key in the header (jwk)": (signed_by_a_key_in_the_header, "signature"),
    "a key set in the header (jku)": (signed_by_a_key_at_an_address_in_the_header("jku"), "signature"),
    "a certificate in the header (x5u)": (signed_by_a_key_at_an_address_in_the_header("x5u"), "signature"),
    "a key id nobody knows": (lambda: a_token(header={"kid": "second"}), "no such key"),
    "no key id": (lambda: jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims(), KEY), "kid"),
    "a critical header": (
        lambda: f"{encoded({'alg': 'ES256', 'typ': 'JWT', 'kid': 'first', 'crit': ['b64']})}.e30.AA",
        "trusted",
    ),
    "an issuer nobody trusts": (lambda: a_token(iss="https://elsewhere.example"), "issuer"),
    "no issuer": (lambda: a_token(iss=None), "issuer"),
    "another audience": (lambda: a_token(aud="elsewhere"), "audience"),
    "several other audiences": (lambda: a_token(aud=["a", "b"]), "audience"),
    "no audience": (lambda: a_token(aud=None), "audience"),
    "an audience that is no text": (lambda: a_token(aud={"plein": 1}), "audience"),
    "expired": (lambda: a_token(exp=time.time() - 61), "expired"),
    "no end": (lambda: a_token(exp=None), "no end"),
    "an end that is no number": (lambda: a_token(exp="tomorrow"), "exp"),
    "an end that is true": (lambda: a_token(exp=True), "exp"),
    "not yet": (lambda: a_token(nbf=time.time() + 90), "nbf"),
    "made in the future": (lambda: a_token(iat=time.time() + 90), "iat"),
    "an identity token": (lambda: a_token(header={"typ": "id+jwt"}), "typ"),
    "no type": (lambda: jwt.encode({"alg": "ES256", "kid": "first"}, claims(), KEY, default_type=None), "typ"),
    "no subject": (lambda: a_token(sub=None), "subject"),
    "scopes that are no text": (lambda: a_token(scope=["things:write"]), "scope"),
    "sources that are no texts": (lambda: a_token(source=[1]), "source"),
    "a represented person that cannot be read": (lambda: a_token(represents="somebody"), "represents"),
    "a represented person without a subject": (lambda: a_token(represents={"iss": "x"}), "represents"),
    "no token at all": (lambda: "hello", "signed token"),
    "a token with line breaks": (lambda: a_token().replace(".", ".\n", 1), "signed token"),
    "parts that are no JSON": (lambda: "aGVsbG8.aGVsbG8.aGVsbG8", "cannot be read"),
    "too large": (lambda: a_token(note="x" * MAX_TOKEN_BYTES), "too large"),
    "too large, before anything is read": (lambda: "." * (MAX_TOKEN_BYTES + 1), "too large"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_token_that_breaks_a_rule_proves_nothing(case: str, tmp_path: Path) -> None:
    make, reason = BAD_TOKENS[case]
    checker = TokenChecker([an_issuer(tmp_path)], "plein")

    with pytest.raises(BadToken) as refused:
        await checker.principal(make())

    assert reason in refused.value.reason


async def test_a_critical_header_is_refused_from_a_trusted_issuer_too(tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path)], "plein")
    header, payload, signature = a_token().split(".")
    critical = json.loads(base64.urlsafe_b64decode(header + "==")) | {"crit": ["b64"], "b64": False}

    with pytest.raises(BadToken, match="crit"):
        await checker.principal(f"{encoded(critical)}.{payload}.{signature}")


async def test_a_good_token_says_who_is_calling_and_what_they_may(tmp_path: Path) -> None:
    token = a_token(
        roles=["agent"], organisation="urn:nld:oin:1", organisation_name="Gemeente", acr="high", bsn="999990342", name="An"
    )

    found = await TokenChecker([an_issuer(tmp_path)], "plein").principal(token)

    assert (found.subject, found.client_id, found.roles) == ("counter-adapter", "counter-adapter", frozenset({"agent"}))
    assert found.scopes == {"things:write", "things:read"}
    assert found.sources == ("urn:nld:oin:00000001823288444000:systeem:balie",)
    assert (found.organisation, found.organisation_name, found.acr) == ("urn:nld:oin:1", "Gemeente", "high")
    assert found.bsn is not None
    assert found.bsn.get_secret_value() == "999990342"
    assert found.name == "An"


async def test_what_identifies_a_person_stays_out_of_how_a_principal_is_printed(tmp_path: Path) -> None:
    token = a_token(bsn="999990342", name="An de Vries", represents={"sub": "123456782"}, act={"sub": "999990019"})

    found = await TokenChecker([an_issuer(tmp_path)], "plein").principal(token)

    assert not any(text in repr(found) for text in ("999990342", "de Vries", "123456782", "999990019"))


async def test_whoever_is_represented_is_read_to_the_end_of_the_chain(tmp_path: Path) -> None:
    """OpenID NL GOV: a person for an organisation for a represented person; it must count."""
    chain = {"sub": "club", "sub_id_type": "kvk", "represents": {"sub": "member"}}

    found = await TokenChecker([an_issuer(tmp_path)], "plein").principal(a_token(represents=chain, act={"sub": "volunteer"}))

    assert [step.subject.get_secret_value() for step in found.represents] == ["club", "member"]
    assert found.represents[0].subject_type == "kvk"
    assert found.actors == ("volunteer",)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])
async def test_an_access_token_may_write_its_type_as_rfc_9068_allows(typ: str, tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path)], "plein")

    found = await checker.principal(a_token(header={"typ": typ}, aud=["other", "plein"]))

    assert found.subject == "counter-adapter"


async def test_a_key_address_in_the_header_of_a_good_token_is_not_looked_at(tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path)], "plein")

    found = await checker.principal(a_token(header={"jku": "https://evil.example/keys.json"}))

    assert found.subject == "counter-adapter"


@pytest.mark.parametrize(("changes", "counts"), [
    ({"exp": NOW - 59}, True), ({"exp": NOW - 60}, False),
    ({"nbf": NOW + 60}, True), ({"nbf": NOW + 61}, False),
    ({"iat": NOW + 60}, True), ({"iat": NOW + 61}, False),
])  # fmt: skip
async def test_clocks_may_differ_by_a_minute(changes: dict[str, float], counts: bool, tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path)], "plein", now=lambda: NOW)
    times: dict[str, Any] = {"exp": NOW + 300, "nbf": NOW, "iat": NOW} | changes
    token = a_token(**times)

    if counts:
        assert (await checker.principal(token)).subject == "counter-adapter"
    else:
        with pytest.raises(BadToken):
            await checker.principal(token)


async def test_a_token_judged_before_does_not_outlive_its_end(tmp_path: Path) -> None:
    clock = [NOW]
    checker = TokenChecker([an_issuer(tmp_path)], "plein", now=lambda: clock[0])
    token = a_token(exp=NOW + 10, nbf=NOW, iat=NOW)

    await checker.principal(token)
    clock[0] = NOW + 71

    with pytest.raises(BadToken, match="expired"):
        await checker.principal(token)


async def test_the_same_token_is_not_proved_twice(tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path)], "plein")
    token = a_token()

    first = await checker.principal(token)
    again = await checker.principal(token)

    assert again is first


async def test_each_issuer_has_its_own_algorithms_and_keys(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_keys(elsewhere, OTHER_KEY)
    other = an_issuer(tmp_path, issuer="https://other.example", jwks=f"file:{elsewhere / 'keys.json'}")
    checker = TokenChecker([an_issuer(tmp_path), other], "plein")

    with pytest.raises(BadToken, match="signature"):
        await checker.principal(a_token(KEY, iss="https://other.example"))

    assert (await checker.principal(a_token(OTHER_KEY, iss="https://other.example"))).issuer == "https://other.example"


async def test_without_the_keys_no_token_can_be_judged(tmp_path: Path) -> None:
    checker = TokenChecker([an_issuer(tmp_path, jwks=f"file:{tmp_path / 'nothing.json'}")], "plein")

    with pytest.raises(KeysUnreachable):
        await checker.principal(a_token())


ISSUER_FILES = {
    "nothing": ("", "has no issuer|does not hold that"),
    "no TOML": ("[[issuer", "does not hold that"),
    "no keys": ('[[issuer]]\nissuer="x"\nalgorithms=["ES256"]', "does not hold that"),
    "a shared secret": ('[[issuer]]\nissuer="x"\njwks="https://x.nl"\nalgorithms=["HS256"]', "algorithms"),
    "alg none": ('[[issuer]]\nissuer="x"\njwks="https://x.nl"\nalgorithms=["none"]', "algorithms"),
    "no algorithm": ('[[issuer]]\nissuer="x"\njwks="https://x.nl"\nalgorithms=[]', "algorithms"),
    "no type": ('[[issuer]]\nissuer="x"\njwks="https://x.nl"\nalgorithms=["ES256"]\ntypes=[]', "types"),
    "keys over an open network": ('[[issuer]]\nissuer="x"\njwks="http://x.nl/k"\nalgorithms=["ES256"]', "https"),
    "the same issuer twice": ('[[issuer]]\nissuer="x"\njwks="https://x.nl"\nalgorithms=["ES256"]\n' * 2, "once"),
}


@pytest.mark.parametrize("case", ISSUER_FILES)
def test_an_issuers_file_that_cannot_be_right_stops_the_start_with_a_sentence(case: str, tmp_path: Path) -> None:
    text, sentence = ISSUER_FILES[case]
    place = tmp_path / "issuers.toml"
    place.write_text(text)

    with pytest.raises(BadSettings, match=sentence):
        read_issuers(place)


def test_a_relative_key_file_counts_from_the_issuers_file(tmp_path: Path) -> None:
    place = tmp_path / "issuers.toml"
    place.write_text(f'[[issuer]]\nissuer="{ISSUER}"\njwks="file:keys.json"\nalgorithms=["ES256"]\ntypes=["JWT"]')

    (found,) = read_issuers(place)

    assert found.jwks == f"file:{tmp_path / 'keys.json'}"
    assert found.types == ("JWT",)
