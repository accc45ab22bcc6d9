"""Tokens of the embedded stack: minted here, checked by every service through the issuers file."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from plein.local.keys import local_keys
from plein.local.personas import persona_named
from plein.local.ports import LOOPBACK, CannotStart

LOCAL_ISSUER = "urn:plein:local"
AUDIENCE = "plein"
LIFETIME = timedelta(hours=12)


def write_issuers(folder: Path, signing_key: ECKey, sign_in_port: int) -> Path:
    """Writes the public key set and the issuers file that names it and the sign-in server. Returns the issuers file."""
    keys = folder / "jwks.json"
    keys.write_text(json.dumps({"keys": [signing_key.as_dict(private=False)]}, indent=2))
    sign_in = f"http://{LOOPBACK}:{sign_in_port}"
    issuers = folder / "issuers.toml"
    issuers.write_text(
        f"""# Who may say who somebody is on this embedded stack. Made by `plein up`; never for production.
[[issuer]]
issuer = "{LOCAL_ISSUER}"
jwks = "file:{keys}"
algorithms = ["ES256"]
types = ["at+jwt"]

[[issuer]]
issuer = "{sign_in}"
jwks = "{sign_in}/jwks"
algorithms = ["RS256"]
types = ["JWT"]
"""
    )
    return issuers


def mint_token(folder: Path, persona: str, claims: Mapping[str, object] | None = None, *, lifetime: timedelta = LIFETIME) -> str:
    """Returns a token for a persona of the stack in `folder`; `claims` replace its own. Raises KeyError, CannotStart."""
    who = persona_named(persona)
    if not (folder / "secrets.json").exists():
        raise CannotStart(f"There is no stack in {folder} yet: run `plein up` first, or set PLEIN_HOME to where it is.")
    key = local_keys(folder).signing_key
    now = int(time.time())
    said = {
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + int(lifetime.total_seconds()),
        **who.all_claims,
        **(claims or {}),
    }
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, said, key)
