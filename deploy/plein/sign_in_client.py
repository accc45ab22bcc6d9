"""How a channel's own system gets its token from the sign-in server: client credentials, proved with its key (RFC 7523)."""

import httpx2

from plein.client_keys import ASSERTION_TYPE, client_assertion

ANSWER_SECONDS = 10


class Refused(Exception):
    """The sign-in server gave no token. The message says why, in its own words."""


def machine_token(issuer: str, client: str, private_key: str, *, scope: str | None = None) -> str:
    """Returns an access token for a machine from the issuer of a realm. Raises Refused, and BadClientKey."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(client, private_key, issuer),
        **({"scope": scope} if scope else {}),
    }
    try:
        answer = httpx2.post(f"{issuer}/protocol/openid-connect/token", data=form, timeout=ANSWER_SECONDS, trust_env=False)
        told = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise Refused(f"the sign-in server at {issuer} does not answer") from None
    if answer.status_code != 200:
        raise Refused(str(told.get("error_description") or told.get("error") or answer.status_code))
    return str(told["access_token"])
