"""The page on which `plein up` opens: who can do what, and a way in for each with one click. For one's own machine only."""

import mimetypes
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pages.rendering import Rendering
from pages.static_files import ADDRESS
from pages.texts import LANGUAGES, speak
from plein.local.ports import LOOPBACK

# Who is shown, at which pages, in the order of the story.
SHOWN = (
    ("agent", "desk"),
    ("counter-employee", "desk"),
    ("caseworker", "desk"),
    ("citizen", "my_plein"),
    ("volunteer", "for_a_member"),
    ("adviser", "insight"),
    ("operator", "desk"),
)
# Where somebody goes whose work is not on the first page.
_BACK_TO = {"operator": "&terug=/beheer", "counter-employee": "&terug=/balie"}


@dataclass(frozen=True, slots=True)
class Found:
    """What an address answers with."""

    kind: str
    content: bytes
    status: HTTPStatus = HTTPStatus.OK
    to: str | None = None


class StartPage:
    """One page, made once, served by a thread of this process."""

    def __init__(self, port: int, theme: Path, pages_at: dict[str, str], issuer: str) -> None:
        """`pages_at` are the addresses of the services of pages."""
        rendering = Rendering(
            Path(__file__).parent,
            theme=theme,
            municipality="Gemeente Voorbeeld",
            issuer=issuer,
            shown={},
        )
        self._rendering = rendering
        ways = [(who, f"{pages_at[service]}/aanmelden?wie=local-{who}{_BACK_TO.get(who, '')}") for who, service in SHOWN]
        self._places: dict[str, Found] = {"/favicon.ico": Found("image/svg+xml", b"", HTTPStatus.NO_CONTENT)}
        for language in LANGUAGES:
            place = "/" if language == "nl" else f"/{language}"
            speak(language)
            page = rendering.text("start.html", ways=dict(ways), session=None, path=place, here=place)
            self._places[place] = Found("text/html; charset=utf-8", page.encode())
            self._places[f"/taal/{language}"] = Found("text/plain", b"", HTTPStatus.SEE_OTHER, place)
        speak("nl")
        self._server = ThreadingHTTPServer((LOOPBACK, port), self._handler())
        self.address = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="plein-start-page", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def found(self, path: str) -> Found:
        """Returns what stands at an address."""
        place = path.partition("?")[0]
        if place in self._places:
            return self._places[place]
        content = self._rendering.static.content(place.removeprefix(f"{ADDRESS}/").partition("/")[2])
        if content is None:
            return Found("text/plain", b"", HTTPStatus.SEE_OTHER, "/")
        return Found(mimetypes.guess_type(place)[0] or "application/octet-stream", content)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that http.server calls
                found = page.found(self.path)
                self.send_response(found.status)
                for name, value in {**_HEADERS, "Content-Type": found.kind, "Content-Length": str(len(found.content))}.items():
                    self.send_header(name, value)
                if found.to is not None:
                    self.send_header("Location", found.to)
                self.end_headers()
                self.wfile.write(found.content)

            def log_message(self, *_: Any) -> None:
                """Says nothing: `plein up` has the terminal."""

        return Handler


_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
)
