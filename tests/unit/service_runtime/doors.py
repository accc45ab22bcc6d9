"""An issuer, its tokens and a small service to knock on: what the tests of the HTTP side share."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, Field
from starlette.responses import Response

from service_runtime.http import http_app, json_answer, read_json, validated
from service_runtime.parts import Part
from service_runtime.problems import problem_responses
from service_runtime.settings import ServiceSettings, read_settings
from service_runtime.tokens import Issuer, Principal, TokenChecker, authorised

ISSUER = "https://sign-in.example.nl"
KEY = ECKey.generate_key("P-256", {"kid": "first"}, private=True)


def write_keys(folder: Path, *keys: ECKey) -> Path:
    place = folder / "keys.json"
    place.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys or (KEY,)]}))
    return place


def an_issuer(folder: Path, **changes: Any) -> Issuer:
    known = {"issuer": ISSUER, "jwks": f"file:{write_keys(folder)}", "algorithms": ("ES256",)}
    return Issuer(**(known | changes))


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, with changes; None takes a claim away."""
    now = time.time()
    known: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "plein",
        "sub": "counter-adapter",
        "exp": now + 300,
        "nbf": now - 10,
        "iat": now - 10,
        "client_id": "counter-adapter",
        "scope": "things:write things:read",
        "source": "urn:nld:oin:00000001823288444000:systeem:balie",
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


def a_token(key: ECKey = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "first"} | (header or {}), claims(**changes), key)


def some_settings(folder: Path, **changes: str) -> ServiceSettings:
    issuers = folder / "issuers.toml"
    issuers.write_text(f'[[issuer]]\nissuer = "{ISSUER}"\njwks = "file:{write_keys(folder)}"\nalgorithms = ["ES256"]\n')
    return read_settings(ServiceSettings, {"HTTP_PORT": "8101", "TOKEN_ISSUERS_FILE": str(issuers)} | changes)


class Thing(BaseModel):
    name: str = Field(min_length=2)
    number: int


def a_service(folder: Path, parts: Sequence[Part] = (), checker: TokenChecker | None = None, **changes: str) -> FastAPI:
    settings = some_settings(folder, **changes)
    app = http_app(
        service="things",
        title="Things",
        description="A service to test with.",
        settings=settings,
        parts=parts,
        token_checker=checker,
    )
    router = APIRouter(prefix="/v1")

    @router.post("/things", status_code=201, responses=problem_responses(409, 413, 415))
    async def put_thing(request: Request, caller: Annotated[Principal, Depends(authorised("things:write"))]) -> Response:
        thing = validated(Thing, await read_json(request, max_bytes=settings.max_body_bytes))
        return json_answer({"name": thing.name, "by": caller.client_id}, 201)

    @router.get("/things/{thing}")
    async def get_thing(thing: str, as_of: Annotated[int, Query(alias="asOf")] = 0) -> Thing:
        return Thing(name=thing, number=as_of)

    @router.put("/things/{thing}")
    async def replace_thing(thing: str, body: Thing) -> Thing:
        return Thing(name=thing, number=body.number)

    app.include_router(router)
    return app


def failing_with(app: FastAPI, failure: Callable[[], Exception]) -> None:
    @app.get("/v1/failing")
    async def fail() -> None:
        raise failure()


def knock(app: FastAPI, token: str | None = None, peer: str = "192.0.2.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=(peer, 4000), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx2.AsyncClient(transport=transport, base_url="http://things.test", headers=headers)
