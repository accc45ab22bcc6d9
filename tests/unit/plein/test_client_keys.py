"""A machine's key pair: the realm gets the public half, and a proof by the other is short and for one server."""

import json
import time

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from plein.client_keys import BadClientKey, client_assertion, key_variables, new_client_key
from plein.commands.secrets import for_the_machines_alone, new_secrets
from plein.local.personas import PERSONAS
from plein.realm import realm

ISSUER = "https://sign-in.example/realms/plein"


def test_the_proof_of_a_machine_is_verified_by_the_key_in_the_realm_and_by_no_other() -> None:
    made = new_secrets()

    web, counter = (_key_in_the_realm(name, made) for name in ("web", "counter"))
    proof = client_assertion("web", made[key_variables("web").private_key], ISSUER)

    assert jwt.decode(proof, web, algorithms=["ES256"]).claims["sub"] == "web"
    with pytest.raises(JoseError):
        jwt.decode(proof, counter, algorithms=["ES256"])


def test_a_proof_names_its_server_ends_within_a_minute_and_is_never_the_same_twice() -> None:
    made = new_client_key("web")
    public = _key_in_the_realm("web", made)

    proofs = [client_assertion("web", made[key_variables("web").private_key], ISSUER) for _ in range(2)]
    one, other = (jwt.decode(proof, public, algorithms=["ES256"]).claims for proof in proofs)

    assert (one["iss"], one["aud"]) == ("web", ISSUER)
    assert one["exp"] <= time.time() + 60
    assert one["jti"] != other["jti"]


def test_what_is_no_key_is_refused_and_not_repeated() -> None:
    for text in ("", "not base64!", "aGVsbG8="):
        with pytest.raises(BadClientKey) as refused:
            client_assertion("web", text, ISSUER)
        assert text == "" or text not in str(refused.value)


def test_no_container_and_no_realm_holds_a_private_key() -> None:
    text = json.dumps(realm())

    assert len(for_the_machines_alone()) == sum(not persona.is_person for persona in PERSONAS)
    assert not any(name in text for name in for_the_machines_alone())
    assert "secret" not in text.lower()


def _key_in_the_realm(name: str, made: dict[str, str]) -> ECKey:
    client = next(client for client in realm()["clients"] if client["clientId"] == name)
    text: str = client["attributes"]["jwks.string"]
    for variable in key_variables(name)[:2]:
        text = text.replace(f"${{{variable}}}", made[variable])
    (key,) = json.loads(text)["keys"]
    return ECKey.import_key(key)
