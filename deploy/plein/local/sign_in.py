"""The sign-in server of the embedded stack: OpenID Connect with the people of the journeys. Run as a module, it serves."""

import io
import logging
import os
import secrets
import sys
import warnings
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from plein.local.personas import PERSONAS
from plein.local.ports import LOOPBACK, free_port, is_listened_on, require_free
from plein.local.processes import LocalProcess
from plein.local.tokens import mint_token

READY_SECONDS = 30
TOKEN_LIFETIME = timedelta(hours=1)
# Where the keys of the stack are, for the tokens that this server gives.
_STACK = "PLEIN_STACK_FOLDER"
_SUBJECT = "local-"


class SignIn:
    """One sign-in server on loopback. Anybody may sign in as any persona: for a machine of one's own only."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.port = port or free_port()
        self._process = LocalProcess(
            "sign_in",
            [sys.executable, "-W", "ignore", "-m", "plein.local.sign_in", str(self.port)],
            folder=folder.absolute(),
            environment={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1", _STACK: str(folder.absolute().parent)},
        )

    @property
    def issuer(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> str:
        """Starts the server and returns its issuer. Raises CannotStart."""
        self._process.end_leftover()
        require_free(self.port, "the sign-in server")
        self._process.start()
        self._process.wait_until(lambda: is_listened_on(self.port), seconds=READY_SECONDS)
        return self.issuer

    def stop(self) -> None:
        self._process.stop(seconds=3)

    def kill(self) -> None:
        self._process.kill()


def serve(port: int) -> None:
    """Serves the personas until the process is stopped."""
    warnings.simplefilter("ignore")
    import flask
    from oidc_provider_mock import User, init_app  # type: ignore[import-untyped]  # it ships no types
    from werkzeug.debug import DebuggedApplication
    from werkzeug.serving import make_server

    application = flask.Flask("oidc_provider_mock")
    # Services take access tokens of the form of RFC 9068; the server's own are words without meaning.
    application.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = "plein.local.sign_in.minted"  # noqa: S105 (the name of a function)
    people = [User(sub=f"{_SUBJECT}{person.name}", claims=_claims(person.all_claims)) for person in PERSONAS if person.is_person]
    init_app(application, user_claims=people, access_token_max_age=TOKEN_LIFETIME)
    application.secret_key = secrets.token_bytes(16)
    application.debug = False
    served: Any = application.wsgi_app
    if isinstance(served, DebuggedApplication):
        served = served.app  # its debugger would run any code that a visitor types
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    make_server(LOOPBACK, port, HintTaken(served), threaded=True).serve_forever()


def minted(*, user: Any, **_others: object) -> str:
    """Returns the access token of a persona, as `plein token` gives it."""
    persona = str(user.sub).removeprefix(_SUBJECT)
    return mint_token(Path(os.environ[_STACK]), persona, {"jti": secrets.token_hex(8)}, lifetime=TOKEN_LIFETIME)


Start = Callable[..., Any]


class HintTaken:
    """Signs in at once as the persona that a page hints at, so that one click is enough."""

    def __init__(self, application: Callable[[dict[str, Any], Start], Iterable[bytes]]) -> None:
        self._application = application
        self._people = {f"{_SUBJECT}{person.name}" for person in PERSONAS if person.is_person}

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == "/oauth2/authorize":
            (hint,) = parse_qs(environ.get("QUERY_STRING", "")).get("login_hint", [""])[:1]
            if hint in self._people:
                body = urlencode({"sub": hint}).encode()
                environ |= {
                    "REQUEST_METHOD": "POST",
                    "CONTENT_TYPE": "application/x-www-form-urlencoded",
                    "CONTENT_LENGTH": str(len(body)),
                    "wsgi.input": io.BytesIO(body),
                }
        return self._application(environ, start)


def _claims(claims: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in claims.items() if name != "sub"}


if __name__ == "__main__":
    serve(int(sys.argv[1]))
