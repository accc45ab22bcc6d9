"""A register of persons for one's own machine: the people of the made-up town, by the API that municipalities ask.

Only the two questions that the desk asks, and answers of the form of "BRP personen bevragen", version 2.
"""

import json
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from plein.local.personas import MRS_DE_VRIES_BSN
from plein.local.ports import LOOPBACK

MOST = 10
_OLDEST = date(1930, 1, 1)
# Mrs. De Vries turns 67 in the spring after the story.
_HER = (MRS_DE_VRIES_BSN, "Johanna de Vries", "Vries", date(1960, 3, 14))


class PeopleRegisterHere:
    """Answers from a thread of this process."""

    def __init__(self, port: int) -> None:
        from plein.simulation.townspeople import TOWNS, townspeople  # a thousand dice: only where somebody asks

        self._people = [_HER]
        for person in townspeople(67, TOWNS["dorp"]):
            self._people.append((person.bsn, person.name, person.name.split()[-1], _born(person.bsn)))
        self._server = ThreadingHTTPServer((LOOPBACK, port), self._handler())
        self.address = f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="plein-people-register", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Returns the status and the answer to a question."""
        match asked.get("type"):
            case "ZoekMetGeslachtsnaamEnGeboortedatum":
                name, born = str(asked.get("geslachtsnaam", "")).casefold(), asked.get("geboortedatum")
                found = [each for each in self._people if each[2].casefold() == name and each[3].isoformat() == born]
            case "RaadpleegMetBurgerservicenummer":
                wanted = set(asked.get("burgerservicenummer", []))
                found = [each for each in self._people if each[0] in wanted]
            case kind:
                return 400, {"title": "unknown question", "detail": f"{kind} is not asked here", "status": 400}
        if len(found) > MOST:
            return 400, {"title": "too many", "code": "tooManyResults", "status": 400}
        return 200, {"type": asked["type"], "personen": [_shown(*each) for each in found]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server calls
                asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
                status, answer = register.answer(asked)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Says nothing: `plein up` has the terminal."""

        return Handler


def _born(bsn: str) -> date:
    return _OLDEST + timedelta(days=int(bsn) * 7919 % (75 * 365))


def _shown(bsn: str, name: str, _: str, born: date) -> dict[str, Any]:
    return {
        "burgerservicenummer": bsn,
        "naam": {"volledigeNaam": name},
        "geboorte": {"datum": {"type": "Datum", "datum": born.isoformat()}},
    }
