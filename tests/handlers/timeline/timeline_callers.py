"""Tokens of the people who ask for timelines, and an app that trusts them."""

import json
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from contact_events.citizen_ref import PseudonymKeys
from contact_events.purposes import read_registers
from service_runtime.http import http_app
from service_runtime.settings import ServiceSettings
from service_runtime.tokens import Issuer, TokenChecker
from timeline.domain.sources import expected_sources
from timeline.edges.http.asking import Desk
from timeline.edges.http.routes import add_routes
from timeline.ports import Changes, Timelines

KEYS = PseudonymKeys.from_text("1:" + "ab" * 32)
BSN = "999990342"
SOURCE = "urn:nld:test:balie"
SOURCES = f"""
[[source]]
urn = "{SOURCE}"
nl = "Balie"
en = "Counter"
late_after_minutes = 60
silent_after_minutes = 600
"""
_KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}, private=True)


def published_keys() -> dict[str, Any]:
    """What the issuer of these tokens publishes."""
    return {"keys": [_KEY.as_dict(private=False)]}


def bearer(scopes: str = "", **claims: Any) -> dict[str, str]:
    """The header of somebody with these scopes and claims."""
    now = int(time.time())
    said = {"iss": "urn:test", "aud": "plein", "sub": "s-1", "scope": scopes, "iat": now, "exp": now + 60, **claims}
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "k1"}, said, _KEY)
    return {"Authorization": f"Bearer {token}"}


def agent(scopes: str = "timeline:read citizens:search links:write sources:read", **claims: Any) -> dict[str, str]:
    return bearer(scopes, **({"roles": ["agent"], "name": "Anouk Bakker"} | claims))


def caseworker() -> dict[str, str]:
    return bearer("timeline:read", roles=["caseworker"], name="Bram Visser")


def citizen(bsn: str = BSN, **claims: Any) -> dict[str, str]:
    return bearer("", **({"bsn": bsn, "acr": "substantial", "name": "J. de Vries"} | claims))


def timeline_app(timelines: Timelines, changes: Changes, folder: Path, **desk: Any) -> FastAPI:
    """The timeline's app on these timelines, with the shipped registers; `folder` holds the keys of its issuer."""
    (folder / "jwks.json").write_text(json.dumps(published_keys()))
    settings = ServiceSettings(http_port=1, token_issuers_file=folder / "issuers.toml")
    checker = TokenChecker([Issuer("urn:test", f"file:{folder / 'jwks.json'}", ("ES256",))], "plein")
    app = http_app(service="timeline", title="t", description="d", settings=settings, parts=[], token_checker=checker)
    matters, purposes = read_registers(None, None)
    sources = expected_sources(SOURCES)
    add_routes(app, Desk(timelines, changes, purposes, matters, sources, KEYS, **desk))
    return app
