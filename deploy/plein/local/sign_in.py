"""The sign-in server of the embedded stack: OpenID Connect with the people of the journeys. Run as a module, it serves."""

import logging
import os
import sys
import warnings
from pathlib import Path

from plein.local.personas import PERSONAS
from plein.local.ports import LOOPBACK, free_port, is_listened_on, require_free
from plein.local.processes import LocalProcess

READY_SECONDS = 30


class SignIn:
    """One sign-in server on loopback. Anybody may sign in as any persona: for a machine of one's own only."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.port = port or free_port()
        self._process = LocalProcess(
            "sign_in",
            [sys.executable, "-W", "ignore", "-m", "plein.local.sign_in", str(self.port)],
            folder=folder.absolute(),
            environment={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
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
    from oidc_provider_mock import User, app  # type: ignore[import-untyped]  # it ships no types
    from werkzeug.debug import DebuggedApplication
    from werkzeug.serving import make_server

    people = [persona for persona in PERSONAS if persona.is_person]
    application = app(user_claims=[User(sub=f"local-{person.name}", claims=_claims(person.all_claims)) for person in people])
    application.debug = False
    served = application.wsgi_app
    if isinstance(served, DebuggedApplication):
        served = served.app  # its debugger would run any code that a visitor types
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    make_server(LOOPBACK, port, served, threaded=True).serve_forever()


def _claims(claims: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in claims.items() if name != "sub"}


if __name__ == "__main__":
    serve(int(sys.argv[1]))
