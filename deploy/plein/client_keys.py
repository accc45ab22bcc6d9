"""How a channel's own system proves to the sign-in server that it is itself: a key pair each, and no secret in two places."""

import base64
import secrets
import time
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey

CURVE = "P-256"
ALGORITHM = "ES256"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60


class ClientKeyVariables(NamedTuple):
    """The environment variables of one machine's key: its public point for the realm, the private key for the machine alone."""

    public_x: str
    public_y: str
    private_key: str


class BadClientKey(ValueError):
    """The text is no private key as `plein secrets` prints it. The message repeats nothing of it."""


def key_variables(client: str) -> ClientKeyVariables:
    """Returns the names of the variables with the key of this client."""
    stem = client.upper().replace("-", "_")
    return ClientKeyVariables(f"{stem}_CLIENT_KEY_X", f"{stem}_CLIENT_KEY_Y", f"{stem}_CLIENT_PRIVATE_KEY")


def new_client_key(client: str) -> dict[str, str]:
    """Returns a new key pair as variables; the private key is PKCS #8 in base64, on one line."""
    key = ECKey.generate_key(CURVE)
    public = key.as_dict(private=False)
    names = key_variables(client)
    return {
        names.public_x: str(public["x"]),
        names.public_y: str(public["y"]),
        names.private_key: base64.b64encode(key.as_der(private=True)).decode(),
    }


def client_assertion(client: str, private_key: str, audience: str) -> str:
    """Returns the signed proof (RFC 7523) that a client sends once to get a token of `audience`. Raises BadClientKey."""
    now = int(time.time())
    claims = {
        "iss": client,
        "sub": client,
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jwt.encode({"alg": ALGORITHM, "kid": client}, claims, _read(private_key))


def _read(private_key: str) -> ECKey:
    try:
        key = serialization.load_der_private_key(base64.b64decode(private_key, validate=True), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise BadClientKey("this is no private key as `plein secrets` prints it")
    return ECKey.import_key(key)
